"""Regularized evolution (arXiv:1802.01548): the young replace the old, whatever they are worth."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import ClassVar

from archdsl.searching.strategies.base import Probe, Proposal, Strategy, Told, draw_seed, mutate
from archdsl.searching.strategies.ranking import best


class Evolution(Strategy):
    """Changes one draw of the best of a few that are picked from a population of the latest.

    Attributes:
        population: How many of the latest results may have children; as many are drawn at random first.
        picked: How many of them compete for each child.
    """

    name: ClassVar[str] = "evolution"

    def __init__(self, population: int = 10, picked: int = 3) -> None:
        self.picked = picked
        self.population: deque[Told] = deque(maxlen=population)

    def tell(self, told: Told) -> None:
        if told.losses is not None:
            self.population.append(told)

    def ask(self, random: Random, probe: Probe) -> Proposal:
        if len(self.population) < (self.population.maxlen or 1):
            return Proposal(draw_seed(random))
        return mutate(random, best(random.choices(self.population, k=self.picked)))
