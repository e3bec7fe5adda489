"""RoR-3 in plain torch, after Figures 2 and 3 of arXiv:1608.02908, and with pools between the groups."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from tests.reference.preactivation import convs, norm_relu
from tests.reference.resnet_cifar import conv3, option_a, projection


def bare(stride: int, c_in: int, c_out: int) -> nn.Module:
    return nn.Conv2d(c_in, c_out, 1, stride, bias=False)


class PostBlock(nn.Module):
    """F(x) + way(x), without the ReLU that follows."""

    def __init__(self, c_in: int, c_out: int, stride: int, way: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(conv3(c_in, c_out, stride), nn.BatchNorm2d(c_out), nn.ReLU(), conv3(c_out, c_out), nn.BatchNorm2d(c_out))
        self.way = way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) + self.way(x)


class PreBlock(nn.Module):
    """The pre-activated one, whose shortcut starts before the norm."""

    def __init__(self, c_in: int, c_out: int, stride: int, way: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(norm_relu(c_in), convs(3, 3)(c_in, c_out, stride))
        self.way = way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) + self.way(x)


class Group(nn.Module):
    """n blocks and the middle shortcut around them."""

    def __init__(self, c_in: int, c_out: int, stride: int, n: int, form: str) -> None:
        super().__init__()
        block = PreBlock if form == "pre" else PostBlock
        final = {"post": option_a, "pre": bare, "pooled": projection}[form]
        blocks = []
        for number in range(n):
            step, before = (stride, c_in) if number == 0 else (1, c_out)
            blocks.append(block(before, c_out, step, final(step, before, c_out) if before != c_out else nn.Identity()))
        self.blocks = nn.ModuleList(blocks)
        self.middle = projection(stride, c_in, c_out) if form == "pooled" else bare(stride, c_in, c_out)
        self.activated = form != "pre"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for number, block in enumerate(self.blocks):
            y = block(F.relu(y) if number and self.activated else y)
        return y + self.middle(x)


class RoR3(nn.Module):
    """``form`` is ``post`` (Figure 2), ``pre`` (Figure 3) or ``pooled``."""

    def __init__(self, n: int, k: int = 1, form: str = "post") -> None:
        super().__init__()
        self.stem = nn.Sequential(conv3(3, 16), *([] if form == "pre" else [nn.BatchNorm2d(16), nn.ReLU()]))
        widths = (16, 16 * k, 32 * k, 64 * k)
        strides = (1, 1, 1) if form == "pooled" else (1, 2, 2)
        self.groups = nn.ModuleList(Group(*each, n, form) for each in zip(widths, widths[1:], strides))
        self.root = projection(4, 16, 64 * k) if form == "pooled" else bare(4, 16, 64 * k)
        self.last = norm_relu(64 * k) if form == "pre" else nn.ReLU()
        self.classify = nn.Linear(64 * k, 10)
        self.form = form

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = y = self.stem(x)
        for number, group in enumerate(self.groups):
            if number and self.form != "pre":
                y = F.relu(y)
            if number and self.form == "pooled":
                y = F.max_pool2d(y, 2)
            y = group(y)
        y = self.last(y + self.root(x))
        return self.classify(y.mean((2, 3)))
