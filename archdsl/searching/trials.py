"""Trials as they are kept: everything that was found out about a network, readable without its space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from archdsl.expansion.drawing import Draw
from archdsl.searching.objectives import Objective, losses_of
from archdsl.searching.strategies.base import Told

State = Literal["running", "complete", "pruned", "failed", "killed"]

MOST_KILLS = 3
"""A network that was under evaluation when so many workers died is given up."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One network and what came of it.

    Attributes:
        number: In the study, from 0.
        state: ``pruned`` is a training that was stopped early, ``failed`` has a text in ``failure``, ``killed`` lost its worker.
        document: The network as a document without holes.
        fingerprint: Of its structure.
        seed: What it was drawn from.
        draws: All that was drawn.
        costs: Parameters, multiply-adds and activations, without what changes nothing.
        measures: What was measured, by name; those of ``costs`` too.
        curve: One row for each epoch.
        failure: Why there is no result.
        parent: The trial that was changed to get here.
        seconds: How long the evaluation took.
        worker: Which process did it.
        started, ended: When.
    """

    number: int
    state: State
    document: str
    fingerprint: str
    seed: int
    draws: tuple[Draw, ...]
    costs: Mapping[str, int]
    measures: Mapping[str, float]
    curve: tuple[Mapping[str, float], ...]
    failure: str
    parent: int | None
    seconds: float
    worker: str
    started: datetime | None
    ended: datetime | None

    @property
    def done(self) -> bool:
        """Whether there is nothing more to come."""
        return self.state in ("complete", "pruned", "failed")

    @property
    def live(self) -> bool:
        """Whether it is done or being done."""
        return self.done or self.state == "running"

    def losses(self, objectives: Iterable[Objective]) -> tuple[float, ...] | None:
        """Return the objectives, less being better; None without a result."""
        if self.state not in ("complete", "pruned"):
            return None
        return losses_of(objectives, self.measures)

    def told(self, objectives: Iterable[Objective]) -> Told:
        """Return what a strategy is told."""
        return Told(self.number, self.draws, self.losses(objectives), self.parent)


def read_trial(number: int, state: str, attributes: Mapping[str, Any], started: datetime | None, ended: datetime | None) -> Trial:
    """Return a trial from what is kept of it; ``state`` is Optuna's."""
    failure = attributes.get("failure", "")
    states: dict[str, State] = {"COMPLETE": "complete", "PRUNED": "pruned", "RUNNING": "running", "WAITING": "running"}
    return Trial(
        number,
        states.get(state, "failed" if failure else "killed"),
        attributes.get("document", ""),
        attributes.get("fingerprint", ""),
        attributes.get("seed", 0),
        tuple(Draw(*each) for each in attributes.get("draws", ())),
        attributes.get("costs", {}),
        attributes.get("measures", {}),
        tuple(attributes.get("curve", ())),
        failure,
        attributes.get("parent"),
        attributes.get("seconds", 0.0),
        attributes.get("worker", ""),
        started,
        ended,
    )


def orphans(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials whose workers were killed and whose networks nobody has taken again, but for those that killed too many."""
    trials = list(trials)
    live = {each.fingerprint for each in trials if each.live}
    found: dict[str, Trial] = {}
    kills: dict[str, int] = {}
    for each in trials:
        if each.state == "killed" and each.document and each.fingerprint not in live:
            kills[each.fingerprint] = kills.get(each.fingerprint, 0) + 1
            found[each.fingerprint] = each
    return [each for print_, each in found.items() if kills[print_] < MOST_KILLS]
