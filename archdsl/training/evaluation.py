"""What a trained network is worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import read_checkpoint, rebuild_network
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.resizing import resize_data
from archdsl.training.tally import Tally

BATCH = 512


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Accuracy (a share of 1) and mean cross-entropy over ``count`` test images."""

    accuracy: float
    loss: float
    count: int

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return asdict(self)


def evaluate(checkpoint: str | Path, data: str | Path | Dataset = "digits", *, device: str = "cpu") -> Evaluation:
    """Evaluate a checkpoint on the test images of a data set, resized and normalized as in its training.

    Args:
        checkpoint: A file that training wrote, or its folder, of which ``last.pt`` is taken.
        data: As for training.
        device: Where to compute.

    Raises:
        UsageError: If the checkpoint or the data cannot be read, or do not fit one another.
    """
    saved = read_checkpoint(checkpoint)
    dataset = resize_data(load_data(data), saved["data"]["size"])
    _check_same_kind(saved["data"], dataset)
    network = rebuild_network(saved).to(device)
    tally = Tally()
    with torch.inference_mode():
        for images, labels in Batches(dataset.x_test, dataset.y_test, BATCH, saved["data"]["mean"], saved["data"]["std"]).to(device):
            logits = network(images)
            tally.add(torch.nn.functional.cross_entropy(logits, labels), logits, labels)
    loss, accuracy, count = tally.result()
    return Evaluation(accuracy, loss, count)


def _check_same_kind(trained: dict[str, Any], dataset: Dataset) -> None:
    if tuple(trained["shape"]) != dataset.shape:
        shapes = [", ".join(map(str, each)) for each in (trained["shape"], dataset.shape)]
        raise UsageError(Diagnostic("E804", f"the network was trained on images of ({shapes[0]}), and those of `{dataset.name}` are ({shapes[1]})"))
    if dataset.classes > trained["classes"]:
        raise UsageError(Diagnostic("E805", f"the network knows {trained['classes']} classes, and `{dataset.name}` has {dataset.classes}"))
