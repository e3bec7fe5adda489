"""FractalNet in plain torch: columns side by side, joined row by row, as its figure draws it (arXiv:1605.07648)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def conv_norm(in_channels: int, out_channels: int, caffe: bool) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=caffe)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels, affine=not caffe), nn.ReLU())


class Block(nn.Module):
    """Column ``c`` has ``2 ** c`` convolutions; the columns that have one ending at a row are joined there."""

    def __init__(self, in_channels: int, out_channels: int, columns: int, pools: int = 1, caffe: bool = False) -> None:
        super().__init__()
        self.rows, self.pools = 2 ** (columns - 1), pools
        self.columns = nn.ModuleList(
            nn.ModuleList(conv_norm(out_channels if i else in_channels, out_channels, caffe) for i in range(2**c)) for c in range(columns)
        )

    def forward(self, x: torch.Tensor, alive: int | None = None) -> torch.Tensor:
        """Return the last join; with ``alive`` every join passes that column alone, if it takes part."""
        values = [x] * len(self.columns)
        for row in range(1, self.rows + 1):
            ended = []
            for c, column in enumerate(self.columns):
                stretch = self.rows >> c
                if row % stretch == 0:
                    values[c] = column[row // stretch - 1](values[c])
                    ended.append(c)
            if row == self.rows:
                for _ in range(self.pools):
                    values = [F.max_pool2d(value, 2) for value in values]
            joined = values[alive] if alive in ended else torch.stack([values[c] for c in ended]).mean(0)
            for c in ended:
                values[c] = joined
        return values[0]

    def units(self) -> list[nn.Sequential]:
        """Return the convolutions in the order of the expansion rule: the short column, then the two fractals behind each other."""
        used = [0] * len(self.columns)
        found = []
        for c in order(0, len(self.columns)):
            found.append(self.columns[c][used[c]])
            used[c] += 1
        return found


def order(first: int, columns: int) -> list[int]:
    """Return the columns of the convolutions in the order of the expansion rule."""
    return [first, *(order(first + 1, columns - 1) * 2)] if columns > 1 else [first]


class FractalNet(nn.Module):
    """Blocks in series, then a linear layer."""

    def __init__(self, widths: list[int], columns: int, classes: int = 10, caffe: bool = False) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(a, b, columns, caffe=caffe) for a, b in zip([3, *widths], widths))
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x: torch.Tensor, alive: int | None = None) -> torch.Tensor:
        for block in self.blocks:
            x = block(x, alive)
        return self.fc(x.flatten(1))

    def layers(self) -> list[nn.Module]:
        """Return convolutions, norms and the linear layer in the order of the expansion rule."""
        return [layer for block in self.blocks for unit in block.units() for layer in unit[:2]] + [self.fc]

    def column(self, number: int) -> list[nn.Module]:
        """Return the layers of one column."""
        return [layer for block in self.blocks for unit in block.columns[number] for layer in unit[:2]] + [self.fc]
