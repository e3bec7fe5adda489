"""Searching a space: a study is made or gone on with, workers do its trials, and what they found is returned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.errors import Diagnostic, SearchError, UsageError
from archdsl.searching.budgets import Budget
from archdsl.searching.evaluation.catalogue import check_objectives, default_objective
from archdsl.searching.evaluation.functions import Function, function_evaluation
from archdsl.searching.ledger import Ledger
from archdsl.searching.objectives import Objective
from archdsl.searching.pruning import make_pruner
from archdsl.searching.settings import Settings
from archdsl.searching.space import Space
from archdsl.searching.strategies.catalogue import make_strategy
from archdsl.searching.strategies.ranking import front
from archdsl.searching.trials import Trial
from archdsl.searching.worker import Watch, Worker
from archdsl.searching.workers import run_workers

if TYPE_CHECKING:
    from archdsl.searching.ray_workers import Cluster

DEFAULT_STORAGE = "search.db"
SHORTER = 4
"""A search trains for this part of the recipe's epochs, unless it is told how many."""


@dataclass(frozen=True)
class Study:
    """A search and what it found.

    Attributes:
        name: Of the study in its storage.
        storage: Its URL.
        settings: What it is about.
        trials: Everything that was tried, in order.
    """

    name: str
    storage: str
    settings: Settings = field(repr=False)
    trials: tuple[Trial, ...] = field(repr=False)

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What was made small or large."""
        return self.settings.goals

    @property
    def complete(self) -> tuple[Trial, ...]:
        """The trials that went to their end and have a result."""
        return tuple(each for each in self.trials if each.state == "complete")

    @property
    def front(self) -> tuple[Trial, ...]:
        """The trials that no other one is better than in all objectives; with one objective, the best one."""
        found = self.complete
        places = front([each.losses(self.objectives) or () for each in found])
        return tuple(found[place] for place in places)

    @property
    def best(self) -> Trial:
        """The best trial by the first objective; of equals the first.

        Raises:
            SearchError: If no trial has a result.
        """
        if not self.complete:
            failures = {each.failure: None for each in self.trials if each.failure}
            message = f"the study `{self.name}` has no result"
            raise SearchError(Diagnostic("E976", message, None, None, tuple(failures)[:3]))
        return min(self.complete, key=lambda each: each.losses(self.objectives) or ())


@dataclass(frozen=True)
class Search:
    """A search that is asked for: what it is about, and where its study is kept."""

    settings: Settings
    storage: str
    name: str
    fitted: Mapping[str, Any] = field(default_factory=dict)
    function: Function | None = None

    def run(self, trials: int, workers: int = 1, cluster: Cluster | None = None, watch: Watch | None = None) -> Study:
        """Work until so many trials are done, here, in several processes, or on a cluster."""
        ledger = Ledger.create(self.storage, self.name, self.settings)
        if cluster is not None:
            cluster.run(ledger, workers, trials, watch)
        elif workers > 1:
            run_workers(ledger, workers, trials, watch)
        else:
            Worker(ledger, function_evaluation(self.function) if self.function else None).run(trials, watch)
        return Study(self.name, ledger.url, ledger.settings, tuple(ledger.trials()))


def plan_search(
    space: str | Path | Space,
    *,
    storage: str | Path = DEFAULT_STORAGE,
    name: str | None = None,
    evaluate: str | Function = "train",
    objectives: Iterable[str] = (),
    budget: Budget | None = None,
    set: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Search:
    """Return a search after everything about it was checked; nothing is written yet."""
    space = space if isinstance(space, Space) else Space.load(space, settings.pop("variant", None), set)
    function = None if isinstance(evaluate, str) else evaluate
    named = evaluate if isinstance(evaluate, str) else "function"
    goals = tuple(objectives) or (default_objective(named),)
    check_objectives(named, [Objective.read(each).name for each in goals])
    source, budget = space.document.source, budget or Budget()
    assert source is not None
    found = Settings(
        source.text,
        str(source.path or ""),
        space.variant,
        dict(space.settings),
        evaluate=named,
        objectives=tuple(str(Objective.read(each)) for each in goals),
        most=dict(budget.most),
        least=dict(budget.least),
        **settings,
    )
    make_strategy(found.strategy)
    fitted: Mapping[str, Any] = {}
    if named == "train":
        found, fitted = _for_training(found, space)
    make_pruner(found)
    return Search(found, str(storage), name or f"{space.name}-{found.strategy}-{found.seed}", fitted, function)


def _for_training(settings: Settings, space: Space) -> tuple[Settings, Mapping[str, Any]]:
    """Return the settings with the recipe as data, and the space fitted to the images."""
    from archdsl.searching.evaluation.training import load_images  # noqa: PLC0415 (torch takes seconds to import)
    from archdsl.searching.fitting import fit_space  # noqa: PLC0415
    from archdsl.training.recipes import load_recipe  # noqa: PLC0415

    dataset = load_images(settings)
    named: Any = settings.recipe
    recipe = load_recipe(named, dataset.name)
    space, fitted = fit_space(space, dataset)
    epochs = settings.epochs or max(1, recipe.epochs // SHORTER)
    return replace(settings, recipe=recipe.as_dict(), epochs=epochs, set=dict(space.settings)), fitted


def search(
    space: str | Path | Space,
    trials: int = 100,
    *,
    storage: str | Path = DEFAULT_STORAGE,
    workers: int = 1,
    max_params: int | None = None,
    max_macs: int | None = None,
    watch: Watch | None = None,
    **settings: Any,
) -> Study:
    """Search a space for good networks; a study that is there goes on.

    Args:
        space: A name of ``specs/spaces``, a path, or the text of a document with holes.
        trials: How many trials the study has in the end, those of earlier calls and of other processes included.
        storage: Where it is kept: the path of a SQLite file, or the URL of a database. Any number of processes may work on one study.
        workers: How many processes do it on this machine.
        max_params, max_macs: The most that a network may have.
        watch: Is shown all trials whenever one is done.
        **settings: ``name`` of the study; ``strategy``; ``evaluate``, a name or a function that takes an architecture and returns a number, of which
            less is better, or measures by name; ``objectives``; ``data``, ``recipe``, ``epochs``, ``size``, ``devices``, ``prune``; ``principles``
            that networks have to meet; ``set``, ``variant`` of the space; ``seed``. See :class:`~archdsl.searching.settings.Settings`.

    Raises:
        ArchError: Before the first trial, if something about the search is wrong; later, if the storage stays away or the space gives no more.

    >>> import archdsl, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = archdsl.search("nasbench201", 20, storage=f"{folder}/search.db", evaluate="cost", objectives=["macs"])
    >>> len(found.complete), found.best.measures["macs"] <= min(each.costs["macs"] for each in found.trials)
    (20, True)
    """
    if trials < 1 or workers < 1:
        raise UsageError(Diagnostic("E970", "there is at least one trial and one worker"))
    if workers > 1 and callable(settings.get("evaluate")):
        help = "start the script several times with the same storage"
        raise UsageError(Diagnostic("E970", "a function cannot be given to other processes", None, help))
    planned = plan_search(space, storage=storage, budget=Budget.of(max_params=max_params, max_macs=max_macs), **settings)
    return planned.run(trials, workers, watch=watch)


def read_study(storage: str | Path, name: str) -> Study:
    """Return a study as it stands."""
    ledger = Ledger.open(storage, name, to_read=True)
    return Study(name, ledger.url, ledger.settings, tuple(ledger.trials()))
