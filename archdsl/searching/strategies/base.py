"""What every strategy is: it proposes draws, and is told results. Where results are kept, and who else searches, is no concern of a strategy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from archdsl.expansion.drawing import Draw


@dataclass(frozen=True, slots=True)
class Proposal:
    """A network to look at: draws that are fixed by their addresses, and the seed from which all others are drawn.

    Attributes:
        seed: What is not fixed is drawn from it.
        fixed: The number of an option by address, or a share from 0 to 1 where there are no options.
        parent: The number of the trial that was changed to get here.
    """

    seed: int
    fixed: Mapping[str, Any] = field(default_factory=dict)
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a proposal, perhaps another searcher's.

    Attributes:
        number: Of the trial.
        draws: All that was drawn, in order.
        losses: One number for each objective, and less is better; None if the trial failed.
        parent: As in the proposal.
    """

    number: int
    draws: tuple[Draw, ...]
    losses: tuple[float, ...] | None
    parent: int | None = None


Probe = Callable[[Proposal], Sequence[Draw]]
"""Returns the draws to which a proposal leads, without evaluating anything."""


class Strategy(ABC):
    """Proposes and is told. It has no memory but what it was told, so that a study goes on after a break."""

    name: ClassVar[str]

    @abstractmethod
    def ask(self, random: Random, probe: Probe) -> Proposal:
        """Return what to look at next; all that is left to chance comes from ``random``."""

    def tell(self, told: Told) -> None:  # noqa: B027 (random search has nothing to learn)
        """Take in a result; results come in the order in which they were finished."""


def draw_seed(random: Random) -> int:
    """Return a seed for what a proposal does not fix."""
    return random.randrange(2**32)


def other_value(random: Random, draw: Draw) -> Any:
    """Return another option than the one that was drawn, all equally likely; for a draw without options another share.

    >>> other_value(Random(0), Draw("kernel", 2, 1))
    0
    """
    if draw.options is None:
        return random.random()
    value = random.randrange(draw.options - 1)
    return value + (value >= draw.value)


def can_change(draw: Draw) -> bool:
    """Tell whether there is another option."""
    return draw.options is None or draw.options > 1


def mutate(random: Random, parent: Told) -> Proposal:
    """Return the parent with one draw made anew. Draws that this brings in are drawn; those that vanish are ignored."""
    fixed = {draw.address: draw.value for draw in parent.draws}
    changeable = [draw for draw in parent.draws if can_change(draw)]
    if changeable:
        chosen = random.choice(changeable)
        fixed[chosen.address] = other_value(random, chosen)
    return Proposal(draw_seed(random), fixed, parent.number)
