"""Regions: the stretches of a document with one scope, and the names that each can know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archdsl.spec.values import Counter


@dataclass(frozen=True)
class Region:
    """A stretch of a document with one scope: the net, a network, a block, or the vars."""

    counter: Counter
    known: frozenset[str] = frozenset()
    protected: Mapping[str, str] = field(default_factory=dict)
    """Names that labels and loops may not hide, with what each is."""
    instances: frozenset[str] = frozenset()
    """Names that a ``where`` in the region makes."""


def region_of(counter: Counter, raw: Any, variables: Mapping[str, str], arguments: Mapping[str, str] | None = None) -> Region:
    """Return the region of a body: what it may name, gathered from the raw data whether or not that is right elsewhere.

    ``variables`` and ``arguments`` map names to what each is ("a var", "an argument", "an input").
    """
    bound, loops, instances = _bound_names(raw)
    protected = {**variables, **(arguments or {})}
    known = frozenset((*protected, *bound, *loops, *instances))
    for names, what in ((loops, "a loop name"), (instances, "an instance")):
        for name in names:
            protected.setdefault(name, what)
    return Region(counter, known, protected, frozenset(instances))


_BINDERS = frozenset(("as", "index", "let", "over", "where"))


def _bound_names(raw: Any) -> tuple[set[str], set[str], set[str]]:
    """Return the labels and ``let`` names, the loop names and the ``where`` names in a stretch of raw data."""
    bound: set[str] = set()
    loops: set[str] = set()
    instances: set[str] = set()
    stack = [raw]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            stack.extend(each)
            continue
        if not isinstance(each, dict):
            continue
        stack.extend(value for key, value in each.items() if key != "from")  # the roles of operands bind nothing, though one is `index`
        if _BINDERS.isdisjoint(each):
            continue
        for key, into in (("as", bound), ("index", loops)):
            if isinstance(each.get(key), str):
                into.add(str(each[key]))
        for key, into in (("let", bound), ("over", loops), ("where", instances)):
            if isinstance(each.get(key), dict):
                into.update(map(str, each[key]))
    return bound, loops, instances
