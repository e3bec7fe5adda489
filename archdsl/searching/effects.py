"""Which choices and which principles of design go with small losses: effect sizes with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy

from archdsl.errors import ArchError
from archdsl.expansion.architecture import load
from archdsl.principles.declarations import Principle
from archdsl.principles.facts import Measured
from archdsl.principles.metrics import METRICS, measure
from archdsl.principles.report import rules_of
from archdsl.searching.objectives import Objective
from archdsl.searching.obstacles import end_of, word_of
from archdsl.searching.space import Space
from archdsl.searching.trials import Trial

RESAMPLES = 2000
LEAST = 5
"""So many networks have to be on either side of a comparison."""

SETS = ("recap", "smith_topin")

Array = Any
"""An array of numpy."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the 95 % interval of its bootstrap."""

    low: float
    middle: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class ChoiceEffect:
    """One option of a choice: how much the objective differs between networks that always draw it and those that never do."""

    choice: str
    option: str
    networks: int
    difference: Interval


@dataclass(frozen=True, slots=True)
class PrincipleEffect:
    """One principle.

    Attributes:
        id: The principle's id.
        principle: What is declared.
        met: How many networks meet it.
        missed: How many do not.
        difference: The mean objective of those that meet it less that of the others; None if one side has too few.
        correlation: Spearman's, of the metric with the objective; None if the metric is the same for nearly all.
        adjusted: The same with the ranks of parameters, multiply-adds and depth held equal; None, too, if these say all of either.
    """

    id: str
    principle: Principle
    met: int
    missed: int
    difference: Interval | None
    correlation: Interval | None
    adjusted: Interval | None

    @property
    def holds(self) -> str:
        """Whether networks that meet it have smaller losses: ``yes``, ``no`` or ``unclear``; ``not tested`` without a difference."""
        if self.difference is None:
            return "not tested"
        if not self.difference.clear:
            return "unclear"
        return "yes" if self.difference.high < 0 else "no"


def choice_effects(space: Space | None, trials: Sequence[Trial], goal: Objective) -> list[ChoiceEffect]:
    """Return the effects of all options, the clearest of each choice first."""
    choices = {choice.address: choice for choice in space.choices} if space is not None else {}
    losses = numpy.array([goal.loss(each.measures[goal.name]) for each in trials])
    found = []
    for end, options in _shares(trials).items():
        choice = choices.get(end)
        for option, share in options.items():
            if (share > 0).sum() >= LEAST and numpy.ptp(share) > 0 and (share < 1).sum() >= LEAST:
                word = word_of(option, choice)
                found.append(ChoiceEffect(choice.name if choice else end, word, int((share > 0).sum()), bootstrap(slope, share, losses)))
    return found


def _shares(trials: Sequence[Trial]) -> dict[str, dict[Any, Array]]:
    """Return for each hole and option the share of its draws that took it, by network; where a hole is not reached that is 0."""
    found: dict[str, dict[Any, Array]] = {}
    for place, trial in enumerate(trials):
        ends = [end_of(draw) for draw in trial.draws]
        for draw, end in zip(trial.draws, ends):
            if draw.options is not None:
                option = found.setdefault(end, {}).setdefault(draw.value, numpy.zeros(len(trials)))
                option[place] += 1 / ends.count(end)
    return found


def principle_effects(trials: Sequence[Trial], goal: Objective, sets: Sequence[str] = SETS) -> list[PrincipleEffect]:
    """Return how each principle that a graph can show goes with the objective, over networks that are measured from their documents."""
    graphs = [(trial, measured) for trial in trials if (measured := _measured(trial)) is not None]
    losses = numpy.array([goal.loss(trial.measures[goal.name]) for trial, _ in graphs])
    sizes = [[float(trial.costs["params"]), float(trial.costs["macs"]), _depth(each)] for trial, each in graphs]
    return [_effect(id, rule, [each for _, each in graphs], losses, sizes) for id, rule in rules_of(sets).items() if rule.metric in METRICS]


def _depth(measured: Mapping[str, Measured]) -> float:
    value = measured["longest_path"].value
    return float(value) if isinstance(value, (int, float)) else 0.0


def _measured(trial: Trial) -> Mapping[str, Measured] | None:
    try:
        return measure(load(trial.document).graph)
    except ArchError:  # a document with ops or blocks that are not at hand
        return None


