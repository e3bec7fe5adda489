"""Drawing the holes of a document: each draw is a function of the seed and its address alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from archdsl.spec.expressions import EvaluationError
from archdsl.spec.reading import describe
from archdsl.spec.values import Hole, Template

MAX_DRAWS = 10_000


@dataclass(unsafe_hash=True, slots=True)
class Draw:
    """One draw: where, among how many options (None for a float), and what came out."""

    address: Final[str]
    options: Final[int | None]
    value: Final[Any]


class Drawer:
    """Draws by address, and keeps a record of what it drew.

    ``fixed`` maps addresses to the number of an option (or a float), which is then taken instead of drawing: a mutation changes one entry.
    """

    def __init__(self, seed: int, fixed: dict[str, Any] | None = None) -> None:
        self.seed = seed
        self.fixed = fixed or {}
        self._drawn: dict[str, Draw] = {}
        self._turn = ""

    @property
    def draws(self) -> tuple[Draw, ...]:
        """What was drawn, in order; an address that was reached again, as by the uses of an instance, counts once."""
        return tuple(self._drawn.values())

    def uniform(self, address: str) -> float:
        """Return a number from 0 up to, not including, 1."""
        digest = blake2b(f"{self.seed}|{address}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) / (1 << 53)

    def pick(self, address: str, count: int, weights: Any = None) -> int:
        """Return the number of one of ``count`` options."""
        if len(self._drawn) >= MAX_DRAWS:
            raise EvaluationError(f"more than {MAX_DRAWS:,} draws", "E404")
        shares = None if weights is None else _shares(weights, count)
        chosen = self.fixed.get(address) if self.fixed else None
        if not isinstance(chosen, int) or not 0 <= chosen < count or (shares and shares[chosen] == 0):
            chosen = _at(self.uniform(address), shares) if shares else min(int(self.uniform(address) * count), count - 1)
        self._drawn[address] = Draw(address, count, chosen)
        return chosen

    def subset(self, address: str, size: int, count: int) -> list[int]:
        """Return ``count`` different numbers below ``size``, in ascending order."""
        left = list(range(size))
        return sorted(left.pop(self.pick(f"{address}/{turn}", len(left))) for turn in range(count))

    def hole(self, hole: Hole, context: str, evaluate: Callable[[Any], Any]) -> Any:
        """Draw a value; ``context`` is the address of the call and round in which the hole is reached."""
        address = f"{context}{self._turn}|{hole.address}"
        if hole.times is None:
            return self._once(hole, address, evaluate)
        times = evaluate(hole.times)
        if not isinstance(times, int) or not 0 <= times <= MAX_DRAWS:
            raise EvaluationError(f"`times` of a draw must be a whole number from 0 to {MAX_DRAWS:,}, got {describe(times)}", field="times")
        return tuple([self._in_turn(hole, address, turn, evaluate) for turn in range(times)])

    def _in_turn(self, hole: Hole, address: str, turn: int, evaluate: Callable[[Any], Any]) -> Any:
        """Draw one of several; holes in what is drawn are drawn afresh in each turn."""
        around = self._turn
        self._turn = f"{around}*{turn}"
        try:
            return self._once(hole, f"{address}.{turn}", evaluate)
        finally:
            self._turn = around

    def _once(self, hole: Hole, address: str, evaluate: Callable[[Any], Any]) -> Any:
        if hole.kind == "choice":
            return self._choice(hole, address, evaluate)
        low, high = _bounds(hole, evaluate)
        step = evaluate(hole.step) if hole.step is not None else (1 if hole.kind == "int" else None)
        if step is not None and (not isinstance(step, (int, float)) or step <= 0):
            raise EvaluationError(f"`step` must be a positive number, got {describe(step)}", field="step")
        if hole.log and low <= 0:
            raise EvaluationError(f"a logarithmic draw needs positive bounds, got [{low}, {high}]", field="domain")
        if step is None or hole.log:
            return self._between(hole, address, low, high, step)
        count = math.floor((high - low) / step + 1e-9) + 1
        if count > 1_000_000_000:
            raise EvaluationError("the range is too wide to draw from", "E203", field="domain")
        return low + self.pick(address, count) * step

    def _choice(self, hole: Hole, address: str, evaluate: Callable[[Any], Any]) -> Any:
        domain = hole.domain
        options = domain.parts if type(domain) is Template else domain if type(domain) is tuple else evaluate(domain)
        if not isinstance(options, tuple) or not options:
            raise EvaluationError(f"`choice` draws from a list of at least one option, got {describe(options)}", field="domain")
        weights = evaluate(hole.weights) if hole.weights is not None else None
        return evaluate(options[self.pick(address, len(options), weights)])

    def _between(self, hole: Hole, address: str, low: float, high: float, step: float | None) -> Any:
        part = self.fixed.get(address, self.uniform(address))
        value = math.exp(math.log(low) + part * math.log(high / low)) if hole.log else low + part * (high - low)
        if step is not None:
            value = low + round((value - low) / step) * step
        self._drawn[address] = Draw(address, None, part)
        value = min(max(value, low), high)
        return int(value) if hole.kind == "int" else value


def _bounds(hole: Hole, evaluate: Callable[[Any], Any]) -> tuple[Any, Any]:
    bounds = evaluate(hole.domain)
    kinds = int if hole.kind == "int" else (int, float)
    if not isinstance(bounds, tuple) or len(bounds) != 2 or not all(isinstance(each, kinds) and not isinstance(each, bool) for each in bounds):
        wanted = "whole numbers" if hole.kind == "int" else "numbers"
        raise EvaluationError(f"`{hole.kind}` draws between two {wanted}, got {describe(bounds)}", field="domain")
    if bounds[0] > bounds[1]:
        raise EvaluationError(f"`{hole.kind}` draws from the lower to the higher bound, got [{bounds[0]}, {bounds[1]}]", field="domain")
    return bounds


def _shares(weights: Any, count: int) -> list[float]:
    numbers = isinstance(weights, tuple) and all(isinstance(each, (int, float)) and 0 <= each < 1e30 for each in weights)
    if not numbers or len(weights) != count or not any(weights):
        wanted = "1 positive number" if count == 1 else f"{count} numbers, zero or more, and not all zero"
        raise EvaluationError(f"`weights` must be {wanted}, got {describe(weights)}", field="weights")
    return [float(each) for each in weights]


def _at(part: float, shares: list[float]) -> int:
    """Return the option on which a number from 0 to 1 falls when each has its share."""
    mark = part * sum(shares)
    last = 0
    for number, share in enumerate(shares):
        if share:
            last = number
            if mark < share:
                return number
        mark -= share
    return last
