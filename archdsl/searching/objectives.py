"""What a search makes small or large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.principles.metrics import METRICS

Direction = Literal["minimize", "maximize"]

KNOWN: dict[str, Direction] = {
    "error": "minimize",
    "loss": "minimize",
    "accuracy": "maximize",
    "params": "minimize",
    "macs": "minimize",
    "activations": "minimize",
    "latency": "minimize",
    "value": "minimize",
    "synflow": "maximize",
    "naswot": "maximize",
    "grad_norm": "maximize",
    "snip": "maximize",
    "jacob_cov": "maximize",
    "zen": "maximize",
}
"""What may be an objective, and what is better: less or more. Metrics of principles say it themselves, as ``max:log2_paths``."""

_WORDS: dict[str, Direction] = {"min": "minimize", "max": "maximize"}


@dataclass(frozen=True, slots=True)
class Objective:
    """One number that is to become small, or large."""

    name: str
    direction: Direction

    @classmethod
    def read(cls, text: str) -> Objective:
        """Return an objective from its text: ``error``, ``macs``, ``max:log2_paths``.

        >>> Objective.read("synflow").direction, Objective.read("min:synflow").direction
        ('maximize', 'minimize')
        """
        word, colon, name = text.partition(":")
        if not colon:
            word, name = "", text
        if name not in KNOWN and name not in METRICS:
            raise UsageError(Diagnostic("E973", f"there is no objective `{name}`", None, _advice(name)))
        if colon and word not in _WORDS:
            raise UsageError(Diagnostic("E973", f"an objective is made small or large: `min:{name}` or `max:{name}`, not `{text}`"))
        if not colon and name not in KNOWN:
            raise UsageError(Diagnostic("E973", f"less or more of the metric `{name}`?", None, f"write `min:{name}` or `max:{name}`"))
        return cls(name, _WORDS[word] if colon else KNOWN[name])

    def loss(self, value: float) -> float:
        """Return a value such that less is better."""
        return value if self.direction == "minimize" else -value

    def __str__(self) -> str:
        return self.name if KNOWN.get(self.name) == self.direction else f"{self.direction[:3]}:{self.name}"


def _advice(name: str) -> str:
    return did_you_mean(name, [*KNOWN, *METRICS]) or "one of " + ", ".join(f"`{each}`" for each in KNOWN)


def losses_of(objectives: Iterable[Objective], measures: Mapping[str, float]) -> tuple[float, ...]:
    """Return the measures that are objectives, such that less is better."""
    return tuple(each.loss(measures[each.name]) for each in objectives)
