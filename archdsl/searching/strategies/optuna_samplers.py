"""Optuna's samplers as strategies: TPE (arXiv:1907.10902) and NSGA-II (DOI 10.1109/4235.996017)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

from archdsl.expansion.drawing import Draw
from archdsl.searching.engine import optuna
from archdsl.searching.strategies.base import Probe, Proposal, Strategy, Told, draw_seed

MOST_OPTIONS = 64
"""Draws from more options than these are numbers to a sampler, not categories."""
ROUNDS = 50
"""How often a proposal may bring in new draws before the rest is left to chance."""

Make = Callable[[int], optuna.samplers.BaseSampler]


class _Sampled(Strategy):
    """A sampler with a study of its own in memory, which holds what it was told.

    A draw may bring in others, so that a proposal is built in rounds: what the draws so far lead to is sampled until nothing new is reached.
    """

    def __init__(self, make: Make) -> None:
        self.make = make
        self.study: optuna.Study | None = None
        self.waiting: list[Told] = []

    def tell(self, told: Told) -> None:
        if told.losses is not None:
            self.waiting.append(told)

    def ask(self, random: Random, probe: Probe) -> Proposal:
        study = self._caught_up(random)
        if study is None:
            return Proposal(draw_seed(random))
        seed, trial = draw_seed(random), study.ask()
        fixed: dict[str, Any] = {}
        for _ in range(ROUNDS):
            new = [draw for draw in probe(Proposal(seed, fixed)) if draw.address not in fixed]
            if not new:
                break
            fixed.update({draw.address: _suggest(trial, draw) for draw in new})
        study.tell(trial, state=optuna.trial.TrialState.FAIL)  # its result is told when it is known, as that of any other
        return Proposal(seed, fixed)

    def _caught_up(self, random: Random) -> optuna.Study | None:
        """Return the study with everything that was told; None as long as that is nothing."""
        for told in self.waiting:
            assert told.losses is not None
            self.study = self.study or self._new(len(told.losses), random)
            self.study.enqueue_trial({_name(draw): draw.value for draw in told.draws})
            trial = self.study.ask()
            for draw in told.draws:
                _suggest(trial, draw)
            _place(self.study, trial)
            self.study.tell(trial, list(told.losses))
        self.waiting = []
        return self.study

    def _new(self, objectives: int, random: Random) -> optuna.Study:
        return optuna.create_study(directions=["minimize"] * objectives, sampler=self.make(draw_seed(random)))


def _place(study: optuna.Study, trial: optuna.Trial) -> None:
    """Give a trial that the sampler did not draw itself its place in a generation."""
    if isinstance(study.sampler, optuna.samplers.NSGAIISampler):
        study.sampler.get_trial_generation(study, study.get_trials(deepcopy=False)[trial.number])


def _name(draw: Draw) -> str:
    """Return a parameter's name; at one address there may be more or fewer options, which is then another parameter."""
    return f"{draw.address} of {draw.options}"


def _suggest(trial: optuna.Trial, draw: Draw) -> Any:
    if draw.options is None:
        return trial.suggest_float(_name(draw), 0.0, 1.0)
    if draw.options > MOST_OPTIONS:
        return trial.suggest_int(_name(draw), 0, draw.options - 1)
    return trial.suggest_categorical(_name(draw), range(draw.options))


class Tpe(_Sampled):
    """The tree-structured Parzen estimator: draws what good results have and bad ones lack."""

    name: ClassVar[str] = "tpe"

    def __init__(self, starts: int = 10) -> None:
        super().__init__(lambda seed: optuna.samplers.TPESampler(n_startup_trials=starts, seed=seed))


class Nsga2(_Sampled):
    """NSGA-II: generations of crossed and changed parents, sorted by fronts; for several objectives."""

    name: ClassVar[str] = "nsga2"

    def __init__(self, population: int = 20) -> None:
        super().__init__(lambda seed: optuna.samplers.NSGAIISampler(population_size=population, seed=seed))
