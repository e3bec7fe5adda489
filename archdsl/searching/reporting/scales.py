"""Axes: from numbers to places, with round marks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from ``low`` to ``high``, drawn from ``start`` to ``end``; logarithmic where that is wanted, and with marks at whole numbers alone."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    whole: bool = False

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float, log: bool | None = None) -> Scale:
        """Return a scale with all values on it, and a little room; logarithmic by itself where they differ by more than a factor of 20."""
        known = list(values) or [0.0, 1.0]
        low, high = min(known), max(known)
        log = low > 0 and high / low > 20 if log is None else log
        if log:
            room = (high / low) ** 0.05 if high > low else 2.0
            return cls(low / room, high * room, start, end, True)
        room = 0.05 * (high - low) or abs(high) * 0.1 or 1.0
        return cls(low - room if low < 0 or low - room > 0 else 0.0 if low >= 0 else low, high + room, start, end)

    def __call__(self, value: float) -> float:
        share = (log10(value / self.low) / log10(self.high / self.low)) if self.log else (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def marks(self) -> list[float]:
        """Return round numbers on the scale.

        >>> Scale(0, 1, 0, 100).marks(), Scale(50, 20_000, 0, 100, True).marks()
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [100, 1000, 10000])
        """
        if self.log:
            return _powers(self.low, self.high)
        step = _round_step(max((self.high - self.low) / 5, 1 if self.whole else 0))
        return [round(number * step, 12) for number in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]


def _round_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough - 1e-12)


def _powers(low: float, high: float) -> list[float]:
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    found: list[float] = [factor * 10**power for power in powers for factor in (1, 2, 5) if low <= factor * 10**power <= high]
    tens = [each for each in found if str(each).lstrip("0.").startswith("1")]
    return tens if len(tens) > 1 else found


def short(value: float) -> str:
    """Return a number with three digits and a unit.

    >>> [short(value) for value in (0, 0.0412, 1234, 2_000_000, 12.5)]
    ['0', '0.0412', '1.23k', '2M', '12.5']
    """
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
