"""What stands in the way of a budget: the least and the most that was seen, by choice and option."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from archdsl.errors import ExpansionError
from archdsl.expansion.drawing import Draw
from archdsl.searching.budgets import COUNTED, Budget
from archdsl.searching.choices import Choice, head_of
from archdsl.searching.space import Sample, Space

SHOWN = 2
"""How many choices are named."""

Extremes = dict[str, dict[str, dict[Any, int]]]
"""By count, by the end of an address, by option: the least or the most that was seen with it."""


class Obstacles:
    """Remembers what networks cost, by what was drawn for them."""

    def __init__(self, space: Space) -> None:
        self._choices = {choice.address: choice for choice in space.choices}
        self._least: Extremes = {name: {} for name in COUNTED}
        self._most: Extremes = {name: {} for name in COUNTED}
        self._seen: dict[str, tuple[int, int]] = {}
        self._failures: Counter[str] = Counter()
        self._networks = 0

    def add(self, sample: Sample) -> None:
        """Take in a network."""
        self._networks += 1
        for name in COUNTED:
            cost = getattr(sample.cost, name)
            low, high = self._seen.get(name, (cost, cost))
            self._seen[name] = min(low, cost), max(high, cost)
            for draw in sample.draws:
                end, option = end_of(draw), _option(draw)
                least = self._least[name].setdefault(end, {})
                most = self._most[name].setdefault(end, {})
                least[option] = min(least.get(option, cost), cost)
                most[option] = max(most.get(option, cost), cost)

    def add_failure(self, error: ExpansionError) -> None:
        """Take in a draw that did not fit."""
        self._failures[error.diagnostics[0].message] += 1

    def failures(self) -> list[str]:
        """Say why most draws did not fit."""
        return [f"{count:,} times: {message}" for message, count in self._failures.most_common(SHOWN)]

    def notes(self, budget: Budget) -> list[str]:
        """Say what was seen beside a budget, and which choices it depends on most."""
        found: list[str] = []
        for name, bound in budget.most.items():
            least = self._seen.get(name, (0, 0))[0]
            if least > bound:
                found.append(f"the smallest of {self._networks:,} networks has {least:,} {COUNTED[name]}; the budget is {bound:,}")
            found += self._by_choice(self._least[name], "at least", COUNTED[name])
        for name, bound in budget.least.items():
            most = self._seen.get(name, (0, 0))[1]
            if most < bound:
                found.append(f"the largest of {self._networks:,} networks has {most:,} {COUNTED[name]}; the budget is {bound:,}")
            found += self._by_choice(self._most[name], "at most", COUNTED[name])
        return found

    def _by_choice(self, extremes: dict[str, dict[Any, int]], word: str, counted: str) -> list[str]:
        """Name the choices whose options differ most in what they allow."""
        ranked = sorted(extremes.items(), key=lambda pair: -_spread(pair[1]))
        names = [(self._name(end), _listed(options, self._choices.get(end))) for end, options in ranked[:SHOWN] if _spread(options)]
        return [f"by {name}: {word} {listed} {counted}" for name, listed in names]

    def _name(self, end: str) -> str:
        choice = self._choices.get(end)
        return f"`{choice.name}` ({choice.place})" if choice is not None else f"`{end}`"


def end_of(draw: Draw) -> str:
    """Return what the addresses of all draws of a hole have behind the bar: ``vars/1`` of ``|vars/1.0``, ``net/2`` of ``.1|net/2/count``."""
    behind = draw.address.rpartition("|")[2]
    found = re.match(r"[^/]+/\d+", behind)
    return found.group() if found else behind


def _option(draw: Draw) -> Any:
    return draw.value if draw.options is not None else f"quarter {min(int(draw.value * 4), 3) + 1}"


def _spread(options: dict[Any, int]) -> float:
    return max(options.values()) / max(min(options.values()), 1) - 1


def _listed(options: dict[Any, int], choice: Choice | None) -> str:
    ranked = sorted(options.items(), key=lambda pair: pair[1])
    shown = [ranked[0], ranked[-1]] if len(ranked) > 1 else ranked
    return " to ".join(f"{cost:,} ({word_of(option, choice)})" for option, cost in shown)


def word_of(option: Any, choice: Choice | None) -> str:
    """Return an option as the document writes it, as far as that is short."""
    if choice is None or not isinstance(option, int):
        return str(option)
    if choice.kind == "int" and isinstance(choice.options, list) and isinstance(choice.options[0], int) and "log" not in choice.beside:
        return str(choice.options[0] + option * choice.beside.get("step", 1))
    words = [_scalar(each) if isinstance(each, (str, int, float)) else head_of(each) for each in choice.listed]
    word = words[option] if option < len(words) and words.count(words[option]) == 1 else None
    return word or f"option {option + 1}"


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
