"""Budgets: bounds of what a sampled network may cost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from archdsl.analysis.cost import Count
from archdsl.errors import Diagnostic, UsageError

COUNTED = {"params": "parameters", "macs": "multiply-adds"}
"""What may be bounded, with the word for it."""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_NUMBER = re.compile(r"(\d+(?:[_,]\d{3})*(?:\.\d*)?|\.\d+)(?:e(\d{1,2}))?\s*([kmgbt]?)", re.IGNORECASE)


def read_amount(text: str) -> int:
    """Return the whole number that a text means: ``1M``, ``200k``, ``1.5G``, ``2e6``, ``150_000``.

    Raises:
        UsageError: If it is none.

    >>> [read_amount(text) for text in ("1M", "200k", "1.5G", "2e6", "150_000", "73306")]
    [1000000, 200000, 1500000000, 2000000, 150000, 73306]
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise UsageError(Diagnostic("E952", f"`{text}` is no amount", None, "write `1M`, `200k`, `1.5G` or a whole number"))
    digits, exponent, unit = found.groups()
    whole, _, fraction = digits.replace("_", "").replace(",", "").partition(".")
    factor = 10 ** int(exponent or 0) * _UNITS[unit.lower()]
    return int(int(whole + fraction or "0") * factor // 10 ** len(fraction))


@dataclass(frozen=True)
class Budget:
    """Bounds of what the pruned graph may cost; an inclusive least and most for each count, or None.

    >>> budget = Budget({"params": 1_000_000}, {"macs": 1})
    >>> budget.broken_by(Count(params=2_000_000, macs=5)), str(budget)
    ('params', 'at most 1,000,000 parameters, at least 1 multiply-adds')
    """

    most: Mapping[str, int] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, **bounds: int | None) -> Budget:
        """Return a budget by the names of its bounds: ``max_params``, ``min_macs``; None is no bound.

        >>> str(Budget.of(max_params=1000, min_macs=None))
        'at most 1,000 parameters'
        """
        given = {name.partition("_"): bound for name, bound in bounds.items() if bound is not None}
        most, least = ({name: bound for (word, _, name), bound in given.items() if word == wanted} for wanted in ("max", "min"))
        return cls(most, least)

    def __post_init__(self) -> None:
        for name in COUNTED:
            if self.least.get(name, 0) > self.most.get(name, float("inf")):
                message = f"the least number of {COUNTED[name]}, {self.least[name]:,}, is above the most, {self.most[name]:,}"
                raise UsageError(Diagnostic("E952", message))

    def __bool__(self) -> bool:
        return bool(self.most or self.least)

    def broken_by(self, cost: Count) -> str | None:
        """Return the count that lies out of its bounds, or None."""
        for name in COUNTED:
            if not self.least.get(name, 0) <= getattr(cost, name) <= self.most.get(name, float("inf")):
                return name
        return None

    def _words(self) -> Iterator[str]:
        for word, bounds in (("at most", self.most), ("at least", self.least)):
            for name, bound in bounds.items():
                yield f"{word} {bound:,} {COUNTED[name]}"

    def __str__(self) -> str:
        return ", ".join(self._words())
