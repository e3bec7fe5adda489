"""LeNet-5 in plain torch: C3 as one convolution in which the maps that a map does not see have no weights (LeCun et al. 1998)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

COLUMNS = ["X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX", ".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X", "...XXX..XXXX.XXX"]
"""Table I, a row for each map of S2 and a column for each of C3."""


def squash(x: torch.Tensor) -> torch.Tensor:
    return 1.7159 * torch.tanh(0.6667 * x)


class LeNet(nn.Module):
    """Six layers with weights; ``full`` lets every map of C3 see all maps, and subsampling learn nothing."""

    def __init__(self, full: bool) -> None:
        super().__init__()
        self.full = full
        self.c1, self.c3, self.c5 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5)
        self.s2, self.s4 = nn.Parameter(torch.randn(2, 6)), nn.Parameter(torch.randn(2, 16))
        self.f6, self.output = nn.Linear(120, 84), nn.Linear(84, 10)
        seen = torch.tensor([[mark == "X" for mark in row] for row in COLUMNS]).T[:, :, None, None]
        self.register_buffer("mask", torch.ones_like(seen) if full else seen)

    def subsample(self, x: torch.Tensor, learned: torch.Tensor) -> torch.Tensor:
        x = F.avg_pool2d(x, 2)
        return x if self.full else squash(x * learned[0, :, None, None] + learned[1, :, None, None])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.subsample(squash(self.c1(x)), self.s2)
        x = self.subsample(squash(F.conv2d(x, self.c3.weight * self.mask, self.c3.bias)), self.s4)
        return self.output(squash(self.f6(squash(self.c5(x)).flatten(1))))
