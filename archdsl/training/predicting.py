"""What a trained network says about images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.checkpoints import read_checkpoint, read_graph, rebuild_network
from archdsl.training.evaluation import class_name
from archdsl.training.fitness import answer, is_flat
from archdsl.training.images import read_image


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network says about an image.

    Attributes:
        image: Where it is from.
        label: Its class, where it is an image of a data set.
        top: The most probable classes, each with its probability.
        names: What classes are called, where the training data had names for them.
    """

    image: str
    label: int | None
    top: tuple[tuple[int, float], ...]
    names: tuple[str, ...] | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data; classes have a ``name`` where there are names."""
        top = [{"class": number, **({"name": self.called(number)} if self.names else {}), "probability": share} for number, share in self.top]
        return {"image": self.image, "label": self.label, "top": top}

    def called(self, number: int) -> str:
        """Return what a class is called, its number where it has no name."""
        return class_name({"names": self.names}, number)


def predict(
    checkpoint: str | Path, images: str | Path | Sequence[str | Path], *, top: int = 5, data_root: str | Path | None = None
) -> list[Prediction]:
    """Return the most probable classes of images.

    Args:
        checkpoint: A file that training wrote, or its folder, of which ``last.pt`` is taken.
        images: One or several: files, or test images of a data set such as ``digits:17``. See :func:`archdsl.training.images.read_image`.
        top: How many classes are given.
        data_root: Where torchvision keeps its data.

    Raises:
        UsageError: If the checkpoint or an image cannot be read, or if they do not fit one another.
    """
    if top < 1:
        raise UsageError(Diagnostic("E810", f"`top` must be a whole number from 1, got `{top}`"))
    saved = read_checkpoint(checkpoint)
    graph = read_graph(saved)
    network = rebuild_network(saved, graph)
    read = [read_image(each, saved["data"], data_root) for each in ([images] if isinstance(images, (str, Path)) else images)]
    names = tuple(saved["data"].get("names") or ()) or None
    found = []
    for image in read:
        batch = image.normalized(saved["data"])
        with torch.inference_mode():
            shares, classes = answer(network(batch.flatten(1) if is_flat(graph) else batch))[0].softmax(0).sort(descending=True, stable=True)
        found.append(Prediction(image.name, image.label, tuple(zip(classes[:top].tolist(), shares[:top].tolist())), names))
    return found
