"""The encoder and the predictor of I-JEPA in plain torch, from their description (arXiv:2301.08243)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def positions(side: int, width: int) -> torch.Tensor:
    """Return ``(side ** 2, width)``: for the column, then for the row, sines and then cosines of ``width / 4`` frequencies."""
    table = torch.zeros(side, side, width)
    quarter = width // 4
    for row in range(side):
        for column in range(side):
            for half, place in enumerate((column, row)):
                for i in range(quarter):
                    angle = torch.tensor(place / 10000 ** (i / quarter))
                    table[row, column, half * 2 * quarter + i] = angle.sin()
                    table[row, column, half * 2 * quarter + quarter + i] = angle.cos()
    return table.reshape(side * side, width)


class Layer(nn.Module):
    """A transformer block that normalizes first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, count, width = x.shape
        q, k, v = (part.reshape(batch, count, self.heads, -1).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, -1))
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        x = x + self.proj((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


def pick(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Return ``(B, K, C)``: of every sample the tokens that its index names."""
    return torch.stack([value[own] for value, own in zip(values.expand(len(index), -1, -1), index)])


class Encoder(nn.Module):
    """Sees the visible patches only; positions are added before the others are left out."""

    def __init__(self, image: int, patch: int, width: int, depth: int, heads: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.register_buffer("positions", positions(image // patch, width), persistent=False)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, image: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
        x = pick(self.patches(image).flatten(2).transpose(1, 2) + self.positions, visible)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Predictor(nn.Module):
    """Narrow; asks for the hidden patches with one learned token that carries their positions."""

    def __init__(self, side: int, width: int, thin: int, depth: int, heads: int) -> None:
        super().__init__()
        self.embed, self.out = nn.Linear(width, thin), nn.Linear(thin, width)
        self.blank = nn.Parameter(torch.randn(thin))
        self.register_buffer("positions", positions(side, thin), persistent=False)
        self.layers = nn.ModuleList(Layer(thin, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(thin, eps=1e-6)

    def forward(self, context: torch.Tensor, visible: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        known = self.embed(context) + pick(self.positions, visible)
        asked = self.blank + pick(self.positions, hidden)
        x = torch.cat([known, asked], 1)
        for layer in self.layers:
            x = layer(x)
        return self.out(self.norm(x))[:, visible.shape[1] :]
