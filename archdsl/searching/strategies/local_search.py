"""Local search (arXiv:2005.02960): walk to a better neighbour as long as there is one, then start again elsewhere."""

from __future__ import annotations

from random import Random
from typing import Any, ClassVar

from archdsl.searching.strategies.base import Probe, Proposal, Strategy, Told, can_change, draw_seed
from archdsl.searching.strategies.ranking import best

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""What is tried for a draw without options."""


class LocalSearch(Strategy):
    """Looks at the neighbours of where it stands, which differ in one draw, in random order, and moves to the first that is better.

    Attributes:
        starts: How many networks are drawn at random first; it walks from the best of them.
    """

    name: ClassVar[str] = "local"

    def __init__(self, starts: int = 10) -> None:
        self.starts = starts
        self.first: list[Told] = []
        self.here: Told | None = None
        self.tried: set[tuple[str, Any]] = set()

    def tell(self, told: Told) -> None:
        if told.losses is None:
            return
        if told.parent is None:
            self._start(told)
        elif self.here is not None and best([self.here, told]) is told:
            self._move(told)

    def _start(self, told: Told) -> None:
        if self.here is None:
            self.first.append(told)
            if len(self.first) >= self.starts:
                self._move(best(self.first))
                self.first = []

    def _move(self, told: Told) -> None:
        self.here, self.tried = told, set()

    def ask(self, random: Random, probe: Probe) -> Proposal:
        if self.here is not None:
            steps = [step for step in _steps(self.here) if step not in self.tried]
            if steps:
                return self._step(random, self.here, random.choice(steps))
            self.here = None
        return Proposal(draw_seed(random))

    def _step(self, random: Random, here: Told, step: tuple[str, Any]) -> Proposal:
        self.tried.add(step)
        fixed = {draw.address: draw.value for draw in here.draws}
        return Proposal(draw_seed(random), {**fixed, step[0]: step[1]}, here.number)


def _steps(told: Told) -> list[tuple[str, Any]]:
    """Return all changes of one draw."""
    found: list[tuple[str, Any]] = []
    for draw in filter(can_change, told.draws):
        values: Any = SHARES if draw.options is None else range(draw.options)
        found += [(draw.address, value) for value in values if value != draw.value]
    return found
