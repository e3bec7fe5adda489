"""RandAugment (arXiv:1909.13719) on batches: a few of fourteen operations in a row, drawn for each image, on the images' device.

The operations take images ``(n, C, H, W)`` with values from 0 to 1; for each image a level from 0 to 1 and a direction, 1 or -1, ``(n,)``; and what
comes in from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import pi
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from archdsl.training.augmenting import RandAugment

DEGREES, SHEAR, SHIFT, BLEND, BITS = 30.0, 0.3, 0.45, 0.9, 4
"""What level 1 is: degrees, a slope, a share of the side, how far a factor is from 1, and how many of the eight bits of a value are dropped."""

LIGHT = (0.299, 0.587, 0.114)
"""How much red, green and blue give to the light of a pixel."""


@dataclass(frozen=True, slots=True)
class Units:
    """How normalized values become shares of the largest value: ``value * scale + offset``, by channel.

    Attributes:
        scale: One for each channel.
        offset: The same; it is the mean of the data, which comes in where an image is moved.
    """

    scale: tuple[float, ...]
    offset: tuple[float, ...]

    @staticmethod
    def of(mean: Sequence[float], std: Sequence[float], lowest: float, largest: float) -> Units:
        """Return the units of data whose values go from ``lowest`` to ``largest``."""
        span = max(largest - lowest, 1e-12)
        return Units(tuple(each / span for each in std), tuple((each - lowest) / span for each in mean))


def rand_augment(images: Tensor, by: RandAugment, draw: Generator, units: Units) -> Tensor:
    """Change each image by ``count`` operations, each one done with a chance, at levels around ``strength``."""
    scale, offset = (torch.tensor(each, device=images.device).view(1, -1, 1, 1) for each in (units.scale, units.offset))
    changed = (images * scale + offset).clamp(0, 1)
    for _ in range(by.count):
        changed = _once(changed, by, draw, offset)
    return (changed - offset) / scale


def _once(images: Tensor, by: RandAugment, draw: Generator, fill: Tensor) -> Tensor:
    """Change each image by one operation."""
    count = len(images)
    chosen = torch.randint(len(OPERATIONS), (count,), generator=draw, device=draw.device)
    done = torch.rand(count, generator=draw, device=draw.device) < by.chance
    level = ((by.strength + by.deviation * torch.randn(count, generator=draw, device=draw.device)) / 10).clamp(0, 1)
    direction = torch.randint(2, (count,), generator=draw, device=draw.device) * 2.0 - 1
    numbers = torch.where(done, chosen, -1).tolist()
    changed = images.clone()
    for number, operation in enumerate(OPERATIONS.values()):
        own = [place for place, each in enumerate(numbers) if each == number]
        if own:
            places = torch.tensor(own, device=images.device)
            changed[places] = operation(images[places], level[places], direction[places], fill)
    return changed


# --- what the operations do ---------------------------------------------------------------------------------------------------------------


def identity(images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Return the images."""
    return images


def _moved(rows: Callable[[Tensor], Any], images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Move the pixels of each image by an affine map of its own; ``rows`` gives it in pixels from the center, from a signed level and the sides."""
    height, width = images.shape[2:]
    (a, b, c), (d, e, f) = rows(level * direction)
    one, zero = torch.ones_like(level), torch.zeros_like(level)
    x = [each * one + zero for each in (a, b * (height / width), c * 2)]
    y = [each * one + zero for each in (d * (width / height), e, f * 2)]
    grid = F.affine_grid(torch.stack([torch.stack(x, 1), torch.stack(y, 1)], 1).to(images.dtype), list(images.shape), align_corners=False)
    return (F.grid_sample(images - fill, grid, align_corners=False) + fill).clamp(0, 1)


def _turn(by: Tensor) -> Any:
    angle = by * (DEGREES * pi / 180)
    return (angle.cos(), -angle.sin(), 0.0), (angle.sin(), angle.cos(), 0.0)


rotate = partial(_moved, _turn)
shear_x = partial(_moved, lambda by: ((1.0, SHEAR * by, 0.0), (0.0, 1.0, 0.0)))
shear_y = partial(_moved, lambda by: ((1.0, 0.0, 0.0), (SHEAR * by, 1.0, 0.0)))
translate_x = partial(_moved, lambda by: ((1.0, 0.0, SHIFT * by), (0.0, 1.0, 0.0)))
translate_y = partial(_moved, lambda by: ((1.0, 0.0, 0.0), (0.0, 1.0, SHIFT * by)))


def auto_contrast(images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Stretch the values of each channel from 0 to 1."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    return torch.where(high > low, (images - low) / (high - low).clamp_min(1e-12), images)


def equalize(images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Let each of 256 values be about equally frequent in each channel, as pillow does it."""
    values = (images * 255).round().long().flatten(0, 1).flatten(1)
    counts = torch.zeros(len(values), 256, dtype=torch.long, device=images.device).scatter_add_(1, values, torch.ones_like(values))
    last = counts.gather(1, values.amax(1, keepdim=True))
    step = (values.shape[1] - last) // 255
    table = (step // 2 + counts.cumsum(1) - counts).div(step.clamp_min(1), rounding_mode="floor").clamp(max=255)
    equal = table.gather(1, values).view(images.shape).to(images.dtype) / 255
    return torch.where((step > 0).view(*images.shape[:2], 1, 1), equal, images)


def posterize(images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Drop the lowest bits of each value."""
    dropped = 2.0 ** (BITS * level).round().view(-1, 1, 1, 1)
    return ((images * 255).round() / dropped).floor() * dropped / 255


def solarize(images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Invert what is lighter than a threshold, which falls from 1 to 0."""
    return torch.where(images > 1 - level.view(-1, 1, 1, 1), 1 - images, images)


def _blended(other: Callable[[Tensor], Tensor], images: Tensor, level: Tensor, direction: Tensor, fill: Tensor) -> Tensor:
    """Go towards a duller image, or away from it."""
    factor = (1 + BLEND * level * direction).view(-1, 1, 1, 1)
    dull = other(images)
    return (dull + factor * (images - dull)).clamp(0, 1)


def light(images: Tensor) -> Tensor:
    """Return the light of each pixel, ``(n, 1, H, W)``; of images that have no three channels their mean."""
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    weights = torch.tensor(LIGHT, device=images.device, dtype=images.dtype).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True)


def smooth(images: Tensor) -> Tensor:
    """Return smoothed images, whose borders stay."""
    kernel = torch.ones(3, 3, device=images.device, dtype=images.dtype)
    kernel[1, 1] = 5
    smoothed = images.clone()
    if min(images.shape[2:]) > 2:
        weights = (kernel / 13).expand(images.shape[1], 1, 3, 3)
        smoothed[:, :, 1:-1, 1:-1] = F.conv2d(images, weights, groups=images.shape[1])
    return smoothed


color = partial(_blended, lambda images: light(images) if images.shape[1] == 3 else images)
contrast = partial(_blended, lambda images: light(images).mean((2, 3), keepdim=True))
brightness = partial(_blended, torch.zeros_like)
sharpness = partial(_blended, smooth)


OPERATIONS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "identity": identity,
    "auto_contrast": auto_contrast,
    "equalize": equalize,
    "rotate": rotate,
    "solarize": solarize,
    "color": color,
    "posterize": posterize,
    "contrast": contrast,
    "brightness": brightness,
    "sharpness": sharpness,
    "shear_x": shear_x,
    "shear_y": shear_y,
    "translate_x": translate_x,
    "translate_y": translate_y,
}
