"""The book of a study, which any number of workers write in at once: each trial is taken once, and nothing finished is lost.

Optuna keeps the trials and tells which workers are dead. What it leaves open is settled here, with writes that come before reads: a worker writes
which network it wants, then reads what others want; of two that want the same at least one sees the other, and looks for something else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from archdsl.errors import Diagnostic, SearchError
from archdsl.searching.engine import optuna
from archdsl.searching.pruning import make_pruner
from archdsl.searching.settings import Settings, plain
from archdsl.searching.storage import BRIEF, PATIENCE, open_storage, patiently, public, storage_url
from archdsl.searching.trials import Trial, read_trial

KEY = "archdsl"
POLL = 0.5
OPENING = 10.0
"""For so many seconds a storage may be locked when a study is made or looked for."""
UNNAMED = 20
"""After so many heartbeats, a trial that has no network yet and no worker is given up."""


class Lost(Exception):
    """A trial was taken from its worker, which had not been heard of for too long."""


class Ledger:
    """A study in a storage.

    Attributes:
        url: The storage.
        name: The study.
        settings: What it is about.
    """

    def __init__(self, url: str, name: str, storage: optuna.storages.RDBStorage, settings: Settings, patience: float = PATIENCE) -> None:
        self.url, self.name, self.settings = url, name, settings
        self.storage = storage
        self.patience = patience
        sampler = optuna.samplers.RandomSampler()  # is never asked: strategies propose, and know nothing of storages
        self.study = patiently(lambda: optuna.load_study(study_name=name, storage=storage, sampler=sampler, pruner=make_pruner(settings)))
        self._study_id = patiently(lambda: storage.get_study_id_from_name(name))
        self._ids: dict[int, int] = {}
        self._looked = -math.inf
        self._known: dict[int, Trial] = {}

    @classmethod
    def create(cls, storage: str | Path, name: str, settings: Settings) -> Ledger:
        """Make a study, or go on with it if there is one of that name and the same settings.

        Raises:
            SearchError: If the storage cannot be opened, or the study there is another one.
        """
        url = storage_url(storage)
        opened = open_storage(url, settings.heartbeat)
        directions = [each.direction for each in settings.goals]
        study = patiently(lambda: optuna.create_study(study_name=name, storage=opened, directions=directions, load_if_exists=True), OPENING)
        if KEY not in study.user_attrs and not study.get_trials(deepcopy=False):
            study.set_user_attr(KEY, plain(settings.as_dict()))
        kept = _kept(study.user_attrs, name)
        differences = kept.differences(settings)
        if differences:
            message = f"the study `{name}` in `{public(url)}` is another one: {'; '.join(differences)}"
            raise SearchError(Diagnostic("E972", message, None, "name another study, `--name`, or another storage"))
        return cls(url, name, opened, kept)

    @classmethod
    def open(cls, storage: str | Path, name: str, *, to_read: bool = False) -> Ledger:
        """Open a study that is there, to work on it or only ``to_read``; raise :class:`SearchError` otherwise."""
        url, patience = storage_url(storage), BRIEF if to_read else PATIENCE
        opened = open_storage(url, must_exist=True, to_read=to_read, quietly=not to_read)
        try:
            study = patiently(lambda: optuna.load_study(study_name=name, storage=opened), patience)
        except KeyError:
            known = ", ".join(f"`{each}`" for each in patiently(lambda: optuna.get_all_study_names(opened), patience)) or "none"
            raise SearchError(Diagnostic("E972", f"there is no study `{name}` in `{public(url)}`", None, f"there are: {known}")) from None
        settings = _kept(study.user_attrs, name)
        return cls(url, name, open_storage(url, settings.heartbeat, to_read=to_read, quietly=not to_read), settings, patience)

    def trials(self) -> list[Trial]:
        """Return all trials, by their numbers."""
        found = patiently(lambda: self.study.get_trials(deepcopy=False), self.patience)
        for each in found:
            known = self._known.get(each.number)
            if known is None or not known.done:
                self._known[each.number] = read_trial(each.number, each.state.name, each.user_attrs, each.datetime_start, each.datetime_complete)
        return [self._known[each.number] for each in found if "surplus" not in each.user_attrs]

    @contextmanager
    def take(self, wanted: int) -> Iterator[int | None]:
        """Yield the number of a new trial, kept alive in the meantime; None when ``wanted`` trials are done.

        While as many are done or under way, this waits: one of them may be lost.
        """
        while True:
            number = self._start(wanted)
            if number is None:
                yield None
                return
            with self._alive(number):
                if number < wanted or self._before(number) < wanted:
                    yield number
                    return
                self.record(number, surplus=True)
                self._close(number, optuna.trial.TrialState.FAIL)

    def _start(self, wanted: int) -> int | None:
        while True:
            trials = self._buried()
            if sum(each.done for each in trials) >= wanted:
                return None
            if sum(each.live for each in trials) < wanted:
                return int(patiently(self.study.ask).number)
            time.sleep(POLL)

    def _before(self, number: int) -> int:
        return sum(each.live for each in self.trials() if each.number < number)

    def _buried(self) -> list[Trial]:
        """Return all trials after failing those of dead workers: those with a heartbeat that stopped, and those that never had one."""
        if time.monotonic() - self._looked > self.settings.heartbeat:
            self._looked = time.monotonic()
            patiently(lambda: optuna.storages.fail_stale_trials(self.study))
        trials = self.trials()
        limit = datetime.now() - timedelta(seconds=UNNAMED * self.settings.heartbeat)
        for each in trials:
            if each.state == "running" and not each.fingerprint and each.started is not None and each.started < limit:
                self.release(each.number)
        return trials

    def _close(self, number: int, state: optuna.trial.TrialState, values: Sequence[float] | None = None) -> None:
        with suppress(optuna.exceptions.UpdateFinishedTrialError):  # closed meanwhile, by another worker that took this one for dead
            patiently(lambda: self.study.tell(number, values, state, skip_if_finished=True))

    @contextmanager
    def _alive(self, number: int) -> Iterator[None]:
        """Say that a trial's worker is alive, every now and then, from a thread."""
        stop, id = Event(), self._trial_id(number)

        def beat() -> None:
            while not stop.is_set():
                with suppress(SearchError):  # a storage that is away stops the worker elsewhere
                    patiently(lambda: self.storage.record_heartbeat(id))
                stop.wait(self.settings.heartbeat)

        thread = Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _trial_id(self, number: int) -> int:
        if number not in self._ids:
            self._ids[number] = int(patiently(lambda: self.storage.get_trial_id_from_study_id_trial_number(self._study_id, number)))
        return self._ids[number]

    def record(self, number: int, **facts: Any) -> None:
        """Write facts about a running trial; raise :class:`Lost` if it is no longer this worker's."""
        id = self._trial_id(number)
        for name, value in facts.items():
            try:
                patiently(lambda name=name, value=value: self.storage.set_trial_user_attr(id, name, plain(value)))  # type: ignore[misc]
            except optuna.exceptions.UpdateFinishedTrialError:
                raise Lost from None

    def claim(self, number: int, fingerprint: str, again: bool = False) -> bool:
        """Take a network for a trial; False if another trial has it. One whose worker was killed is only taken ``again``."""
        self.record(number, fingerprint=fingerprint)
        others = [each for each in self.trials() if each.number != number and each.fingerprint == fingerprint]
        return not any(each.live or not again for each in others)

    def report(self, number: int, step: int, value: float) -> bool:
        """Keep a value on the way; tell whether to stop. Studies of several objectives never stop early."""
        if len(self.settings.objectives) > 1 or self.settings.prune == "none":
            return False
        id = self._trial_id(number)
        patiently(lambda: self.storage.set_trial_intermediate_value(id, step, value))
        frozen = patiently(lambda: self.storage.get_trial(id))
        return bool(patiently(lambda: self.study.pruner.prune(self.study, frozen)))

    def finish(self, number: int, values: Sequence[float], pruned: bool = False) -> None:
        """Close a trial with its result."""
        if pruned:
            self._close(number, optuna.trial.TrialState.PRUNED)
        else:
            self._close(number, optuna.trial.TrialState.COMPLETE, list(values))

    def release(self, number: int) -> None:
        """Give a trial up, so that its network is taken again."""
        self._close(number, optuna.trial.TrialState.FAIL)

    def fail(self, number: int, failure: str, facts: Mapping[str, Any]) -> None:
        """Close a trial without a result; why is kept."""
        self.record(number, **facts, failure=failure)
        self._close(number, optuna.trial.TrialState.FAIL)


def _kept(attributes: Mapping[str, Any], name: str) -> Settings:
    if KEY not in attributes:
        raise SearchError(Diagnostic("E972", f"the study `{name}` was not made by archdsl", None, "name another study: `--name`"))
    return Settings.from_dict(attributes[KEY], name)
