"""The ResNets for small images in plain torch: options A and B, plain nets, ELU, stochastic depth (arXiv:1512.03385, 1604.04112, 1603.09382)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn


class PadShortcut(nn.Module):
    """Option A: every stride-th position, zeros behind the channels."""

    def __init__(self, stride: int, extra: int) -> None:
        super().__init__()
        self.stride, self.extra = stride, extra

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))


class MeanPadShortcut(PadShortcut):
    """The same with means in place of single positions."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(F.avg_pool2d(x, self.stride), (0, 0, 0, 0, 0, self.extra))


def projection(stride: int, c_in: int, c_out: int) -> nn.Module:
    """Option B."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))


def conv3(c_in: int, c_out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)


class Block(nn.Module):
    """relu(F(x) + way(x)), or relu(F(x)) where there is no way around F."""

    def __init__(self, c_in: int, c_out: int, stride: int, way: nn.Module | None) -> None:
        super().__init__()
        self.body = nn.Sequential(conv3(c_in, c_out, stride), nn.BatchNorm2d(c_out), nn.ReLU(), conv3(c_out, c_out), nn.BatchNorm2d(c_out))
        self.way = way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.body(x)
        return F.relu(y if self.way is None else y + self.way(x))


class EluBlock(nn.Module):
    """F(x) + way(x) with nothing after the sum."""

    def __init__(self, c_in: int, c_out: int, stride: int, way: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(conv3(c_in, c_out, stride), nn.ELU(), conv3(c_out, c_out), nn.BatchNorm2d(c_out))
        self.way = way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) + self.way(x)


Way = Callable[[int, int, int], "nn.Module | None"]


class CifarNet(nn.Sequential):
    """A stem of 16 channels, three stages of n blocks, mean, classifier; ``way`` makes the shortcut where the shape changes."""

    def __init__(self, n: int, way: Way, block: Callable[..., nn.Module] = Block, activation: type[nn.Module] = nn.ReLU) -> None:
        layers: list[nn.Module] = [conv3(3, 16), nn.BatchNorm2d(16), activation()]
        c_in = 16
        for stage, width in enumerate((16, 32, 64)):
            for number in range(n):
                stride = 2 if stage and not number else 1
                layers.append(block(c_in, width, stride, way(stride, c_in, width) if c_in != width or way is no_way else nn.Identity()))
                c_in = width
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 10))


def option_a(stride: int, c_in: int, c_out: int) -> nn.Module:
    return PadShortcut(stride, c_out - c_in)


def option_a_of_means(stride: int, c_in: int, c_out: int) -> nn.Module:
    return MeanPadShortcut(stride, c_out - c_in)


def option_b(stride: int, c_in: int, c_out: int) -> nn.Module:
    return projection(stride, c_in, c_out)


def no_way(stride: int, c_in: int, c_out: int) -> None:
    return None
