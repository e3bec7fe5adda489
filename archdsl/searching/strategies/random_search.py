"""Random search: the baseline that everything else has to beat."""

from __future__ import annotations

from random import Random
from typing import ClassVar

from archdsl.searching.strategies.base import Probe, Proposal, Strategy, draw_seed


class RandomSearch(Strategy):
    """Draws every network anew."""

    name: ClassVar[str] = "random"

    def ask(self, random: Random, probe: Probe) -> Proposal:
        return Proposal(draw_seed(random))
