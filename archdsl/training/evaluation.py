"""What a trained network is worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import read_checkpoint, read_graph, rebuild_network
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.fitness import answer, is_flat
from archdsl.training.paths import keep_column
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


def evaluate(
    checkpoint: str | Path, data: Any = "digits", *, column: int | None = None, device: str = "cpu", data_root: str | Path | None = None
) -> Evaluation | Any:
    """Evaluate a checkpoint on the test images of a data set, resized and normalized as in its training.

    Networks that were trained for an objective are probed: see :class:`archdsl.training.probing.Probe`.

    Args:
        checkpoint: A file that training wrote, or its folder, of which ``last.pt`` is taken.
        data: As for training.
        column: Which column of a fractal network is alone, counted from the shortest, 1; all of them without it.
        device: Where to compute.
        data_root: Where torchvision keeps its data.

    Raises:
        UsageError: If the checkpoint or the data cannot be read, or do not fit one another.
    """
    saved = read_checkpoint(checkpoint)
    size = saved["data"]["size"]
    dataset = resize_data(load_data(data, size, root=data_root), size)
    _check_same_kind(saved["data"], dataset)
    if "objective" in saved:
        from archdsl.training.probing import probe  # noqa: PLC0415 (it imports Lightning)

        return probe(saved, dataset, device=device)
    graph = read_graph(saved)
    network = rebuild_network(saved, graph).to(device)
    if column is not None:
        keep_column(network, column)
    test = Batches(dataset.x_test, dataset.y_test, BATCH, saved["data"]["mean"], saved["data"]["std"], flat=is_flat(graph))
    tally = Tally()
    with torch.inference_mode():
        for images, labels in test.to(device):
            logits = answer(network(images))
            tally.add(torch.nn.functional.cross_entropy(logits, labels), logits, labels)
    loss, accuracy, count = tally.result()
    return Evaluation(accuracy, loss, count)


def _check_same_kind(trained: dict[str, Any], dataset: Dataset) -> None:
    if tuple(trained["shape"]) != dataset.shape:
        shapes = [", ".join(map(str, each)) for each in (trained["shape"], dataset.shape)]
        raise UsageError(Diagnostic("E804", f"the network was trained on images of ({shapes[0]}), and those of `{dataset.name}` are ({shapes[1]})"))
    if dataset.classes > trained["classes"]:
        raise UsageError(Diagnostic("E805", f"the network knows {trained['classes']} classes, and `{dataset.name}` has {dataset.classes}"))
