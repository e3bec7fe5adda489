"""What a trained network is worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy
import torch

from archdsl.errors import Diagnostic, UsageError, printable
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import read_checkpoint, read_graph, rebuild_network
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.fitness import answer, is_flat
from archdsl.training.paths import keep_column
from archdsl.training.resizing import resize_data
from archdsl.training.tally import Tally

BATCH = 512


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: its number, what it is called, how many test images show it, and how many of them are recognized."""

    number: int
    name: str
    count: int
    right: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a network is worth on test images.

    Attributes:
        data: What the images are called.
        accuracy: Share of right answers.
        loss: Mean cross-entropy.
        count: How many images there are.
        classes: The same class by class.
    """

    data: str
    accuracy: float
    loss: float
    count: int
    classes: tuple[ClassRow, ...] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data, without the classes."""
        return {name: getattr(self, name) for name in ("data", "accuracy", "loss", "count")}


def evaluate(
    checkpoint: str | Path, data: Any = None, *, column: int | None = None, device: str = "cpu", data_root: str | Path | None = None
) -> Evaluation | Any:
    """Evaluate a checkpoint on the test images of a data set, resized and normalized as in its training.

    Networks that were trained for an objective are probed: see :class:`archdsl.training.probing.Probe`.

    Args:
        checkpoint: A file that training wrote, or its folder, of which ``last.pt`` is taken.
        data: As for training; without it the data that the network was trained on, where they can be found.
        column: Which column of a fractal network is alone, counted from the shortest, 1; all of them without it.
        device: Where to compute.
        data_root: Where torchvision keeps its data.

    Raises:
        UsageError: If the checkpoint or the data cannot be read, or do not fit one another.
    """
    saved = read_checkpoint(checkpoint)
    if column is not None:
        check_classifies(saved, "column to evaluate alone")
    dataset = load_again(saved["data"], data, data_root)
    _check_same_kind(saved["data"], dataset)
    _check_device(device)
    if "objective" in saved:
        from archdsl.training.probing import probe  # noqa: PLC0415 (it imports Lightning)

        return probe(saved, dataset, device=device)
    graph = read_graph(saved)
    network = rebuild_network(saved, graph).to(device)
    if column is not None:
        keep_column(network, column)
    test = Batches(dataset.x_test, dataset.y_test, BATCH, saved["data"]["mean"], saved["data"]["std"], flat=is_flat(graph))
    tally, found = Tally(), []
    with torch.inference_mode():
        for images, labels in test.to(device):
            logits = answer(network(images))
            tally.add(torch.nn.functional.cross_entropy(logits, labels), logits, labels)
            found.append(logits.argmax(1) == labels)
    loss, accuracy, count = tally.result()
    return Evaluation(dataset.name, accuracy, loss, count, _class_rows(saved["data"], dataset.y_test, torch.cat(found).cpu().numpy()))


def check_classifies(saved: dict[str, Any], wanted: str) -> None:
    """Raise :class:`UsageError` when something is wanted of a checkpoint that only networks for classes have."""
    if "objective" in saved:
        message = f"`{saved['network']['name']}` was trained for an objective: its features are probed, and there is no {wanted}"
        raise UsageError(Diagnostic("E810", message))


def _check_device(device: Any) -> None:
    """Raise :class:`UsageError` for a device that is not there, or gives nothing back."""
    try:
        torch.zeros(1, device=device).cpu()
    except (AssertionError, RuntimeError, TypeError) as error:
        raise UsageError(Diagnostic("E810", f"cannot compute on `{device}`: {str(error).splitlines()[0]}")) from None


def _class_rows(trained: dict[str, Any], labels: Any, right: Any) -> tuple[ClassRow, ...]:
    counts, rights = (numpy.bincount(each, minlength=trained["classes"]).tolist() for each in (labels, labels[right]))
    return tuple(ClassRow(number, class_name(trained, number), counts[number], rights[number]) for number in range(trained["classes"]))


def load_again(trained: dict[str, Any], data: Any = None, data_root: str | Path | None = None) -> Dataset:
    """Return data at the size that a network was trained on; without data those that it was trained on.

    Raises:
        UsageError: If they cannot be found, or read.
    """
    given = trained.get("source") if data is None else data
    if given is None:
        message = f"the network was trained on `{trained.get('name', 'data')}`, which is no data set that can be found by its name"
        raise UsageError(Diagnostic("E801", message, None, "name the data: `--data`"))
    try:
        return resize_data(load_data(given, trained["size"], root=data_root), trained["size"])
    except UsageError as error:
        if data is not None:
            raise
        first, *others = error.diagnostics
        note = f"the network was trained on `{given}`; `--data` names other data, or where they are now"
        raise UsageError([replace(first, notes=(*first.notes, note)), *others]) from None


def class_name(trained: dict[str, Any], number: int) -> str:
    """Return what a class is called, its number where it has no name; folders and files of strangers may name it as they like."""
    names = trained.get("names") or ()
    return printable(names[number]) if number < len(names) else str(number)


def _check_same_kind(trained: dict[str, Any], dataset: Dataset) -> None:
    if tuple(trained["shape"]) != dataset.shape:
        shapes = [", ".join(map(str, each)) for each in (trained["shape"], dataset.shape)]
        raise UsageError(Diagnostic("E804", f"the network was trained on images of ({shapes[0]}), and those of `{dataset.name}` are ({shapes[1]})"))
    if dataset.classes > trained["classes"]:
        raise UsageError(Diagnostic("E805", f"the network knows {trained['classes']} classes, and `{dataset.name}` has {dataset.classes}"))
    if trained.get("names") and dataset.names and tuple(trained["names"]) != dataset.names:
        other = next(pair for pair in zip_longest(trained["names"], dataset.names) if pair[0] != pair[1])
        message = f"the network's classes are not those of `{dataset.name}`: it knows `{other[0]}` where the data have `{other[1]}`"
        raise UsageError(Diagnostic("E805", message))
