"""Loss and accuracy over many batches, summed on the device."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class Tally:
    """Sums of the loss and of right answers; the device is waited for only when they are read."""

    def __init__(self) -> None:
        self.sums: Tensor | None = None

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a batch: its mean loss, its scores ``(n, classes)`` and its labels, ``(n,)``, or shares of the classes, ``(n, classes)``."""
        right = (logits.argmax(1) == (labels if labels.ndim == 1 else labels.argmax(1))).sum()
        count = torch.full_like(right, len(labels))
        exact = torch.float32 if logits.device.type == "mps" else torch.float64
        sums = torch.stack([loss.detach().to(exact) * len(labels), right.to(exact), count.to(exact)])
        self.sums = sums if self.sums is None else self.sums + sums

    def result(self, reduce: Callable[[Tensor], Tensor] | None = None) -> tuple[float, float, int]:
        """Return mean loss, accuracy and count; ``reduce`` sums over processes."""
        assert self.sums is not None, "nothing was tallied"
        sums = reduce(self.sums) if reduce else self.sums
        loss, right, count = sums.tolist()
        return loss / count, right / count, int(count)


class Moments:
    """Sums of columns of numbers and of their squares; the device is waited for only when they are read."""

    def __init__(self) -> None:
        self.sums: Tensor | None = None

    def add(self, rows: Tensor) -> None:
        """Add rows ``(n, columns)``."""
        exact = rows.detach().to(torch.float32 if rows.device.type == "mps" else torch.float64)
        sums = torch.stack([torch.ones_like(exact), exact, exact**2]).sum(1)
        self.sums = sums if self.sums is None else self.sums + sums

    def result(self, reduce: Callable[[Tensor], Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of each column; ``reduce`` sums over processes."""
        assert self.sums is not None, "nothing was tallied"
        count, total, squares = reduce(self.sums) if reduce else self.sums
        mean = total / count
        return mean, (squares / count - mean**2).clamp_min(0).sqrt()
