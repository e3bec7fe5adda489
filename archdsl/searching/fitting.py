"""A space for other data than its author had: the input and the number of classes are set where the data ask for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archdsl.errors import ExpansionError
from archdsl.searching.space import Sample, Space
from archdsl.training.datasets import Dataset
from archdsl.training.fitness import check_fit

TRIES = 100


def fit_space(space: Space, dataset: Dataset) -> tuple[Space, dict[str, Any]]:
    """Return the space of networks for the data, and what was set for that; what the caller has set stays.

    Raises:
        UsageError: If its networks do not fit the data even so.
    """
    wanted: dict[str, Any] = {}
    sample = _any(space)
    if sample is None:
        return space, wanted
    graph = sample.architecture.graph
    if "input" not in space.settings and len(graph.inputs) == 1 and graph.inputs[0].shape.dims != dataset.shape:
        wanted["input"] = list(dataset.shape)
    if "classes" in space.document.vars and "classes" not in space.settings and graph.outputs[-1].shape.dims != (dataset.classes,):
        wanted["classes"] = dataset.classes
    fitted = replace(space, settings={**space.settings, **wanted})
    sample = _any(fitted)
    if sample is not None:
        check_fit(sample.architecture, dataset)
    return fitted, wanted


def _any(space: Space) -> Sample | None:
    """Return some network of a space; None if that is hard to find, which is then said with more care elsewhere."""
    for seed in range(TRIES):
        try:
            return space.draw(seed)
        except ExpansionError:
            continue
    return None
