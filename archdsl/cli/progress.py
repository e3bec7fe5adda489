"""The progress of a search on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from archdsl.searching.objectives import Objective
from archdsl.searching.storage import public, storage_url
from archdsl.searching.study import Search
from archdsl.searching.trials import Trial


def describe(planned: Search, trials: int, workers: int) -> Iterator[str]:
    """Say what is going to be searched, where, and what was set because the data ask for it."""
    settings = planned.settings
    training = f" on {settings.data} for {_counted(settings.epochs, 'epoch')}" if settings.evaluate == "train" else ""
    how = f"{settings.strategy}, {settings.evaluate}{training}"
    yield f"{planned.name}: {_counted(trials, 'trial')}, {how}, for {', '.join(settings.objectives)}"
    yield f"  kept in      {public(storage_url(planned.storage))}" + (f", {workers} workers" if workers > 1 else "")
    if settings.budget:
        yield f"  budget       {settings.budget}"
    if planned.fitted:
        yield "  for the data " + ", ".join(f"{name}={value}" for name, value in planned.fitted.items())


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


class Progress:
    """A bar on a terminal, and a line for each trial that is better than all before it."""

    def __init__(self, goals: Sequence[Objective], wanted: int) -> None:
        self.goals = goals
        self.console = Console(highlight=False, markup=False, stderr=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 200)
        columns = (BarColumn(40), MofNCompleteColumn(), TextColumn("{task.fields[best]}"), TimeRemainingColumn(compact=True))
        self.bars = Bars(*columns, console=self.console, transient=True)
        self.task = self.bars.add_task("", total=wanted, best="")
        self.best: tuple[float, ...] | None = None

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self.bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bars.live.is_started:
            self.bars.stop()

    def show(self, trials: list[Trial]) -> None:
        """Show how far a study is."""
        failed = sum(each.state == "failed" for each in trials)
        found = [each for each in trials if each.state == "complete"]
        best = min(found, key=lambda each: each.losses(self.goals) or (), default=None)
        told = self._told(best) if best is not None else ""
        self.bars.update(self.task, completed=sum(each.done for each in trials), best=told + (f", {failed} failed" if failed else ""))
        if best is not None and (self.best is None or (best.losses(self.goals) or ()) < self.best):
            self.best = best.losses(self.goals)
            self.console.print(f"trial {best.number:>4}  {told}  {best.costs['params']:,} params, {best.costs['macs']:,} MACs")

    def _told(self, trial: Trial) -> str:
        return ", ".join(f"{each.name} {trial.measures[each.name]:.4g}" for each in self.goals)
