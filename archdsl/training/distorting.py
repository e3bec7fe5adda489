"""Digits that are turned, scaled and moved on a larger canvas (RTS of arXiv:1506.02025), alone, or two of them whose label is their sum.

The training images hold each digit in the middle of its channel, and every epoch distorts them anew; the test images are distorted once,
always alike.
"""

from __future__ import annotations

from dataclasses import replace
from math import pi
from typing import Any

import numpy
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.augmentation import uniform
from archdsl.training.datasets import Dataset, make_dataset
from archdsl.training.resizing import resize_images

CANVAS, FRAME, DIGIT = 42, 28, 20
"""Sides of the canvas, of MNIST's images, and of the digits in them."""

DEGREES, SCALE = 45.0, (0.7, 1.2)
LEAST = {"train": 10_000, "test": 2_000}
"""How many images are made where the source has fewer: each of its digits is then used several times."""


def distort(images: Tensor, draw: Generator) -> Tensor:
    """Turn, scale and move what lies in the middle of each channel of ``(n, C, H, W)``, each channel by its own draws; the frame stays inside."""
    flat = images.flatten(0, 1)[:, None].float()
    count = len(flat)
    angle = uniform(count, -DEGREES, DEGREES, draw) * (pi / 180)
    scale = uniform(count, *SCALE, draw)
    room = 1 - scale * FRAME / CANVAS
    x, y = (uniform(count, -1, 1, draw) * room for _ in range(2))
    cos, sin = angle.cos() / scale, angle.sin() / scale
    rows = (cos, sin, -cos * x - sin * y), (-sin, cos, sin * x - cos * y)
    theta = torch.stack([torch.stack(row, 1) for row in rows], 1)
    grid = F.affine_grid(theta, list(flat.shape), align_corners=False)
    return F.grid_sample(flat, grid, align_corners=False).view(images.shape)


def distorted_digits(name: str, source: Dataset, *, pairs: bool) -> Dataset:
    """Return a source's digits on canvases of 42x42, ``(1, 42, 42)``; in pairs ``(2, 42, 42)``, one digit a channel, labelled with their sum.

    Args:
        name: What the data are called.
        source: Digits of one channel.
        pairs: Whether two digits are added.

    Raises:
        UsageError: If the source has several channels.
    """
    if source.shape[0] != 1:
        message = f"the images of `{source.name}` have {source.shape[0]} channels, and `{name}` is made of images with one"
        raise UsageError(Diagnostic("E803", message))
    arrays: dict[str, Any] = {}
    for part in ("train", "test"):
        images, labels = _canvases(getattr(source, f"x_{part}")), getattr(source, f"y_{part}")
        chosen = _chosen(len(labels), part, 2 if pairs else 1)
        arrays[f"x_{part}"] = numpy.stack([images[each] for each in chosen], 1)
        arrays[f"y_{part}"] = sum(labels[each] for each in chosen)
    arrays["x_test"] = _once(arrays["x_test"])
    return replace(make_dataset(name, arrays), fresh=distort)


def _chosen(count: int, part: str, channels: int) -> list[Any]:
    """Return which digit stands in each channel of each image: every digit equally often, in an order that is always the same."""
    wanted = max(count, LEAST[part])
    draw = numpy.random.default_rng([LEAST[part], count])
    return [numpy.arange(wanted) % count if not channel else draw.permutation(wanted) % count for channel in range(channels)]


def _canvases(images: Any) -> Any:
    """Return ``(N, 1, h, w)`` as bytes in the middle of ``(N, 42, 42)``; what is not 28x28 becomes 20x20, as large as MNIST's digits."""
    if images.shape[2:] != (FRAME, FRAME):
        images = resize_images(images, DIGIT)
    if images.dtype != numpy.uint8:
        images = (images * (255 / max(float(images.max()), 1e-9))).clip(0, 255).round().astype(numpy.uint8)
    margin = (CANVAS - images.shape[2]) // 2
    return numpy.pad(images[:, 0], ((0, 0), (margin, margin), (margin, margin)))


def _once(images: Any) -> Any:
    """Return images distorted with a seed of their own, as bytes."""
    draw = Generator().manual_seed(len(images))
    return torch.cat([distort(part, draw).round().to(torch.uint8) for part in torch.split(torch.from_numpy(images), 1000)]).numpy()
