"""From a strategy's proposals to networks that may be evaluated: they fit, are within the budget, meet the principles, and are new."""

from __future__ import annotations

from collections.abc import Container
from random import Random

from archdsl.errors import Diagnostic, ExpansionError, SearchError
from archdsl.expansion.drawing import Draw
from archdsl.searching.sampling import Sampler
from archdsl.searching.settings import Settings
from archdsl.searching.space import Sample
from archdsl.searching.strategies.base import Proposal, Strategy, draw_seed

ATTEMPTS = 100
"""So often a strategy is asked for something that may be evaluated, before a network is drawn at random."""


class Proposer:
    """Asks a strategy for networks.

    Attributes:
        sampler: Knows the space, the budget and the principles, and keeps account of what was thrown away.
    """

    def __init__(self, settings: Settings, strategy: Strategy) -> None:
        self.space = settings.load_space()
        self.strategy = strategy
        self.sampler = Sampler(self.space, settings.seed, settings.budget, principles=settings.principles, distinct=False)

    def next(self, random: Random, seen: Container[str]) -> tuple[Sample, int | None]:
        """Return a network whose fingerprint was not seen, and the number of the trial that it came from.

        Raises:
            SearchError: If neither the strategy nor chance gives one.
        """
        known = 0
        for attempt in range(ATTEMPTS + self.sampler.patience):
            proposal = self.strategy.ask(random, self._probe) if attempt < ATTEMPTS else Proposal(draw_seed(random))
            sample = self.sampler.judge(proposal.seed, proposal.fixed)
            if sample is not None and sample.fingerprint not in seen:
                return sample, proposal.parent
            known += sample is not None
        raise self.sampler.given_up(self.sampler.kept + 1) if not known else SearchError(_all_known(self.space.name, known))

    def again(self, seed: int, draws: tuple[Draw, ...]) -> Sample:
        """Return the network that was drawn before."""
        return self.space.draw(seed, {draw.address: draw.value for draw in draws})

    def _probe(self, proposal: Proposal) -> tuple[Draw, ...]:
        try:
            return self.space.draw(proposal.seed, proposal.fixed).draws
        except ExpansionError:
            return ()


def _all_known(name: str, known: int) -> Diagnostic:
    message = f"`{name}` has no more networks to try: all of the last {known:,} that fit were known"
    return Diagnostic("E953", message, None, "ask for fewer `--trials`; `archdsl space` counts the space")
