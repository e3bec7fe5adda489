"""What a study is about: all that its workers, on whatever machine, have to agree on. It is kept with the study, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, SearchError
from archdsl.searching.budgets import Budget
from archdsl.searching.objectives import Objective
from archdsl.searching.space import Space
from archdsl.source import Source

FORMAT = 1
"""The version of what is kept; a study of a later one is refused."""

WORDS = {"space": "space", "set": "settings of the space", "most": "budget", "least": "budget", "recipe": "recipe"}
"""What a setting is called where its values are too long to be shown."""


@dataclass(frozen=True)
class Settings:
    """A search before it starts.

    Attributes:
        space: The text of the space.
        path: Where it was read, for its imports; empty if it was given as text.
        variant: The variant of the space.
        set: Its vars that are set.
        strategy: The name of the strategy.
        evaluate: How networks are evaluated: a name, or ``function`` for a function of the caller.
        objectives: What is made small or large, as text.
        data: The data set, by name or path.
        recipe: How networks are trained, as plain data.
        epochs: How long they are trained; 0 is a quarter of what the recipe says.
        size: The side to which images are resized; 0 leaves them.
        devices: What they are trained on.
        prune: Which trainings are stopped early: ``none``, ``halving``, ``hyperband`` or ``median``.
        table: The path of a table of known results.
        most: The most that a network may cost.
        least: The least.
        principles: The ids of principles that networks have to meet.
        seed: What everything is drawn from.
        heartbeat: Every so many seconds a worker says that it is alive; after three it counts as killed.
    """

    space: str
    path: str = ""
    variant: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    strategy: str = "evolution"
    evaluate: str = "train"
    objectives: tuple[str, ...] = ("error",)
    data: str = "digits"
    recipe: Mapping[str, Any] | None = None
    epochs: int = 0
    size: int = 0
    devices: str = "auto"
    prune: str = "none"
    table: str = ""
    most: Mapping[str, int] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    principles: tuple[str, ...] = ()
    seed: int = 0
    heartbeat: int = 20

    def load_space(self) -> Space:
        """Return the space; it is read from the text, so that its file may be elsewhere."""
        return Space.load(Source(self.path or "space", self.space, Path(self.path) if self.path else None), self.variant, self.set)

    @property
    def budget(self) -> Budget:
        """What networks may cost."""
        return Budget(self.most, self.least)

    @property
    def goals(self) -> tuple[Objective, ...]:
        """The objectives."""
        return tuple(Objective.read(each) for each in self.objectives)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain data, with the version and a hash of the space."""
        return {"archdsl": FORMAT, "hash": hash_text(self.space), **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], name: str) -> Settings:
        """Return the settings of a study from what is kept with it; raise :class:`SearchError` if that is not of this version."""
        if data.get("archdsl") != FORMAT:
            written = data.get("archdsl", "another program")
            message = f"the study `{name}` was written by {'version ' if isinstance(written, int) else ''}{written}, and this is version {FORMAT}"
            raise SearchError(Diagnostic("E972", message, None, "name another study: `--name`"))
        known = {each.name for each in fields(cls)}
        given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items() if key in known}
        return cls(**given)

    def differences(self, other: Settings) -> list[str]:
        """Say in which settings another search differs; where the space was read and the heartbeat do not matter."""
        found: dict[str, None] = {}
        ours, theirs = plain(asdict(self)), plain(asdict(other))
        for each in fields(self):
            if each.name in ("path", "heartbeat") or ours[each.name] == theirs[each.name]:
                continue
            word = WORDS.get(each.name)
            found[f"another {word}" if word else f"`{each.name}` {_shown(ours[each.name])}, not {_shown(theirs[each.name])}"] = None
        return list(found)


def hash_text(text: str) -> str:
    """Return a hash of a document."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def plain(value: Any) -> Any:
    """Return data as they come back from a storage: lists for tuples."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (tuple, list)) else value


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
