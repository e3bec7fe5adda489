"""Changing batches of images ``(n, C, H, W)`` on their device, each image by its own draws from one generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, pi
from random import Random
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from archdsl.training.augmenting import Change, Erase, ResizedCrop, RotateScale
from archdsl.training.rand_augment import Units, rand_augment


def augment(images: Tensor, changes: Sequence[Change], draw: Generator, units: Units | None = None) -> Tensor:
    """Return the images after all changes, in the order of the recipe; ``units`` say what their values are, where a change asks for that."""
    for change in changes:
        if change.kind == "rand_augment":
            assert units is not None, "colors change by the values that images have"
            images = rand_augment(images, change.chosen, draw, units)
        else:
            images = CHANGES[change.kind](images, change.chosen, draw)
    return images


def uniform(count: int, low: float, high: float, draw: Generator) -> Tensor:
    """Return ``(count,)`` numbers from ``low`` to ``high``, on the generator's device."""
    return torch.rand(count, generator=draw, device=draw.device) * (high - low) + low


def crop(padded: Tensor, size: Sequence[int], draw: Generator) -> Tensor:
    """Return a window of ``size`` at a place of its own from each padded image."""
    rows, columns = (_window(len(padded), whole, side, draw) for whole, side in zip(padded.shape[2:], size))
    images = torch.arange(len(padded), device=padded.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[images, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()


def _window(count: int, whole: int, side: int, draw: Generator) -> Tensor:
    """Return ``(count, side)`` positions along an axis of ``whole``."""
    start = torch.randint(whole - side + 1, (count, 1), generator=draw, device=draw.device)
    return start + torch.arange(side, device=draw.device)


def pad_crop(images: Tensor, padding: int, draw: Generator) -> Tensor:
    """Move each image by up to ``padding`` pixels; zeros come in."""
    return crop(F.pad(images, (padding,) * 4), images.shape[2:], draw)


def reflect_crop(images: Tensor, padding: int, draw: Generator) -> Tensor:
    """Move each image by up to ``padding`` pixels, at most its side less one; its mirror image comes in."""
    rows, columns = (min(padding, side - 1) for side in images.shape[2:])
    return crop(F.pad(images, (columns, columns, rows, rows), "reflect"), images.shape[2:], draw)


def flip(images: Tensor, chance: float, draw: Generator) -> Tensor:
    """Mirror each image from left to right with a chance."""
    chosen = uniform(len(images), 0, 1, draw) < chance
    return torch.where(chosen[:, None, None, None], images.flip(3), images)


def cutout(images: Tensor, side: int, draw: Generator) -> Tensor:
    """Set a square to zero whose center lies anywhere in the image, so that it may reach over its border."""
    return torch.where(box(images, side, side, draw), 0.0, images)


def box(images: Tensor, height: Any, width: Any, draw: Generator) -> Tensor:
    """Return ``(n, 1, H, W)``: which pixels lie in a box whose center is drawn for each image."""
    rows, columns = (_span(len(images), whole, side, draw) for whole, side in zip(images.shape[2:], (height, width)))
    return rows[:, None, :, None] & columns[:, None, None, :]


def _span(count: int, whole: int, side: Any, draw: Generator) -> Tensor:
    center = torch.randint(whole, (count, 1), generator=draw, device=draw.device)
    place = torch.arange(whole, device=draw.device)
    first = center - side // 2
    inside: Tensor = (place >= first) & (place < first + side)
    return inside


def rotate_scale(images: Tensor, by: RotateScale, draw: Generator) -> Tensor:
    """Turn, scale and move each image by its own draws, bilinear."""
    count, (height, width) = len(images), images.shape[2:]
    angle = uniform(count, -by.degrees, by.degrees, draw) * (pi / 180)
    scale = uniform(count, by.scale[0], by.scale[1], draw)
    x, y = (uniform(count, -2 * by.shift, 2 * by.shift, draw) for _ in range(2))
    cos, sin = angle.cos() / scale, angle.sin() / scale
    rows = (cos, -sin * height / width, -cos * x + sin * height / width * y), (sin * width / height, cos, -sin * width / height * x - cos * y)
    theta = torch.stack([torch.stack(row, 1) for row in rows], 1)
    grid = F.affine_grid(theta.to(images.dtype), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def resized_crop(images: Tensor, by: ResizedCrop, draw: Generator) -> Tensor:
    """Resize a box of each image, inside it, to the whole, bilinear."""
    count, (height, width) = len(images), images.shape[2:]
    area = uniform(count, by.area[0], by.area[1], draw)
    ratio = torch.exp(uniform(count, log(by.ratio[0]), log(by.ratio[1]), draw)) * (height / width)
    wide, high = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    x, y = (uniform(count, -1, 1, draw) * (1 - side) for side in (wide, high))
    zero = torch.zeros_like(x)
    theta = torch.stack([torch.stack([wide, zero, x], 1), torch.stack([zero, high, y], 1)], 1)
    grid = F.affine_grid(theta.to(images.dtype), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def erase(images: Tensor, by: Erase, draw: Generator) -> Tensor:
    """Put noise in place of a box inside each image, with a chance."""
    count, (height, width) = len(images), images.shape[2:]
    area = uniform(count, by.area[0], by.area[1], draw) * (height * width)
    ratio = torch.exp(uniform(count, log(by.ratio[0]), log(by.ratio[1]), draw))
    done = uniform(count, 0, 1, draw) < by.chance
    sides = zip((height, width), ((area * ratio).sqrt(), (area / ratio).sqrt()))
    rows, columns = (_inner_span(whole, side.round().clamp(1, whole), draw) for whole, side in sides)
    inside = (rows[:, None, :, None] & columns[:, None, None, :]) & done[:, None, None, None]
    noise = torch.randn(images.shape, generator=draw, device=draw.device, dtype=images.dtype)
    return torch.where(inside, noise, images)


def _inner_span(whole: int, side: Tensor, draw: Generator) -> Tensor:
    """Return ``(n, whole)``: which places lie in a stretch of a side ``(n,)``, all of it inside."""
    first = (uniform(len(side), 0, 1, draw) * (whole - side + 1)).floor()[:, None]
    place = torch.arange(whole, device=draw.device)
    inside: Tensor = (place >= first) & (place < first + side[:, None])
    return inside


CHANGES: dict[str, Callable[[Tensor, Any, Generator], Tensor]] = {
    "pad_crop": pad_crop,
    "reflect_crop": reflect_crop,
    "flip": flip,
    "translate": pad_crop,
    "cutout": cutout,
    "rotate_scale": rotate_scale,
    "resized_crop": resized_crop,
    "erase": erase,
}


@dataclass(frozen=True, slots=True)
class Alteration:
    """What a recipe does to batches of labelled images before they are trained on."""

    changes: tuple[Change, ...]
    mixup: float | None
    cutmix: float | None
    classes: int
    units: Units | None = None

    def __call__(self, images: Tensor, labels: Tensor, draw: Generator, dice: Random) -> tuple[Tensor, Tensor]:
        """Return the changed images, with their labels ``(n,)``, or with shares of the classes ``(n, classes)`` where they were mixed."""
        images = augment(images, self.changes, draw, self.units)
        if self.mixup is None and self.cutmix is None:
            return images, labels
        return mix(images, F.one_hot(labels, self.classes).to(images.dtype), self.mixup, self.cutmix, draw, dice)


def mix(images: Tensor, targets: Tensor, mixup: float | None, cutmix: float | None, draw: Generator, dice: Random) -> tuple[Tensor, Tensor]:
    """Mix each image with another one, and their targets ``(n, classes)`` by the same shares.

    Args:
        images: A batch.
        targets: Shares of the classes, which sum to 1.
        mixup: The parameter of the Beta distribution of the shares, for whole images (arXiv:1710.09412).
        cutmix: The same, for boxes of the other image (arXiv:1905.04899); with both, each batch draws one of them.
        draw: What is drawn for each image, and
        dice: for the batch.
    """
    other = torch.randperm(len(images), generator=draw, device=draw.device)
    boxes = cutmix is not None and (mixup is None or dice.random() < 0.5)
    alpha = (cutmix if boxes else mixup) or 1.0
    share = dice.betavariate(alpha, alpha)
    if boxes:
        images, share = _with_boxes(images, other, share, draw)
    else:
        images = images * share + images[other] * (1 - share)
    return images, targets * share + targets[other] * (1 - share)


def _with_boxes(images: Tensor, other: Tensor, share: float, draw: Generator) -> tuple[Tensor, float]:
    """Return images with one box, the same for all, of others, and the share of the pixels that stayed."""
    height, width = (max(1, round(side * (1 - share) ** 0.5)) for side in images.shape[2:])
    inside = box(images[:1], height, width, draw)
    return torch.where(inside, images[other], images), 1 - float(inside.float().mean())
