"""What happened in a run, epoch by epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any


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


@dataclass(frozen=True, slots=True)
class FeatureEpoch:
    """One epoch in which features were predicted.

    Attributes:
        epoch: Its number, from 1.
        train_loss: Mean loss over the training images, while they were trained on.
        test_loss: Mean loss over test images, after the epoch, with masks that are always the same.
        deviation: Standard deviation over test images of the average encoder's mean token, mean over its channels. Where it falls towards 0 the
            features collapse, and the loss looks best.
        momentum: The factor of the average in the last step.
        lr: Learning rate of the last step.
        seconds: How long it took, with its evaluation.
    """

    epoch: int
    train_loss: float
    test_loss: float
    deviation: float
    momentum: float
    lr: float
    seconds: float


def as_csv(history: Sequence[Any]) -> str:
    """Return the history as a table with a header."""
    file = io.StringIO()
    writer = csv.DictWriter(file, [each.name for each in fields(history[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" if isinstance(value, float) else value for name, value in asdict(each).items()} for each in history)
    return file.getvalue()
