"""Evaluation by a function of the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archdsl.searching.evaluation.base import Evaluate, Failure, Report, Result
from archdsl.searching.space import Sample

Function = Callable[[Any], Any]
"""Takes an architecture, and returns a number, of which less is better, or measures by name."""


def function_evaluation(function: Function) -> Evaluate:
    """Return the evaluation by a function."""

    def evaluate(sample: Sample, seed: int, report: Report) -> Result:
        found = function(sample.architecture)
        named = found if isinstance(found, Mapping) else {"value": found}
        try:
            return Result({str(name): float(value) for name, value in named.items()})
        except (TypeError, ValueError):
            raise Failure(f"the function returned `{found!r:.100}`, and not numbers") from None

    return evaluate
