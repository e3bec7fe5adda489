"""Batches by index from images that lie on the device: no workers, no copies, the same order for the same seed and epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from math import ceil
from typing import Any

import torch
from torch import Tensor


def seed_of(*parts: int) -> int:
    """Return a seed that depends on all of the parts, the same on every machine."""
    digest = sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big")


class Batches:
    """Normalized images ``(n, C, H, W)`` with labels ``(n,)``, ``n`` at most ``size``.

    An epoch is cut into batches of nearly equal sizes, so that none is tiny and no image is left out. With a seed their order is shuffled,
    anew in every epoch, as a function of seed and epoch alone. Of several processes each takes every ``world``-th image of each batch.
    """

    def __init__(self, images: Any, labels: Any, size: int, mean: Sequence[float], std: Sequence[float], *, seed: int | None = None) -> None:
        self.images = torch.as_tensor(images)
        self.labels = torch.as_tensor(labels)
        self.mean = torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1)
        self.std = torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1)
        self.size = size
        self.seed = seed
        self.epoch = 0
        self.rank, self.world = 0, 1

    def to(self, device: Any) -> Batches:
        """Move the data to a device, for good."""
        self.images, self.labels = self.images.to(device), self.labels.to(device)
        self.mean, self.std = self.mean.to(device), self.std.to(device)
        return self

    def __len__(self) -> int:
        return ceil(len(self.labels) / self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for chosen in self._order().to(self.labels.device).tensor_split(len(self)):
            own = chosen[self.rank :: self.world]
            yield (self.images[own].float() - self.mean) / self.std, self.labels[own]

    def _order(self) -> Tensor:
        if self.seed is None:
            return torch.arange(len(self.labels))
        generator = torch.Generator().manual_seed(seed_of(self.seed, self.epoch))
        return torch.randperm(len(self.labels), generator=generator)
