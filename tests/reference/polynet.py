"""Very Deep PolyNet in plain torch (arXiv:1611.05725), as it was released: 2-way modules, and poly-3 modules that share convolutions only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

Kernel = int | tuple[int, int]


class Unit(nn.Module):
    """Convolution, norm, ReLU; of the norms there may be several, one for each use."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel = 1, stride: int = 1, valid: bool = False, uses: int = 1) -> None:
        super().__init__()
        rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (0, 0) if valid else (rows // 2, columns // 2)
        self.conv = nn.Conv2d(inputs, outputs, (rows, columns), stride, padding, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs, eps=1e-3) for _ in range(uses))

    def forward(self, x: torch.Tensor, use: int = 0) -> torch.Tensor:
        return F.relu(self.norms[use](self.conv(x)))


def tower(inputs: int, widths: Sequence[int], kernels: Sequence[Kernel], uses: int = 1) -> nn.ModuleList:
    """Return units, each on the one before it."""
    return nn.ModuleList(Unit(before, width, kernel, uses=uses) for before, width, kernel in zip((inputs, *widths), widths, kernels))


TOWERS: dict[str, tuple[tuple[tuple[int, ...], tuple[Kernel, ...]], ...]] = {
    "a": (((32,), (1,)), ((32, 32), (1, 3)), ((32, 48, 64), (1, 3, 3))),
    "b": (((192,), (1,)), ((128, 160, 192), (1, (1, 7), (7, 1)))),
    "c": (((192,), (1,)), ((192, 224, 256), (1, (1, 3), (3, 1)))),
}


class Block(nn.Module):
    """An Inception residual unit: towers side by side, and a linear 1x1 with a norm back to the width."""

    def __init__(self, kind: str, width: int, uses: int = 1) -> None:
        super().__init__()
        self.towers = nn.ModuleList(tower(width, *each, uses=uses) for each in TOWERS[kind])
        inner = sum(widths[-1] for widths, _ in TOWERS[kind])
        self.expand = nn.ModuleList(nn.Conv2d(inner, width, 1, bias=False) for _ in range(uses))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, eps=1e-3) for _ in range(uses))

    def forward(self, x: torch.Tensor, use: int = 0) -> torch.Tensor:
        found = []
        for each in self.towers:
            value = x
            for unit in each:
                value = unit(value, use)
            found.append(value)
        return self.norms[use](self.expand[use](torch.cat(found, dim=1)))


class TwoWay(nn.Module):
    """``relu(x + b F(x) + b G(x))``."""

    def __init__(self, kind: str, width: int, factor: float) -> None:
        super().__init__()
        self.first, self.second, self.factor = Block(kind, width), Block(kind, width), factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.factor * (self.first(x) + self.second(x)))


class Poly(nn.Module):
    """``relu(x + b F(x) + b F(relu(F(x))) + ...)``."""

    def __init__(self, kind: str, width: int, factor: float, order: int = 3) -> None:
        super().__init__()
        self.block, self.factor, self.order = Block(kind, width, order), factor, order

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total, value = x, x
        for use in range(self.order):
            value = self.block(value, use)
            total = total + self.factor * value
            value = F.relu(value)
        return F.relu(total)


class Halving(nn.Module):
    """Towers whose last unit strides, beside a pool."""

    def __init__(self, inputs: int, *towers: tuple[int, ...]) -> None:
        super().__init__()
        self.towers = nn.ModuleList()
        for widths in towers:
            kernels = (1, 3)[: len(widths) - 1]
            before = (inputs, *widths)[-2]
            self.towers.append(nn.Sequential(*tower(inputs, widths[:-1], kernels), Unit(before, widths[-1], 3, 2, valid=True)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([*(each(x) for each in self.towers), F.max_pool2d(x, 3, 2)], dim=1)


class Stem(nn.Module):
    """The stem of Inception-v4, to 384 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Sequential(Unit(3, 32, 3, 2, valid=True), Unit(32, 32, 3, valid=True), Unit(32, 64, 3))
        self.first = Unit(64, 96, 3, 2, valid=True)
        self.short = nn.Sequential(Unit(160, 64), Unit(64, 96, 3, valid=True))
        self.long = nn.Sequential(Unit(160, 64), Unit(64, 64, (7, 1)), Unit(64, 64, (1, 7)), Unit(64, 96, 3, valid=True))
        self.last = Unit(192, 192, 3, 2, valid=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.start(x)
        x = torch.cat([F.max_pool2d(x, 3, 2), self.first(x)], dim=1)
        x = torch.cat([self.short(x), self.long(x)], dim=1)
        return torch.cat([self.last(x), F.max_pool2d(x, 3, 2)], dim=1)


class PolyNet(nn.Module):
    """2-way modules on the largest maps; poly-3 and 2-way modules in turn on the others."""

    def __init__(self, modules: Sequence[int] = (10, 20, 10), classes: int = 1000) -> None:
        super().__init__()
        factors = iter(1 - 0.3 * number / (sum(modules) - 1) for number in range(sum(modules)))

        def stage(kind: str, width: int, count: int) -> list[nn.Module]:
            return [(TwoWay if kind == "a" or number % 2 else Poly)(kind, width, next(factors)) for number in range(count)]

        a, b, c = modules
        self.body = nn.Sequential(
            Stem(),
            *stage("a", 384, a),
            Halving(384, (384,), (256, 256, 384)),
            *stage("b", 1152, b),
            Halving(1152, (256, 384), (256, 256), (256, 256, 256)),
            *stage("c", 2048, c),
        )
        self.head = nn.Linear(2048, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x).mean(dim=(2, 3)))
