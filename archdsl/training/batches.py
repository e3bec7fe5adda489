"""Batches by index from images that lie on the device: no workers, no copies, the same order for the same seed and epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from math import ceil
from random import Random
from typing import Any

import torch
from torch import Tensor

from archdsl.training.pictures import Pictures

Alter = Callable[[Tensor, Tensor, torch.Generator, Random], tuple[Tensor, Tensor]]


def seed_of(*parts: int) -> int:
    """Return a seed that depends on all of the parts, the same on every machine."""
    digest = sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big")


class Batches:
    """Normalized images ``(n, C, H, W)`` with labels ``(n,)``, ``n`` at most ``size``; as vectors ``(n, C * H * W)`` if they are wanted ``flat``, and
    changed by ``alter`` where it is given; ``fresh`` makes new images of a batch first, before they are normalized.

    An epoch is cut into batches of nearly equal sizes, so that none is tiny and no image is left out. With a seed their order is shuffled,
    anew in every epoch, as a function of seed and epoch alone. Of several processes each takes every ``world``-th image of each batch.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
        *,
        seed: int | None = None,
        flat: bool = False,
        alter: Alter | None = None,
        fresh: Callable[[Tensor, torch.Generator], Tensor] | None = None,
    ) -> None:
        self.images = images if isinstance(images, Pictures) else torch.as_tensor(images)
        self.labels = torch.as_tensor(labels)
        self.mean = torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1)
        self.std = torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1)
        self.size = size
        self.seed = seed
        self.flat = flat
        self.alter = alter
        self.fresh = fresh
        self.epoch = 0
        self.rank, self.world = 0, 1
        self._running: tuple[torch.Generator, Random] | None = None
        self._left_out: tuple[int, dict[str, Any]] | None = None

    def to(self, device: Any) -> Batches:
        """Move the data to a device, for good; images in files stay there."""
        self.images = self.images if isinstance(self.images, Pictures) else self.images.to(device)
        self.labels = self.labels.to(device)
        self.mean, self.std = self.mean.to(device), self.std.to(device)
        return self

    def __len__(self) -> int:
        return ceil(len(self.labels) / self.size)

    @property
    def smallest(self) -> int:
        """How many images the smallest batch has."""
        return len(self.labels) // len(self)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        draw, dice = self._running = self._draws()
        chosen = [each[self.rank :: self.world] for each in self._order().to(self.labels.device).tensor_split(len(self))]
        if self._left_out is not None:
            (count, state), self._left_out = self._left_out, None
            draw.set_state(state["images"])
            dice.setstate(state["batch"])
            yield from [None] * count  # type: ignore[misc]
            chosen = chosen[count:]
        for own, images in zip(chosen, self._taken(chosen)):
            if self.fresh is not None:
                images = self.fresh(images, draw)
            images, labels = (images.float() - self.mean) / self.std, self.labels[own]
            if self.alter is not None:
                images, labels = self.alter(images, labels, draw, dice)
            yield images.flatten(1) if self.flat else images, labels

    def _taken(self, chosen: Sequence[Tensor]) -> Iterator[Tensor]:
        """Return the images of each batch as they are stored."""
        if isinstance(self.images, Pictures):
            yield from (torch.from_numpy(each).to(self.labels.device) for each in self.images.batches([each.tolist() for each in chosen]))
        else:
            yield from (self.images[each] for each in chosen)

    def draws(self) -> dict[str, Any]:
        """Return the state of what is drawn from, in the middle of an epoch."""
        assert self._running is not None, "no epoch is running"
        draw, dice = self._running
        return {"images": draw.get_state(), "batch": dice.getstate()}

    def skip(self, count: int, draws: dict[str, Any]) -> None:
        """Leave out the first batches of the next epoch, in whose place None is given, and draw on from a state."""
        self._left_out = (count, draws)

    def share(self, batch: int) -> float:
        """Return by how much an even share of a batch this process's own share of it is larger: 1 where all have as many."""
        whole = len(self.labels) // len(self) + (batch < len(self.labels) % len(self))
        return len(range(self.rank, whole, self.world)) * self.world / whole

    def _draws(self) -> tuple[torch.Generator, Random]:
        seed = seed_of(self.seed or 0, self.epoch, self.rank, 1)
        return torch.Generator(self.labels.device).manual_seed(seed), Random(seed)

    def _order(self) -> Tensor:
        if self.seed is None:
            return torch.arange(len(self.labels))
        generator = torch.Generator().manual_seed(seed_of(self.seed, self.epoch))
        return torch.randperm(len(self.labels), generator=generator)
