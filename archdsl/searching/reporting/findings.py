"""What a report tells, as data: studies that belong together, and how they went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archdsl.errors import ArchError, Diagnostic, SearchError
from archdsl.searching.effects import ChoiceEffect, PrincipleEffect, choice_effects, principle_effects
from archdsl.searching.engine import optuna
from archdsl.searching.objectives import Objective
from archdsl.searching.obstacles import end_of, word_of
from archdsl.searching.settings import Settings
from archdsl.searching.space import Space
from archdsl.searching.storage import BRIEF, open_storage, patiently
from archdsl.searching.study import Study, read_study
from archdsl.searching.trials import Trial

FEWEST = 20
"""So many networks a space must have for effects to be looked for."""


@dataclass(frozen=True)
class Group:
    """Studies that differ in nothing but their seed.

    Attributes:
        label: What sets them apart from the other groups.
        studies: The studies.
    """

    label: str
    studies: tuple[Study, ...]

    @property
    def goals(self) -> tuple[Objective, ...]:
        """Their objectives."""
        return self.studies[0].objectives

    @property
    def trials(self) -> list[Trial]:
        """All their trials that have a result."""
        return [each for study in self.studies for each in study.complete]

    def curves(self) -> list[list[float]]:
        """Return for each study the best value of the first objective so far, after each trial that has a result."""
        return [best_so_far(study.complete, self.goals[0]) for study in self.studies]


@dataclass(frozen=True)
class Topic:
    """A space with everything that was evaluated of it in one way, and what goes with good results.

    Attributes:
        title: The name of the space.
        groups: The groups that searched it.
        choices: The effects of its options.
        principles: The effects of principles.
        words: What was drawn, in words, by fingerprint.
    """

    title: str
    groups: tuple[Group, ...]
    choices: tuple[ChoiceEffect, ...] = ()
    principles: tuple[PrincipleEffect, ...] = ()
    words: dict[str, str] = field(default_factory=dict)

    @property
    def goal(self) -> Objective:
        """The first objective."""
        return self.groups[0].goals[0]

    @property
    def trials(self) -> list[Trial]:
        """One trial for each network."""
        return list({each.fingerprint: each for group in self.groups for each in group.trials}.values())


def best_so_far(trials: Iterable[Trial], goal: Objective) -> list[float]:
    """Return the best value after each trial, in the order in which they ended."""
    found: list[float] = []
    for each in sorted(trials, key=lambda trial: (trial.ended or trial.started, trial.number)):
        value = each.measures[goal.name]
        found.append(value if not found or goal.loss(value) < goal.loss(found[-1]) else found[-1])
    return found


def read_topics(storage: str, names: Sequence[str] | None = None) -> list[Topic]:
    """Return what the studies of a storage found, by space and way of evaluation.

    Raises:
        SearchError: If it cannot be opened, has no such study, or nothing has a result.
    """
    opened = open_storage(storage, must_exist=True, to_read=True)
    known = patiently(lambda: optuna.get_all_study_names(opened), BRIEF)
    studies = [study for name in names or known if (study := _read(storage, name, must=bool(names))) is not None and study.complete]
    if not studies:
        raise SearchError(Diagnostic("E976", f"no study in `{storage}` has a result", None, f"there are: {', '.join(known) or 'none'}"))
    topics: dict[tuple[object, ...], list[Study]] = {}
    for study in studies:
        settings = study.settings
        key = (settings.space, str(settings.set), settings.variant, settings.evaluate, settings.data, settings.epochs, settings.objectives[0])
        topics.setdefault(key, []).append(study)
    return [_topic(each) for each in topics.values()]


def _read(storage: str, name: str, must: bool) -> Study | None:
    try:
        return read_study(storage, name)
    except SearchError:
        if must:
            raise
        return None  # another program's, or of another version


def _topic(studies: list[Study]) -> Topic:
    space = _space(studies[0].settings)
    topic = Topic(_title(space.name if space else studies[0].name, studies[0].settings), tuple(_groups(studies)))
    trials = topic.trials
    words = {each.fingerprint: words_of(space, each) for each in trials}
    if len(trials) < FEWEST:
        return Topic(topic.title, topic.groups, words=words)
    choices, principles = choice_effects(space, trials, topic.goal), principle_effects(trials, topic.goal)
    return Topic(topic.title, topic.groups, tuple(choices), tuple(principles), words)


def _title(name: str, settings: Settings) -> str:
    """Return the name of a space, and how its networks were evaluated."""
    if settings.evaluate != "train":
        return f"{name}, by {settings.evaluate}"
    size = f" of {settings.size}x{settings.size}" if settings.size else ""
    return f"{name}, {settings.epochs} epoch{'s' * (settings.epochs != 1)} of {Path(settings.data).name}{size}"


def _space(settings: Settings) -> Space | None:
    try:
        return settings.load_space()
    except ArchError:  # what it imports is not at hand; trials are read without it
        return None


def _groups(studies: list[Study]) -> Iterable[Group]:
    found: dict[str, list[Study]] = {}
    for study in studies:
        settings = study.settings
        pruned = f"{settings.prune} pruning" if settings.prune != "none" else ""
        several = f"for {' and '.join(settings.objectives)}" if len(settings.objectives) > 1 else ""
        parts = (settings.strategy, pruned, several, str(settings.budget), *settings.principles)
        found.setdefault(", ".join(filter(None, parts)), []).append(study)
    for label, each in found.items():
        yield Group(label, tuple(each))


def words_of(space: Space | None, trial: Trial) -> str:
    """Return what was drawn for a network, by choice."""
    choices = {choice.address: choice for choice in space.choices} if space is not None else {}
    found: dict[str, list[str]] = {}
    for draw in trial.draws:
        choice = choices.get(end_of(draw))
        word = word_of(draw.value, choice) if draw.options is not None else f"{draw.value:.3g}"
        found.setdefault(choice.name if choice else end_of(draw), []).append(word)
    return "\n".join(f"{name}: {', '.join(words)}" for name, words in found.items())
