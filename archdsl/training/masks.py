"""Which patches of an image are seen and which are to be predicted: the multi-block masks of I-JEPA (arXiv:2301.08243, section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from random import Random

import torch
from torch import Generator, Tensor

TARGETS = 4
"""Target blocks of each image."""

TARGET_SCALE, TARGET_ASPECT = (0.15, 0.2), (0.75, 1.5)
CONTEXT_SCALE = (0.85, 1.0)
LEAST = 10
"""A context keeps more patches than that; after so many tries that it does not, it may keep those of one target block, then of two, ..."""

TRIES = 20


@dataclass(frozen=True, slots=True)
class Masks:
    """Numbers of patches, row by row from 0.

    Attributes:
        context: What is seen, ``(n, K)``.
        targets: What is predicted, ``(blocks, n, L)``; blocks of one image may overlap one another.
    """

    context: Tensor = field(repr=False)
    targets: Tensor = field(repr=False)

    def to(self, device: torch.device) -> Masks:
        """Return the same on a device."""
        return Masks(self.context.to(device), self.targets.to(device))


def draw_masks(images: int, side: int, dice: Random) -> Masks:
    """Return masks for a batch on a grid of ``side`` x ``side`` patches.

    The batch has one size of target blocks and one of contexts. Each image has places of its own. A context loses all patches of its image's
    targets; so that all of a batch are equally long, those of the longer ones that stay are drawn.
    """
    size = block_size(side, TARGET_SCALE, TARGET_ASPECT, dice)
    around = block_size(side, CONTEXT_SCALE, (1.0, 1.0), dice)
    draw = Generator().manual_seed(dice.getrandbits(63))
    targets = torch.stack([_blocks(images, side, size, draw) for _ in range(TARGETS)])
    seen = _contexts(side, around, targets, draw)
    shortest = int(seen.sum(1).min())
    order = torch.rand(seen.shape, generator=draw).masked_fill(~seen, 2.0)
    context = order.topk(shortest, largest=False).indices.sort().values
    return Masks(context, targets)


def block_size(side: int, scale: tuple[float, float], aspect: tuple[float, float], dice: Random) -> tuple[int, int]:
    """Return height and width of a block with a drawn share of the patches and a drawn ratio of its sides, both shorter than the grid's.

    >>> sizes = {block_size(14, TARGET_SCALE, TARGET_ASPECT, Random(seed)) for seed in range(500)}
    >>> min(h * w for h, w in sizes), max(h * w for h, w in sizes)
    (24, 42)
    """
    area, ratio = int(side * side * dice.uniform(*scale)), dice.uniform(*aspect)
    height, width = (max(1, min(round(sqrt(each)), side - 1)) for each in (area * ratio, area / ratio))
    return height, width


def _blocks(images: int, side: int, size: tuple[int, int], draw: Generator) -> Tensor:
    """Return the patches of a block in each image at a place of its own, ``(n, L)``."""
    top, left = (torch.randint(side - each + 1, (images, 1), generator=draw) for each in size)
    rows, columns = (torch.arange(each) for each in size)
    return top * side + left + (rows[:, None] * side + columns).flatten()


def _contexts(side: int, size: tuple[int, int], targets: Tensor, draw: Generator) -> Tensor:
    """Return which patches each image shows, ``(n, side * side)``."""
    images = targets.shape[1]
    seen, wanting = torch.zeros(images, side * side, dtype=torch.bool), torch.ones(images, dtype=torch.bool)
    for spared in range(TARGETS, -1, -1):
        for _ in range(TRIES):
            drawn = torch.zeros_like(seen).scatter_(1, _blocks(images, side, size, draw), True)
            for hidden in targets[:spared]:
                drawn.scatter_(1, hidden, False)
            seen = torch.where(wanting[:, None], drawn, seen)
            wanting = seen.sum(1) <= LEAST
            if not wanting.any():
                return seen
    return seen
