"""U-Net and its relatives in plain torch: double, recurrent residual and attention (arXiv:1505.04597, 1802.06955, 1804.03999)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F


def layer(inputs: int, outputs: int) -> nn.Sequential:
    """Return convolution, norm and ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())


class Recurrent(nn.Module):
    """One layer, first of u, then again of u and what it gave."""

    def __init__(self, width: int, steps: int) -> None:
        super().__init__()
        self.layer, self.steps = layer(width, width), steps

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        x = self.layer(u)
        for _ in range(self.steps):
            x = self.layer(u + x)
        return x


class RecurrentResidual(nn.Module):
    """A 1x1, and two recurrent layers around which it goes."""

    def __init__(self, inputs: int, outputs: int, steps: int) -> None:
        super().__init__()
        self.entry = nn.Conv2d(inputs, outputs, 1)
        self.body = nn.Sequential(Recurrent(outputs, steps), Recurrent(outputs, steps))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.entry(x)
        return x + self.body(x)


class Gate(nn.Module):
    """How much of every position goes on, as a signal says."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.of_signal = nn.Sequential(nn.Conv2d(width, inner, 1), nn.BatchNorm2d(inner))
        self.of_value = nn.Sequential(nn.Conv2d(width, inner, 1), nn.BatchNorm2d(inner))
        self.weight = nn.Sequential(nn.Conv2d(inner, 1, 1), nn.BatchNorm2d(1), nn.Sigmoid())

    def forward(self, x: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        return x * self.weight(F.relu(self.of_signal(signal) + self.of_value(x)))


class UNet(nn.Module):
    """A map handed over at every level, with a gate or without."""

    def __init__(self, widths: Sequence[int], recurrent: bool = False, attention: bool = False, steps: int = 2) -> None:
        super().__init__()

        def unit(inputs: int, outputs: int) -> nn.Module:
            if recurrent:
                return RecurrentResidual(inputs, outputs, steps)
            return nn.Sequential(layer(inputs, outputs), layer(outputs, outputs))

        self.down = nn.ModuleList(unit(before, width) for before, width in zip((3, *widths), widths))
        pairs = list(pairwise(widths))[::-1]
        self.rise = nn.ModuleList(layer(below, width) for width, below in pairs)
        self.gates = nn.ModuleList(Gate(width, width // 2) for width, _ in pairs) if attention else None
        self.up = nn.ModuleList(unit(2 * width, width) for width, _ in pairs)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for number, each in enumerate(self.down):
            x = each(F.max_pool2d(x, 2) if number else x)
            kept.append(x)
        for number, (rise, up) in enumerate(zip(self.rise, self.up)):
            x = rise(F.interpolate(x, scale_factor=2))
            across = kept[-2 - number]
            across = self.gates[number](across, x) if self.gates is not None else across
            x = up(torch.cat([across, x], dim=1))
        return self.head(x)


class OwnRecurrent(nn.Module):
    """u = relu(W x); three times y = relu(R(u + y)), the first time of u alone; u + y."""

    def __init__(self, width: int, shared: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.again = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(1 if shared else 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        u = F.relu(self.first(x))
        y = F.relu(self.again[0](u))
        for step in (1, 2):
            y = F.relu(self.again[step % len(self.again)](u + y))
        return u + y


class SmallR2UNet(nn.Module):
    """R2U-Net as its author coded it: recurrent residual on the way down, plain on the way up, no norms."""

    def __init__(self, widths: Sequence[int], shared: bool) -> None:
        super().__init__()
        before = (3, *widths)
        self.entries = nn.ModuleList(nn.Conv2d(before[n], width, 1 if n else 3, padding=0 if n else 1) for n, width in enumerate(widths))
        self.recurrent = nn.ModuleList(OwnRecurrent(width, shared) for width in widths)
        pairs = list(pairwise(widths))[::-1]
        self.rise = nn.ModuleList(nn.ConvTranspose2d(below, width, 3, 2, 1, 1) for width, below in pairs)
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2 * width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
            for width, _ in pairs
        )
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for number, (entry, recurrent) in enumerate(zip(self.entries, self.recurrent)):
            x = F.relu(entry(F.max_pool2d(x, 2) if number else x))
            x = x + recurrent(x)
            kept.append(x)
        for number, (rise, up) in enumerate(zip(self.rise, self.up)):
            x = up(torch.cat([rise(x), kept[-2 - number]], dim=1))
        return self.head(x)
