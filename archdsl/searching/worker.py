"""A worker takes one trial after another of a study, until enough are done.

``python -m archdsl.searching.worker`` reads what to work on from standard input.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sys
import time
from collections.abc import Callable
from importlib import import_module
from random import Random
from typing import Any

from archdsl.errors import ArchError, ExpansionError
from archdsl.searching.evaluation.base import Evaluate, Failure, Result
from archdsl.searching.evaluation.catalogue import make_evaluation
from archdsl.searching.evaluation.costs import costs_of, metrics_of
from archdsl.searching.ledger import Ledger, Lost
from archdsl.searching.proposing import Proposer
from archdsl.searching.space import Sample
from archdsl.searching.strategies.catalogue import make_strategy
from archdsl.searching.trials import Trial, orphans

Watch = Callable[[list[Trial]], None]
"""Is shown all trials whenever one is done."""


class Worker:
    """Works on one study.

    Attributes:
        ledger: The study.
        evaluate: How networks are evaluated; as the study's settings say without it.
        name: This machine and process.
    """

    def __init__(self, ledger: Ledger, evaluate: Evaluate | None = None) -> None:
        self.ledger = ledger
        self.settings = ledger.settings
        self.goals = self.settings.goals
        self.evaluate = evaluate or make_evaluation(self.settings)
        self.strategy = make_strategy(self.settings.strategy)
        self.proposer = Proposer(self.settings, self.strategy)
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._told: set[int] = set()

    def run(self, wanted: int, watch: Watch | None = None) -> None:
        """Work until so many trials of the study are done, by whomever."""
        while True:
            with self.ledger.take(wanted) as number:
                if number is None:
                    return
                try:
                    self._try(number)
                except Lost:
                    continue
                except BaseException:
                    self.ledger.release(number)
                    raise
            if watch is not None:
                watch(self.ledger.trials())

    def _try(self, number: int) -> None:
        sample = self._choose(number)
        started = time.perf_counter()
        facts: dict[str, Any] = {"worker": self.name}
        try:
            result = self._measured(number, sample)
        except Exception as error:
            failure = _failure_of(error)
            if failure is None:
                raise
            self.ledger.fail(number, failure, {**facts, "seconds": time.perf_counter() - started})
            return
        facts |= {"measures": dict(result.measures), "curve": list(result.curve), "seconds": time.perf_counter() - started}
        self.ledger.record(number, **facts)
        self.ledger.finish(number, [result.measures[each.name] for each in self.goals], result.pruned)

    def _choose(self, number: int) -> Sample:
        """Return the network of a trial, which from here on is nobody else's: one whose worker was killed, or a new one."""
        random = Random(f"{self.settings.seed}/{number}")
        while True:
            trials = self.ledger.trials()
            orphan = next(iter(orphans(trials)), None)
            if orphan is not None:
                sample, parent = self.proposer.again(orphan.seed, orphan.draws), orphan.parent
            else:
                self._tell(trials)
                sample, parent = self.proposer.next(random, {each.fingerprint for each in trials if each.number != number})
            if self.ledger.claim(number, sample.fingerprint, again=orphan is not None):
                break
        draws = [(draw.address, draw.options, draw.value) for draw in sample.draws]
        self.ledger.record(number, seed=sample.seed, draws=draws, parent=parent, costs=costs_of(sample), document=sample.text())
        return sample

    def _tell(self, trials: list[Trial]) -> None:
        new = [each for each in trials if each.done and each.number not in self._told]
        for each in sorted(new, key=lambda trial: (trial.ended or trial.started, trial.number)):
            self._told.add(each.number)
            self.strategy.tell(each.told(self.goals))

    def _measured(self, number: int, sample: Sample) -> Result:
        result = self.evaluate(sample, sample.seed, lambda step, value: self.ledger.report(number, step, value))
        names = [each.name for each in self.goals]
        measures: dict[str, float] = {**costs_of(sample), **metrics_of(sample, names), **result.measures}
        if "latency" in names:
            measures["latency"] = import_module("archdsl.searching.evaluation.latency").latency_of(sample.architecture.graph)
        for name in names:
            if name not in measures:
                raise Failure(f"it has no `{name}`")
            if not math.isfinite(measures[name]):
                raise Failure(f"`{name}` is {measures[name]}")
        return Result({name: value for name, value in measures.items() if math.isfinite(value)}, result.curve, result.pruned)


def _failure_of(error: Exception) -> str | None:
    """Return why a network could not be evaluated; None if that is no fault of the network, and the search has to stop."""
    if isinstance(error, Lost):
        return None
    if isinstance(error, ExpansionError):
        return error.diagnostics[0].message
    if isinstance(error, ArchError):
        return None
    text = str(error).strip().splitlines()
    kind = "" if isinstance(error, Failure) else f"{type(error).__name__}: " if text else type(error).__name__
    return kind + (text[0] if text else "")


def run_job(job: dict[str, Any]) -> None:
    """Work on a study that is there: ``{"storage", "name", "trials"}``."""
    Worker(Ledger.open(job["storage"], job["name"])).run(job["trials"])


def main() -> None:
    """Read a job and do it; what a user can meet goes to standard error as its message, with exit code 1."""
    try:
        run_job(json.load(sys.stdin))
    except ArchError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
