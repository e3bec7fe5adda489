"""What happened in a run, epoch by epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch.

    Attributes:
        epoch: Its number, from 1.
        train_loss: Mean loss of the recipe (with its label smoothing) over the training images, while they were trained on.
        train_accuracy: Share of right answers meanwhile.
        test_loss: Mean cross-entropy over the test images, after the epoch.
        test_accuracy: Share of right answers.
        lr: Learning rate of its last step.
        seconds: How long it took, with its evaluation.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    lr: float
    seconds: float


def as_csv(history: Sequence[Epoch]) -> str:
    """Return the history as a table with a header."""
    file = io.StringIO()
    writer = csv.DictWriter(file, [each.name for each in fields(Epoch)], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" if isinstance(value, float) else value for name, value in asdict(each).items()} for each in history)
    return file.getvalue()
