"""Principles as data: sentences with a metric and what counts as met, read from YAML with the diagnostics of networks."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from archdsl.errors import nearest
from archdsl.principles.facts import Measured
from archdsl.principles.metrics import METRICS
from archdsl.source import Source
from archdsl.spec.declared import OneOf, Piece, find_declared, read_declared, shipped

Severity = Literal["advice", "warning", "error"]
Verdict = Literal["met", "not met", "not applicable"]

BESIDE = {
    "shared_blocks": "how many kinds of blocks and of layers with their norm the network shares with others that are linted beside it",
    "augmentations": "how many kinds of changes the recipe makes to the data; measured where a recipe is given",
}
"""Metrics of more than a graph, with what each is."""


def known_metrics() -> dict[str, str]:
    """Return what each metric measures, by name."""
    return {**{metric.name: metric.sentence for metric in METRICS.values()}, **BESIDE}


def _metric(name: Any) -> Any:
    known = known_metrics()
    if not isinstance(name, str) or name not in known:
        near = nearest(name, known) if isinstance(name, str) else None
        context = {"wanted": "the name of a metric", "help": f"did you mean `{near}`?" if near else "`archdsl lint --metrics` lists them"}
        raise PydanticCustomError("expected", "{wanted}", context)
    return name


def _bound(value: Any) -> Any:
    """A bound is a number, or the name of a metric of the same network."""
    if isinstance(value, str):
        return _metric(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "a number or the name of a metric"})
    return value


def _named(rules: dict[str, Any]) -> dict[str, Any]:
    for name in rules:
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise PydanticCustomError("expected", "{wanted}", {"wanted": "a mapping of names in letters, digits and hyphens", "got": f"`{name}`"})
    if not rules:
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "a mapping with one principle at least", "got": "none"})
    return rules


Metric = Annotated[str, BeforeValidator(_metric)]
Bound = Annotated[int | float | str, BeforeValidator(_bound)]


class Comparison(OneOf):
    """What counts as met: the metric compared with a number, or with another metric."""

    at_least: Bound = Field(None)  # type: ignore[assignment]
    at_most: Bound = Field(None)  # type: ignore[assignment]
    more_than: Bound = Field(None)  # type: ignore[assignment]
    less_than: Bound = Field(None)  # type: ignore[assignment]
    equals: Bound = Field(None)  # type: ignore[assignment]

    def __str__(self) -> str:
        bound = self.chosen
        words = self.kind.replace("_", " ")
        return f"{words} {bound}" if isinstance(bound, str) else f"{words} {bound:g}"

    def holds(self, value: float, bound: float) -> bool:
        """Tell whether a number compares as declared with another one."""
        return {
            "at_least": value >= bound,
            "at_most": value <= bound,
            "more_than": value > bound,
            "less_than": value < bound,
            "equals": value == bound,
        }[self.kind]


class Principle(Piece):
    """A principle of design.

    Attributes:
        sentence: What it says, in the words of its source or close to them.
        source: Where it stands, if it is not where the whole set comes from.
        metric: What is measured; without one, a graph does not show the principle.
        met: What counts as met.
        severity: How hard it is: ``advice`` and ``warning`` are reported, ``error`` fails.
        mend: What to do to meet it.
        note: What to bear in mind, such as networks that do well without it.
    """

    sentence: str
    source: str = ""
    metric: Metric | None = None
    met: Comparison | None = None
    severity: Severity = "advice"
    mend: str = ""
    note: str = ""

    def judge(self, measured: AnyMapping[str, Measured]) -> Verdict:
        """Return the verdict on a network of which these metrics were taken."""
        value = self._number(measured, self.metric)
        if self.met is None or value is None:
            return "not applicable"
        bound = self.met.chosen
        number = self._number(measured, bound) if isinstance(bound, str) else bound
        if number is None:
            return "not applicable"
        return "met" if self.met.holds(value, number) else "not met"

    def _number(self, measured: AnyMapping[str, Measured], name: str | None) -> float | None:
        found = measured.get(name or "", Measured(None)).value
        return found if isinstance(found, (int, float)) else None


def _complete(rule: Principle) -> Principle:
    if (rule.metric is None) != (rule.met is None):
        missing = "metric" if rule.metric is None else "met"
        raise PydanticCustomError("form", "", {"message": f"needs `{missing}`, too: a metric and what counts as met go together"})
    return rule


class Principles(Piece):
    """A set of principles.

    Attributes:
        principles: The version of the format.
        name: What the set is called.
        about: What it is.
        cite: Where it comes from.
        rules: The principles by their ids.
    """

    principles: Literal[1]
    name: str = "principles"
    about: str = ""
    cite: str = ""
    rules: Annotated[dict[str, Annotated[Principle, AfterValidator(_complete)]], AfterValidator(_named)]


def load_principles(principles: str | Path | Principles) -> Principles:
    """Return a set of principles by its name, its path or its text.

    Raises:
        UsageError: If there is no such set.
        SourceError: If it is not strict YAML.
        SpecError: With every violation of the grammar.

    >>> list(load_principles("recap").rules)[:2]
    ['shorter-paths', 'multiple-paths']
    """
    if isinstance(principles, Principles):
        return principles
    return read_principles(find_declared(str(principles), "principles", "E724", "set of principles"))


def read_principles(source: Source) -> Principles:
    """Read a set of principles."""
    return read_declared(source, Principles, "a set of principles", "a set of principles starts with `principles: 1`")[0]


def shipped_principles() -> dict[str, Path]:
    """Return the sets that are shipped, by name."""
    return shipped("principles")
