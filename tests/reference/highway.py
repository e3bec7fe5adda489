"""Highway networks in plain torch (arXiv:1505.00387, 1507.06228)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Highway(nn.Module):
    """y = H(x) T(x) + x (1 - T(x))."""

    def __init__(self, layer: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        self.layer, self.gate = layer, gate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.relu(self.layer(x))
        t = torch.sigmoid(self.gate(x))
        return h * t + x * (1 - t)


def conv_highway(width: int) -> Highway:
    return Highway(nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1))


def cifar(widths: Sequence[int], depths: Sequence[int]) -> nn.Sequential:
    """Highway-19 by its widths and depths."""
    layers: list[nn.Module] = []
    c_in = 3
    for stage, (width, depth) in enumerate(zip(widths, depths)):
        layers += [nn.MaxPool2d(2)] if stage else []
        layers += [nn.Conv2d(c_in, width, 3, padding=1), nn.ReLU(), *(conv_highway(width) for _ in range(depth))]
        c_in = width
    return nn.Sequential(*layers, nn.Conv2d(c_in, 100, 1), nn.ReLU(), nn.AvgPool2d(8), nn.Flatten(), nn.Linear(100, 10))


def mnist(width: int) -> nn.Sequential:
    """The ten layers for MNIST; the pools round up: 24, 12, 6, 3."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 5), nn.ReLU()]
    for depth, pool in ((2, 3), (3, 3), (3, 2)):
        layers += [*(conv_highway(width) for _ in range(depth)), nn.MaxPool2d(pool, 2, ceil_mode=True)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(9 * width, 10))


def fully_connected(depth: int, width: int) -> nn.Sequential:
    """One plain layer, highway layers, a classifier."""
    highways = [Highway(nn.Linear(width, width), nn.Linear(width, width)) for _ in range(depth - 2)]
    return nn.Sequential(nn.Linear(784, width), nn.ReLU(), *highways, nn.Linear(width, 10))
