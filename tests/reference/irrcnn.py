"""The small IRRCNN in plain torch, as its author coded it (arXiv:1712.09888), and with the paper's shared weights."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

Kernel = int | tuple[int, int]


def conv(inputs: int, outputs: int, kernel: Kernel) -> nn.Conv2d:
    """Return a convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, kernel, padding="same")


def norm(width: int) -> nn.BatchNorm2d:
    """Return a norm with the numbers of Keras."""
    return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)


class Plain(nn.Module):
    """Convolution, ReLU, norm."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel = 1, stride: int = 1, valid: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride) if valid else conv(inputs, outputs, kernel)
        self.norm = norm(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(F.relu(self.conv(x)))


class Recurrent(nn.Module):
    """u = relu(W x); three times y = relu(R(u + y)), the first time of u alone; the norm of u + y."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel, shared: bool) -> None:
        super().__init__()
        self.forward_conv = conv(inputs, outputs, kernel)
        self.recurrent = nn.ModuleList(conv(outputs, outputs, kernel) for _ in range(1 if shared else 3))
        self.norm = norm(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        u = F.relu(self.forward_conv(x))
        y = F.relu(self.recurrent[0](u))
        for step in (1, 2):
            y = F.relu(self.recurrent[step % len(self.recurrent)](u + y))
        return self.norm(u + y)


class Sum(nn.Module):
    """The sum of what several parts make of one value, or its concatenation."""

    def __init__(self, *parts: nn.Module, concat: bool = True) -> None:
        super().__init__()
        self.parts, self.concat = nn.ModuleList(parts), concat

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = [part(x) for part in self.parts]
        return torch.cat(values, dim=1) if self.concat else sum(values[1:], values[0])


class IRRCNN(nn.Module):
    """Three Inception blocks of recurrent convolutions, each around its input, with plain Inception blocks between them."""

    def __init__(self, classes: int = 10, shared: bool = False, residual: bool = True) -> None:
        super().__init__()
        self.residual = residual

        def recurrent(inputs: int, *layers: tuple[int, Kernel]) -> nn.Sequential:
            widths = [inputs, *(width for width, _ in layers)]
            return nn.Sequential(*(Recurrent(before, width, kernel, shared) for before, (width, kernel) in zip(widths, layers)))

        def plain(inputs: int, *layers: tuple[int, Kernel], halve: int = 0) -> nn.Sequential:
            widths = [inputs, *(width for width, _ in layers)]
            units = [Plain(before, width, kernel) for before, (width, kernel) in zip(widths, layers)]
            return nn.Sequential(*units, *([Plain(widths[-1], halve, 3, 2, valid=True)] if halve else []))

        def pooled(part: nn.Module) -> nn.Sequential:
            return nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), part)

        def cross(inputs: int, width: int, concat: bool) -> Sum:
            return Sum(recurrent(inputs, (width, (1, 3))), recurrent(inputs, (width, (3, 1))), concat=concat)

        row, column = (1, 7), (7, 1)
        self.stem = nn.Sequential(
            Plain(3, 32, 3, valid=True),
            Plain(32, 48, 3, valid=True),
            Plain(48, 64, 3),
            Plain(64, 80),
            Plain(80, 192, 3, valid=True),
            Plain(192, 192, 3, 2, valid=True),
        )
        self.first = Sum(
            recurrent(192, (32, 1)),
            recurrent(192, (48, 1), (64, 5)),
            recurrent(192, (64, 1), (96, 3), (64, 3)),
            pooled(recurrent(192, (32, 1))),
        )
        self.reduce = Sum(plain(192, halve=128), plain(192, (64, 1), (96, 3), halve=96), nn.Sequential(nn.MaxPool2d(3, 2), Plain(192, 128)))
        self.second = Sum(
            recurrent(352, (128, 1)),
            recurrent(352, (160, 1), (160, row), (64, column)),
            recurrent(352, (160, 1), (160, column), (160, row), (160, column), (64, row)),
            pooled(recurrent(352, (96, 1))),
        )
        self.between = nn.Sequential(
            Sum(
                plain(352, (128, 1)),
                plain(352, (192, 1), (192, row), (128, column)),
                plain(352, (160, 1), (192, column), (192, row), (192, column), (128, row)),
                pooled(Plain(352, 128)),
            ),
            Sum(
                plain(512, (192, 1), halve=192),
                plain(512, (192, 1), (192, row), (192, column), halve=192),
                nn.Sequential(nn.AvgPool2d(3, 2), Plain(512, 128)),
            ),
        )
        self.third = Sum(
            recurrent(512, (192, 1)),
            nn.Sequential(recurrent(512, (128, 1)), cross(128, 64, concat=True)),
            nn.Sequential(recurrent(512, (448, 1), (128, 3)), cross(128, 128, concat=False)),
            pooled(Plain(512, 64)),
        )
        self.head = nn.Linear(512, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = self.reduce(self.around(self.first, x))
        x = self.between(self.around(self.second, x))
        return self.head(self.around(self.third, x).mean(dim=(2, 3)))

    def around(self, block: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + block(x) if self.residual else block(x))
