"""What every evaluation is: a function of a network and a seed, which gives numbers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archdsl.searching.space import Sample

Report = Callable[[int, float], bool]
"""Is told a step and the first objective's value so far; returns whether to stop."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found.

    Attributes:
        measures: Numbers by name; costs are added to them.
        curve: One row for each epoch.
        pruned: Whether it was stopped before its end.
    """

    measures: Mapping[str, float]
    curve: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    pruned: bool = False


Evaluate = Callable[[Sample, int, Report], Result]


class Failure(Exception):
    """A network cannot be evaluated: the trial fails with this text, and the study goes on."""
