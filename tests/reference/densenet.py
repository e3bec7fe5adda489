"""DenseNet for small images in plain torch, from its description (arXiv:1608.06993)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def norm_relu_conv(in_channels: int, out_channels: int, kernel_size: int) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)
    return nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU(), conv)


class DenseNet(nn.Module):
    """Three blocks of ``layers`` layers that each see everything before them."""

    def __init__(self, layers: int, growth: int, bc: bool, classes: int = 10) -> None:
        super().__init__()
        channels = 2 * growth if bc else 16
        self.stem = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.blocks, self.transitions = nn.ModuleList(), nn.ModuleList()
        for block in range(3):
            if block > 0:
                thin = channels // 2 if bc else channels
                self.transitions.append(norm_relu_conv(channels, thin, 1))
                channels = thin
            made = nn.ModuleList()
            for _ in range(layers):
                wide = 4 * growth if bc else channels
                bottleneck = [norm_relu_conv(channels, wide, 1)] if bc else []
                made.append(nn.Sequential(*bottleneck, norm_relu_conv(wide, growth, 3)))
                channels += growth
            self.blocks.append(made)
        self.norm = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = [self.stem(x)]
        for number, block in enumerate(self.blocks):
            if number > 0:
                seen = [F.avg_pool2d(self.transitions[number - 1](torch.cat(seen, 1)), 2)]
            for layer in block:
                seen.append(layer(torch.cat(seen, 1)))
        return self.fc(F.relu(self.norm(torch.cat(seen, 1))).mean((2, 3)))
