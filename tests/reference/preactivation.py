"""Pre-activation, wide and multi-residual networks for small images in plain torch (arXiv:1603.05027, 1605.07146, 1609.05672)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from tests.reference.resnet_cifar import PadShortcut

Function = Callable[[int, int, int], nn.Module]
Share = Callable[[int, int, int], bool]


def conv(c_in: int, c_out: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, size, stride, size // 2, bias=False)


def norm_relu(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())


def convs(*kernels: int, dropout: float = 0) -> Function:
    """B(kernels): convolutions of one width, norm and ReLU between them, dropout after the first of those."""

    def make(c_in: int, c_out: int, stride: int) -> nn.Module:
        layers: list[nn.Module] = [conv(c_in, c_out, kernels[0], stride)]
        for number, size in enumerate(kernels[1:]):
            layers += [norm_relu(c_out), *([nn.Dropout(dropout)] if dropout and not number else []), conv(c_out, c_out, size)]
        return nn.Sequential(*layers)

    return make


def bottleneck(c_in: int, c_out: int, stride: int) -> nn.Module:
    """With the stride in the first 1x1."""
    c = c_out // 4
    return nn.Sequential(conv(c_in, c, 1, stride), norm_relu(c), conv(c, c, 3), norm_relu(c), conv(c, c_out, 1))


class Unit(nn.Module):
    """x + f1(x) + ... + fk(x); where the norm is shared, the sum starts from what comes out of it."""

    def __init__(self, functions: Sequence[nn.Module], c_in: int, shared: bool, shortcut: nn.Module) -> None:
        super().__init__()
        self.norm = norm_relu(c_in) if shared else nn.Identity()
        self.functions = nn.ModuleList(each if shared else nn.Sequential(norm_relu(c_in), each) for each in functions)
        self.shortcut = shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(x)
        branches = [function(x) for function in self.functions]
        return self.shortcut(x) + sum(branches)


class PreactivationNet(nn.Sequential):
    """A stem of 16 channels, three stages of n units, one last norm; ``share`` says by c_in, c_out and the unit's number whether a norm is shared."""

    def __init__(self, function: Function, widths: Sequence[int], n: int, share: Share, k: int = 1, pad: bool = False) -> None:
        layers: list[nn.Module] = [conv(3, 16, 3)]
        c_in = 16
        for stage, width in enumerate(widths):
            for number in range(n):
                stride = 2 if stage and not number else 1
                way: nn.Module = nn.Identity()
                if c_in != width:
                    way = PadShortcut(stride, width - c_in) if pad else conv(c_in, width, 1, stride)
                layers.append(Unit([function(c_in, width, stride) for _ in range(k)], c_in, share(c_in, width, number), way))
                c_in = width
        super().__init__(*layers, norm_relu(c_in), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 10))


def first_of_stage(c_in: int, c_out: int, number: int) -> bool:
    return number == 0


def where_the_width_changes(c_in: int, c_out: int, number: int) -> bool:
    return c_in != c_out
