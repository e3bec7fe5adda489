"""How many networks a space holds: ways to fill in its holes, counted where they can be, else estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb, floor, prod, sqrt
from typing import Any

from archdsl.errors import ExpansionError
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.evaluation import Evaluator
from archdsl.expansion.expand import expand, settle_vars
from archdsl.expansion.openness import Openness
from archdsl.expansion.state import Frame, Scope
from archdsl.searching.counting import Continuum, TooMany, count_ways, steps_between
from archdsl.searching.space import Space
from archdsl.spec.document import Document, Network
from archdsl.spec.values import Hole, Template, names_in

DRAWS = 400
"""How many walks down the tree of draws an estimate takes."""


@dataclass(frozen=True)
class Size:
    """How many ways there are to fill in the holes of a space.

    Attributes:
        count: How many; None where something is drawn from a continuum.
        exact: Whether it was counted rather than estimated.
        error: The standard error of an estimate, as a share of it.
        draws: How many draws the estimate took.
    """

    count: int | None
    exact: bool
    error: float = 0.0
    draws: int = 0

    def __str__(self) -> str:
        if self.count is None:
            return "a continuum: a `float` without `step` is drawn"
        if self.exact:
            return f"{self.count:,}" if self.count < 10**15 else f"{self.count:,} = {_scientific(self.count)}"
        return f"about {_scientific(self.count)}, estimated from {self.draws:,} draws with a standard error of {self.error:.0%}"


def _scientific(number: int) -> str:
    """Return a number of any size with three digits: ``9.78e+10``."""
    digits = str(number)
    return f"{digits[0]}.{digits[1:3]:0<2}e+{len(digits) - 1}" if len(digits) > 3 else digits


class _Even(Drawer):
    """Draws every option that can be drawn alike, and remembers among how many it was.

    Attributes:
        ways: The product of the numbers of options: what the way that was gone stands for.
        continuous: Whether something was drawn from a continuum.
    """

    def __init__(self, seed: int, fixed: Mapping[str, Any] | None = None) -> None:
        super().__init__(seed, dict(fixed or {}))
        self.ways = 1
        self.continuous = False

    def pick(self, address: str, count: int, weights: Any = None) -> int:
        known = address in self._drawn
        even = tuple(1 if each else 0 for each in weights) if isinstance(weights, tuple) else weights
        chosen = super().pick(address, count, even)
        self.ways *= 1 if known else sum(even) if isinstance(even, tuple) else count
        return chosen

    def subset(self, address: str, size: int, count: int) -> list[int]:
        before = self.ways
        known = f"{address}/0" in self._drawn
        chosen = super().subset(address, size, count)
        self.ways = before * (1 if known else comb(size, count))
        return chosen

    def _between(self, hole: Any, address: str, low: float, high: float, step: float | None) -> Any:
        known = address in self._drawn
        value = super()._between(hole, address, low, high, step)
        if step is None:
            self.continuous = True
        elif not known:
            self.ways *= steps_between(low, high, step)
        return value


def size_of(space: Space, draws: int = DRAWS) -> Size:
    """Return how many ways there are to fill in the holes of a space.

    >>> str(size_of(Space.load("nasbench201")))
    '15,625'
    """
    for count in (count_vars, count_ways):
        try:
            return Size(count(space), True)
        except Continuum:
            return Size(None, False)
        except TooMany:
            continue
    return estimate(space, draws)


def count_vars(space: Space) -> int:
    """Return the number of ways to fill in the holes of vars that do not depend on each other, of a space that has no others."""
    return _Vars(space).count()


def estimate(space: Space, draws: int = DRAWS) -> Size:
    """Estimate the size from walks down the tree of draws, each of which stands for as many as there were options on its way (Knuth,
    Estimating the efficiency of backtrack programs, 1975).

    A draw that does not fit counts nothing.
    """
    ways: list[int] = []
    for number in range(draws):
        drawer = _Even(number)
        try:
            expand(space.document, space.variant, space.settings, ops=space.ops, drawer=lambda seed, fixed, made=drawer: made)
            ways.append(drawer.ways)
        except ExpansionError:
            ways.append(0)
        if drawer.continuous:
            return Size(None, False)
    mean = sum(ways) // draws
    spread = sum(float(Fraction(each - mean, mean)) ** 2 for each in ways) if mean else 0.0
    return Size(mean, False, sqrt(spread / max(draws - 1, 1) / draws), draws)


class _Vars:
    """Counts the ways to fill in the holes of vars that do not depend on each other, in a space that has no others."""

    def __init__(self, space: Space) -> None:
        document = space.document
        is_open = Openness(document).value
        networks: tuple[Document | Network, ...] = (document, *(document.networks or {}).values())
        if document.libraries or any(is_open((each.net, each.input, each.inputs, each.outputs)) for each in networks):
            raise TooMany
        self._written = space.vars
        self._drawn = {name for name, value in self._written.items() if is_open(value)}
        drawer = Drawer(0)
        self._evaluator = Evaluator(drawer)
        values = settle_vars(document, space.variant, space.settings, drawer)[id(document)]
        self._frame = Frame(Scope({}, values), document)

    def count(self) -> int:
        """Return the product over the vars."""
        return prod(self._ways(value) for value in self._written.values())

    def _ways(self, value: Any) -> int:
        if isinstance(value, Hole):
            once = self._choice(value) if value.kind == "choice" else self._range(value)
            return int(once ** (self._value(value.times) if value.times is not None else 1))
        if isinstance(value, Template):
            return self._ways(value.parts)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
        return prod(self._ways(part) for part in parts)

    def _choice(self, hole: Hole) -> int:
        domain = hole.domain.parts if isinstance(hole.domain, Template) else hole.domain
        options = domain if isinstance(domain, tuple) else self._value(domain)
        weights = self._value(hole.weights) if hole.weights is not None else (1,) * len(options)
        return sum(self._ways(option) for option, weight in zip(options, weights) if weight)

    def _range(self, hole: Hole) -> int:
        low, high = self._value(hole.domain)
        step = self._value(hole.step) if hole.step is not None else (1 if hole.kind == "int" else None)
        if step is None:
            raise Continuum
        return steps_between(low, high, step) if hole.log else floor((high - low) / step + 1e-9) + 1

    def _value(self, value: Any) -> Any:
        """Return what a value means, as long as nothing that is drawn takes part in it."""
        if any(name in self._drawn for name, _ in names_in(value)):
            raise TooMany
        return self._evaluator.value(value, self._frame)
