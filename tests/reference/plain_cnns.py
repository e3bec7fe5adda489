"""Network in network (arXiv:1312.4400) and the all convolutional net (arXiv:1412.6806) in plain torch."""

from __future__ import annotations

import torch
from torch import nn


def conv_relu(c_in: int, c_out: int, size: int = 1, stride: int = 1, padding: int | None = None) -> list[nn.Module]:
    return [nn.Conv2d(c_in, c_out, size, stride, size // 2 if padding is None else padding), nn.ReLU()]


class GlobalMean(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


def network_in_network() -> nn.Sequential:
    """Three spatial convolutions, two 1x1 after each; overlapping pools that round up."""
    first = [*conv_relu(3, 192, 5), *conv_relu(192, 160), *conv_relu(160, 96), nn.MaxPool2d(3, 2, ceil_mode=True)]
    second = [*conv_relu(96, 192, 5), *conv_relu(192, 192), *conv_relu(192, 192), nn.MaxPool2d(3, 2, ceil_mode=True)]
    return nn.Sequential(*first, *second, *conv_relu(192, 192, 3), *conv_relu(192, 192), *conv_relu(192, 10), GlobalMean())


def all_cnn(kernels: tuple[int, ...], form: str) -> nn.Sequential:
    """A base model by the kernels of its stages, in one of four forms."""
    layers: list[nn.Module] = []
    c_in = 3
    for width in (96, 192):
        for size in kernels[:-1]:
            layers += conv_relu(c_in, width, size)
            c_in = width
        layers += conv_relu(c_in, width, kernels[-1], 2 if form == "strided" else 1)
        c_in = width
        if form in ("conv_pool", "all_conv"):
            layers += conv_relu(width, width, 3, 2 if form == "all_conv" else 1)
        if form in ("base", "conv_pool"):
            layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
    return nn.Sequential(*layers, *conv_relu(192, 192, 3, padding=0), *conv_relu(192, 192), *conv_relu(192, 10), GlobalMean())
