"""The 3x3 of a Res2Net block in plain torch (arXiv:1904.01169, equation 1, and section 4.2 for the block that starts a stage)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class MultiScale(nn.Module):
    """Slices of the channels, each convolved together with what came out of the slice before it.

    With ``last`` other than ``pass`` the slices have nothing to do with each other, and the last one is pooled or convolved.
    """

    def __init__(self, channels: int, scale: int, stride: int = 1, groups: int = 1, last: str = "pass") -> None:
        super().__init__()
        self.scale, self.stride, self.last = scale, stride, last
        width, count = channels // scale, scale if last == "conv" else scale - 1
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False) for _ in range(count))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(count))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        slices = x.chunk(self.scale, dim=1)
        done: list[torch.Tensor] = []
        for conv, norm, each in zip(self.convs, self.norms, slices):
            given = each + done[-1] if done and self.last == "pass" else each
            done.append(F.relu(norm(conv(given))))
        if self.last == "pass":
            done.append(slices[-1])
        if self.last == "pool":
            done.append(F.avg_pool2d(slices[-1], 3, self.stride, 1))
        return torch.cat(done, dim=1)