def _effect(id: str, rule: Principle, measured: list[Mapping[str, Measured]], losses: Array, sizes: list[list[float]]) -> PrincipleEffect:
    verdicts = numpy.array([rule.judge(each) for each in measured])
    met, missed = verdicts == "met", verdicts == "not met"
    difference = correlation = adjusted = None
    if met.sum() >= LEAST and missed.sum() >= LEAST:
        judged = met | missed
        difference = bootstrap(slope, met[judged].astype(float), losses[judged])
    values = [each[rule.metric or ""].value for each in measured]
    known = numpy.array([isinstance(value, (int, float)) for value in values])
    numbers = numpy.array([float(value) if isinstance(value, (int, float)) else 0.0 for value in values])[known]
    if known.sum() >= 2 * LEAST and (numbers != numpy.median(numbers)).sum() >= LEAST:
        x, y = ranks(numbers), ranks(losses[known])
        others = numpy.stack([ranks(size) for size in numpy.array(sizes)[known].T], 1)
        correlation = bootstrap(pearson, x, y)
        left = _without(others, x), _without(others, y)
        adjusted = bootstrap(pearson, *left) if all(map(numpy.any, left)) else None
    return PrincipleEffect(id, rule, int(met.sum()), int(missed.sum()), difference, correlation, adjusted)


def bootstrap(statistic: Callable[[Array], Array], x: Array, y: Array, seed: int = 0) -> Interval:
    """Return a statistic of pairs with its interval; ``statistic`` takes rows of means of x, y, x², xy and y², and returns a number for each row.

    >>> x = numpy.repeat([0.0, 1.0], 50)
    >>> found = bootstrap(slope, x, x * 3 + numpy.tile([0.1, -0.1], 50))
    >>> found.clear, round(found.middle, 2)
    (True, 3.0)
    """
    x, y = _centred(x), _centred(y)
    terms = numpy.stack([x, y, x * x, x * y, y * y], 1)
    low, high = numpy.percentile(statistic(_shares_of_resamples(len(x), seed) @ terms), [2.5, 97.5])
    return Interval(float(low), float(statistic(terms.mean(0, keepdims=True))[0]), float(high))


@lru_cache(maxsize=1)
def _shares_of_resamples(count: int, seed: int) -> Array:
    """Return for each resample which share of it each of the pairs is: a mean over a resample is then one product."""
    draw = numpy.random.default_rng(seed)
    return numpy.stack([numpy.bincount(row, minlength=count) / count for row in draw.integers(0, count, (RESAMPLES, count))])


def _centred(values: Array) -> Array:
    """Return values less their mean; equal ones become zeros to the last bit."""
    values = values - values[0]
    return values - values.mean()


def _over(part: Array, whole: Array) -> Array:
    """Return quotients; 0 where a resample has, but for rounding, no spread."""
    spread = whole > 1e-12 * whole.max()
    return numpy.where(spread, part / numpy.where(spread, whole, 1), 0)


def slope(means: Array) -> Array:
    """Return by how much y grows from x = 0 to x = 1; for x of zeros and ones that is the difference of two means."""
    x, y, xx, xy, _ = means.T
    return _over(xy - x * y, xx - x * x)


def pearson(means: Array) -> Array:
    """Return the correlation of x and y."""
    x, y, xx, xy, yy = means.T
    return _over(xy - x * y, numpy.sqrt(numpy.maximum(xx - x * x, 0) * numpy.maximum(yy - y * y, 0)))


def ranks(values: Array) -> Array:
    """Return the places of values in ascending order; equal ones share the mean of theirs.

    >>> ranks(numpy.array([10.0, 30.0, 20.0, 20.0])).tolist()
    [1.0, 4.0, 2.5, 2.5]
    """
    _, inverse, counts = numpy.unique(values, return_inverse=True, return_counts=True)
    ends = numpy.cumsum(counts)
    found: Array = (ends - (counts - 1) / 2)[inverse]
    return found


def _without(others: Array, values: Array) -> Array:
    """Return what is left of values when others explain what they can, linearly; zeros where that is nothing but rounding."""
    basis = numpy.column_stack([numpy.ones(len(values)), others])
    left: Array = values - basis @ numpy.linalg.lstsq(basis, values, rcond=None)[0]
    return left if numpy.ptp(left) > 1e-9 * numpy.ptp(values) else numpy.zeros(len(values))
