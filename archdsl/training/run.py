"""What a training gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from archdsl.training.history import Epoch


@dataclass(frozen=True, slots=True)
class Run:
    """A training that is done.

    Attributes:
        name: Of the network.
        history: One row per epoch.
        checkpoint: ``last.pt`` in ``out``, with which ``evaluate`` and ``resume`` work; ``best.pt`` beside it is that of the best test accuracy.
            None for a run without files.
        out: The folder with the checkpoints, ``history.csv`` and ``curve.png``, or None.
        rank: Which of several processes this is, 0 for the first, which writes the files.
        model: The trained network, in eval mode: the moving average of the weights where the recipe asks for one.
    """

    name: str
    history: tuple[Epoch, ...]
    checkpoint: Path | None
    out: Path | None
    model: nn.Module = field(repr=False)
    rank: int = 0

    @property
    def accuracy(self) -> float:
        """Share of right answers on the test images after the last epoch. (The best epoch's would be chosen by the test images.)"""
        return self.history[-1].test_accuracy

    @property
    def loss(self) -> float:
        """Mean cross-entropy on the test images after the last epoch."""
        return self.history[-1].test_loss

    @property
    def seconds(self) -> float:
        """How long the epochs took, together."""
        return sum(each.seconds for each in self.history)

    def as_dict(self) -> dict[str, Any]:
        """Return what was reached, as plain data: the last line that ``archdsl train`` prints."""
        return {
            "name": self.name,
            "accuracy": self.accuracy,
            "loss": self.loss,
            "epochs": len(self.history),
            "seconds": round(self.seconds, 3),
            "checkpoint": str(self.checkpoint) if self.checkpoint else None,
            "out": str(self.out) if self.out else None,
        }
