"""Evaluation by what a network costs, and by what its graph shows: nothing is built or run."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.principles.metrics import METRICS, measure
from archdsl.searching.evaluation.base import Report, Result
from archdsl.searching.space import Sample


def costs_of(sample: Sample) -> dict[str, int]:
    """Return what a network costs without what changes nothing in it."""
    return {"params": sample.cost.params, "macs": sample.cost.macs, "activations": sample.cost.activations}


def metrics_of(sample: Sample, names: Iterable[str]) -> dict[str, float]:
    """Return metrics of principles; those that a network does not show are left out."""
    chosen = [name for name in names if name in METRICS]
    found = measure(sample.architecture.graph, chosen) if chosen else {}
    return {name: float(each.value) for name, each in found.items() if isinstance(each.value, (int, float))}


def by_cost(sample: Sample, seed: int, report: Report) -> Result:
    """Return nothing but the costs, which every trial has."""
    return Result({})
