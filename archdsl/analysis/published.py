"""Counted figures beside published ones: do they agree, and if not, does the source say why?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from archdsl.analysis.cost import Cost

Verdict = Literal["agrees", "explained", "differs", "unpublished"]

COUNTS = ("params", "weights", "macs", "flops", "activations")
"""The published figures that are counted too; the others (errors, times) are only shown."""

CHECKED_RULES = ("truncated", "without_norms", "weights_only", "approximate")
"""Rules that say how the source counts; the counted figure has to agree under them."""

NOTED_RULES = ("dead_layers", "misprint", "secondary", "not_reproduced", "other_count")
"""Rules that a note has to explain."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_FIGURE = re.compile(r"(~?)\s*([0-9][0-9,]*)(\.[0-9]+)?\s*([KMGBT]?)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed number: its value, and the unit of its last digit (0 for one that is printed whole).

    >>> read_figure("36.5M")
    Figure(value=36500000, digit=100000)
    >>> read_figure(36479194), read_figure("1,234")
    (Figure(value=36479194, digit=0), Figure(value=1234, digit=0))
    """

    value: int
    digit: int

    def rounds_from(self, count: int) -> bool:
        """Tell whether a count gives the printed number when it is rounded to the printed digits."""
        return 2 * abs(count - self.value) <= self.digit

    def truncates_from(self, count: int) -> bool:
        """Tell whether a count gives the printed number when its further digits are dropped."""
        return self.value <= count < self.value + max(self.digit, 1)

    def is_near(self, count: int, share: float = 0.1) -> bool:
        """Tell whether a count lies within a share of the printed number."""
        return abs(count - self.value) <= share * self.value


def read_figure(printed: str | int | float) -> Figure | None:
    """Return what a printed figure says, or None when it is no count."""
    if isinstance(printed, bool):
        return None
    if isinstance(printed, (int, float)):
        return Figure(round(printed), 0)
    match = _FIGURE.fullmatch(printed.strip())
    if match is None:
        return None
    _, whole, fraction, unit = match.groups()
    digits = len(fraction or ".") - 1
    scale = _UNITS[unit]
    value = int(whole.replace(",", "") + (fraction or ".")[1:]) * scale
    return Figure(value // 10**digits, scale // 10**digits if unit else 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure, counted and as printed; ``rule`` is what it takes to agree, empty when rounding does."""

    name: str
    counted: int
    printed: str
    verdict: Verdict
    rule: str = ""


def compare_published(published: Mapping[str, object], cost: Cost) -> list[Comparison]:
    """Return every published count beside the counted one."""
    return [_compare(name, published, cost) for name in COUNTS if published.get(name) is not None]


def verdict_of(comparisons: list[Comparison]) -> Verdict:
    """Return the verdict on a network: the worst of its figures.

    >>> verdict_of([])
    'unpublished'
    """
    order: tuple[Verdict, ...] = ("differs", "explained", "agrees")
    found = {each.verdict for each in comparisons}
    return next((verdict for verdict in order if verdict in found), "unpublished")


def _compare(name: str, published: Mapping[str, object], cost: Cost) -> Comparison:
    printed = published[name]
    counted: int = getattr(cost, name)
    figure = read_figure(printed)  # type: ignore[arg-type]
    rule = str(published.get("rule") or "")
    if figure is None:
        return Comparison(name, counted, str(printed), "differs")
    if figure.rounds_from(counted):
        return Comparison(name, counted, str(printed), "agrees")
    explained = _explains(rule, figure, name, cost) if rule in CHECKED_RULES else rule in NOTED_RULES and bool(published.get("note"))
    return Comparison(name, counted, str(printed), "explained" if explained else "differs", rule)


def _explains(rule: str, figure: Figure, name: str, cost: Cost) -> bool:
    counted: int = getattr(cost, name)
    if rule == "truncated":
        return figure.truncates_from(counted)
    if rule == "approximate":
        return figure.is_near(counted)
    if name != "params":
        return False
    other = cost.weights if rule == "weights_only" else cost.params - norm_params(cost)
    return figure.rounds_from(other) or figure.truncates_from(other)


def norm_params(cost: Cost) -> int:
    """Return the trainable scalars of the norms."""
    return sum(cost.by_node[name].params for name, node in zip(cost.by_node, cost.counted) if node.op.family == "norm")
