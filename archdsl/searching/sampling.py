"""Sampling: networks of a space within a budget, each but once, with an account of what was thrown away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, ExpansionError, ExpectationError, SearchError, UsageError, did_you_mean
from archdsl.principles.declarations import Principle
from archdsl.principles.metrics import METRICS, measure
from archdsl.principles.report import rules_of
from archdsl.searching.budgets import Budget
from archdsl.searching.obstacles import Obstacles
from archdsl.searching.space import Sample, Space

PATIENCE = 2_000
"""After so many draws in a row that give nothing, a space is given up."""

REASONS = {
    "shape": "did not fit",
    "expect": "rejected by `expect`",
    "budget": "out of the budget",
    "principle": "against a principle",
    "duplicate": "duplicates",
}
"""Why a draw is thrown away, in the order in which it is looked at."""

SETS = ("recap", "smith_topin")
"""The shipped sets of principles, which are known by their ids."""


class Sampler:
    """Draws networks from a space, and keeps those that are asked for.

    Draw ``k`` of seed ``s`` is what the space draws from the seed ``s * 2**32 + k``. Each choice is drawn by itself, uniformly or by its weights,
    whatever was drawn elsewhere; what is kept is therefore spread as the draws are, not evenly over the networks that fit.

    Attributes:
        drawn: How many draws were made.
        kept: How many were kept.
        refused: How many were thrown away, by the reason.
    """

    def __init__(
        self,
        space: Space,
        seed: int = 0,
        budget: Budget | None = None,
        *,
        principles: Iterable[str] = (),
        distinct: bool = True,
        patience: int = PATIENCE,
    ) -> None:
        self.space = space
        self.seed = seed
        self.budget = budget or Budget()
        self.principles = {id: _principle(id) for id in principles}
        self.distinct = distinct
        self.patience = patience
        self.drawn = 0
        self.kept = 0
        self.refused: Counter[str] = Counter()
        self.obstacles = Obstacles(space)
        self._seen: set[str] = set()

    def take(self, count: int) -> Iterator[Sample]:
        """Yield so many networks more.

        Raises:
            SearchError: If the space does not give them: after how many draws, why, and which choice stands in the way.
        """
        idle = 0
        wanted = self.kept + count
        while self.kept < wanted:
            if idle >= self.patience:
                raise self.given_up(wanted)
            sample = self.next()
            idle = 0 if sample is not None else idle + 1
            if sample is not None:
                yield sample

    def next(self) -> Sample | None:
        """Draw once; return the network, or None if it is thrown away."""
        return self.judge((self.seed << 32) + self.drawn)

    def judge(self, seed: int, fixed: Mapping[str, Any] | None = None) -> Sample | None:
        """Draw from a seed, with draws that are fixed; return the network, or None if it is thrown away."""
        self.drawn += 1
        try:
            sample = self.space.draw(seed, fixed)
        except ExpansionError as error:
            self.obstacles.add_failure(error)
            self.refused["expect" if isinstance(error, ExpectationError) else "shape"] += 1
            return None
        self.obstacles.add(sample)
        reason = self._reason(sample)
        if reason is not None:
            self.refused[reason] += 1
            return None
        self._seen.add(sample.fingerprint)
        self.kept += 1
        return sample

    def _reason(self, sample: Sample) -> str | None:
        if self.budget and self.budget.broken_by(sample.cost):
            return "budget"
        if self.principles and not all(_is_met(rule, sample) for rule in self.principles.values()):
            return "principle"
        return "duplicate" if self.distinct and sample.fingerprint in self._seen else None

    def account(self) -> str:
        """Say how many draws there were and why some were thrown away."""
        reasons = ", ".join(f"{self.refused[reason]:,} {words}" for reason, words in REASONS.items() if self.refused[reason])
        return f"{self.kept:,} of {self.drawn:,} draws kept" + (f"; thrown away: {reasons}" if reasons else "")

    def given_up(self, wanted: int) -> SearchError:
        """Return the error that says after how many draws the space was given up, why, and what stands in the way."""
        message = f"`{self.space.name}` gave {self.kept:,} of {wanted:,} networks in {self.drawn:,} draws, none in the last {self.patience:,}"
        notes = [self.account()]
        help = None
        if self.refused["budget"]:
            notes += self.obstacles.notes(self.budget)
            help = "widen the budget, or set what stands in the way: `--set`"
        elif self.refused["shape"]:
            notes += self.obstacles.failures()
        elif self.refused["duplicate"]:
            help = "the space may hold no more; `archdsl space` counts it"
        return SearchError(Diagnostic("E953", message, None, help, tuple(notes)))


def sample(
    space: str | Path | Space,
    count: int,
    *,
    seed: int = 0,
    max_params: int | None = None,
    max_macs: int | None = None,
    min_params: int | None = None,
    min_macs: int | None = None,
    principles: Iterable[str] = (),
    distinct: bool = True,
) -> list[Sample]:
    """Return networks of a space; the same for the same seed.

    Raises:
        SearchError: If the space does not give as many within the budget.

    >>> networks = sample("nasbench201", 3, seed=7, max_params=1_000_000)
    >>> [network.cost.params for network in networks]
    [345466, 344346, 372346]
    """
    space = space if isinstance(space, Space) else Space.load(space)
    budget = Budget.of(max_params=max_params, max_macs=max_macs, min_params=min_params, min_macs=min_macs)
    return list(Sampler(space, seed, budget, principles=principles, distinct=distinct).take(count))


def _principle(id: str) -> Principle:
    rules = rules_of(SETS)
    if id not in rules:
        raise UsageError(Diagnostic("E954", f"there is no principle `{id}`", None, did_you_mean(id, rules) or "its id stands in specs/principles"))
    if rules[id].met is None or not set(_metrics(rules[id])) <= set(METRICS):
        raise UsageError(Diagnostic("E954", f"a graph does not show whether it keeps to `{id}`", None, "choose a principle that has a metric"))
    return rules[id]


def _is_met(rule: Principle, sample: Sample) -> bool:
    """Tell whether no network of a sample is against a principle."""
    names = _metrics(rule)
    return all(rule.judge(measure(graph, names)) != "not met" for graph in sample.architecture.graphs.values())


def _metrics(rule: Principle) -> list[str]:
    bound = rule.met.chosen if rule.met is not None else None
    return [name for name in (rule.metric, bound) if isinstance(name, str)]
