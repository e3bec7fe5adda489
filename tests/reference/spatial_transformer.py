"""Networks with spatial transformers in plain torch, from their description (arXiv:1506.02025)."""

from __future__ import annotations

import torch
from torch import nn


def fully_connected(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())


def convolutional(channels: int, width: int) -> nn.Sequential:
    first, second = nn.Conv2d(channels, width, 9), nn.Conv2d(width, width, 7)
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())


def localization(kind: str, channels: int) -> nn.Sequential:
    if kind == "fcn":
        return fully_connected(channels * 42 * 42, 32)
    first, second = nn.Conv2d(channels, 20, 5), nn.Conv2d(20, 20, 5)
    looks = (nn.AvgPool2d(2), first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.Flatten(), nn.Linear(320, 20), nn.ReLU())
    return nn.Sequential(*looks)


class Transformer(nn.Module):
    """Warps an image as its localization network says; every pixel is computed from its four neighbors."""

    def __init__(self, kind: str, grid: str, channels: int) -> None:
        super().__init__()
        self.grid = grid
        self.look = localization(kind, channels)
        self.theta = nn.Linear(32 if kind == "fcn" else 20, {"affine": 6, "projective": 8, "tps": 32}[grid])

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        size = image.shape[-1]
        line = (2 * torch.arange(size) + 1 - size) / size
        y, x = torch.meshgrid(line, line, indexing="ij")
        theta = self.theta(self.look(image))
        return torch.stack([bilinear(each, *self.places(own, x, y)) for each, own in zip(image, theta)])

    def places(self, theta: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.grid == "tps":
            return spline(theta.reshape(16, 2), x, y)
        matrix = torch.cat([theta, torch.tensor([0.0, 0, 1])[theta.numel() - 6 :]]).reshape(3, 3)
        source = matrix @ torch.stack([x.flatten(), y.flatten(), torch.ones(x.numel())])
        return (source[0] / source[2]).reshape(x.shape), (source[1] / source[2]).reshape(x.shape)


def spline(moved: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where a thin plate spline that moves 4 x 4 points carries the places: the radial parts and the affine one solve a linear system."""
    line = torch.linspace(-1, 1, 4)
    points = torch.stack([line.repeat(4), line.repeat_interleave(4)], 1)

    def radial(places: torch.Tensor) -> torch.Tensor:
        square = torch.cdist(places, points).square()
        return torch.where(square > 0, square * square.clamp(min=1e-30).log(), 0)

    flat = torch.cat([torch.ones(16, 1), points], 1)
    system = torch.cat([torch.cat([radial(points), flat], 1), torch.cat([flat.T, torch.zeros(3, 3)], 1)])
    weights = torch.linalg.solve(system.double(), torch.cat([points + moved, torch.zeros(3, 2)]).double()).float()
    places = torch.stack([x.flatten(), y.flatten()], 1)
    carried = torch.cat([radial(places), torch.ones(len(places), 1), places], 1) @ weights
    return carried[:, 0].reshape(x.shape), carried[:, 1].reshape(x.shape)


def bilinear(image: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return ``sum U[n, m] max(0, 1 - |x - m|) max(0, 1 - |y - n|)`` with the places in pixels."""
    size = image.shape[-1]
    pixels = torch.arange(size)
    across = (1 - (((x + 1) * size - 1) / 2)[..., None].sub(pixels).abs()).clamp(min=0)
    down = (1 - (((y + 1) * size - 1) / 2)[..., None].sub(pixels).abs()).clamp(min=0)
    return torch.einsum("cnm,hwm,hwn->chw", image, across, down)


class Network(nn.Module):
    """Transformers side by side, whose images are put on top of each other, then a network that classifies."""

    def __init__(self, kind: str, grid: str, width: int, transformers: int, channels: int, classes: int) -> None:
        super().__init__()
        self.transformers = nn.ModuleList(Transformer(kind, grid, channels) for _ in range(transformers))
        seen = channels * max(transformers, 1)
        self.trunk = fully_connected(seen * 42 * 42, width) if kind == "fcn" else convolutional(seen, width)
        self.fc = nn.Linear(width if kind == "fcn" else 25 * width, classes)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        warped = [transformer(image) for transformer in self.transformers] or [image]
        return self.fc(self.trunk(torch.cat(warped, 1)))
