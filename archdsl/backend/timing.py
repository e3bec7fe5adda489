"""Paired timing: interleaved runs, a ratio with its confidence interval, and an A/A pair that shows what the noise alone gives."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of paired time ratios, with a 95 % interval of that median."""

    low: float
    middle: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interleaved(subjects: Mapping[str, Callable[[], object]], rounds: int, warm: int = 3) -> dict[str, list[float]]:
    """Run every subject once a round, in an order drawn anew each time; return seconds by subject."""
    draw = random.Random(0)
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    names = list(subjects)
    for turn in range(warm + rounds):
        draw.shuffle(names)
        for name in names:
            start = time.perf_counter()
            subjects[name]()
            elapsed = time.perf_counter() - start
            if turn >= warm:
                seconds[name].append(elapsed)
    return seconds


def ratio(ours: list[float], theirs: list[float], resamples: int = 2000) -> Ratio:
    """Return the median of ours / theirs over the rounds; the interval is of the resampled median.

    >>> str(ratio([1.0, 1.0], [2.0, 2.0]))
    '0.500 [0.500, 0.500]'
    """
    ratios = [a / b for a, b in zip(ours, theirs)]
    draw = random.Random(0)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(resamples))
    return Ratio(medians[int(0.025 * resamples)], statistics.median(ratios), medians[int(0.975 * resamples)])
