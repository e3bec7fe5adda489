"""The choices of a space: where each stands, and what it draws from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archdsl.errors import Span
from archdsl.spec.document import Document
from archdsl.spec.nodes import Call, MergeChoice, MergeOp, Node, Some, StepOptions
from archdsl.spec.pieces import Drawn
from archdsl.spec.values import Hole, Template
from archdsl.spec.writing import plain


@dataclass(frozen=True)
class Choice:
    """One hole of a document.

    Attributes:
        address: What the addresses of all its draws have behind the bar.
        name: The var (``widths``), or the block and what is drawn in it (``grow.times``); ``net`` is the network itself. What is drawn in an option
            that is a list has the word with which that begins (``patterns.dense``).
        kind: ``choice``, ``int``, ``float``, or ``some`` for a subset of paths.
        options: What it draws from, as it is written: the options, or the bounds.
        beside: Its weights, step and the like, as they are written.
        span: Where it stands.
        listed: The options one by one, also where a var has them; empty for bounds and for what is computed.
    """

    address: str
    name: str
    kind: str
    options: Any
    beside: dict[str, Any]
    span: Span | None
    listed: tuple[Any, ...] = ()

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.span.file}:{self.span.line}" if self.span is not None else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the choice as plain data."""
        return {"name": self.name, "kind": self.kind, "options": self.options, **self.beside, "place": self.place, "address": self.address}


def choices_of(document: Document, vars: Mapping[str, Any] | None = None) -> list[Choice]:
    """Return the holes of a document, then those of its libraries, in the order in which they stand; ``vars`` replace its own.

    >>> from archdsl.expansion.architecture import read
    >>> space, _ = read("{archdsl: 1, input: [3, 8, 8], vars: {n: {int: [2, 4]}}, net: [{conv: {out_channels: {choice: [$n, 9]}}}]}")
    >>> [(each.name, each.kind, each.options) for each in choices_of(space)]
    [('n', 'int', [2, 4]), ('net.out_channels', 'choice', ['$n', 9])]
    """
    vars = document.vars if vars is None else vars
    found = [choice for name, value in vars.items() for choice in _inside(value, "", name)]
    for name, block in document.blocks.items():
        found += [choice for part in (block.args, block.body) for choice in _inside(part, name, "")]
    networks = dict(document.networks or {})
    for name, body in {"net": document.net, **{name: network.net for name, network in networks.items()}}.items():
        found += _inside(body, name, "")
    return [_listed(each, vars) for each in found] + [choice for library in document.libraries for choice in choices_of(library)]


def _listed(choice: Choice, vars: Mapping[str, Any]) -> Choice:
    options = choice.options
    if isinstance(options, str) and options.startswith("$"):
        options = plain(vars.get(options[1:]))
    return replace(choice, listed=tuple(options)) if choice.kind == "choice" and isinstance(options, list) else choice


def _inside(value: Any, region: str, field: str) -> Iterator[Choice]:
    """Yield the holes in a piece of a document; ``field`` is what the piece is called in its region."""
    if isinstance(value, (Hole, Drawn)):
        yield _choice(value, ".".join(each for each in (region, field) if each))
    around = ".".join(each for each in (region, field) if each) if isinstance(value, Hole) else region
    for name, part in _parts(value):
        yield from _inside(part, around if name else region, name or field)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Hole):
        options = value.domain.parts if isinstance(value.domain, Template) else value.domain
        yield from ((head_of(option) or "", option) for option in (options if isinstance(options, tuple) else (options,)))
        yield from (("", part) for part in (value.weights, value.times, value.step))
    elif isinstance(value, (Call, MergeOp)):
        yield from ((str(value.name) if name == "argument" else name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, Node):
        yield from ((name.rstrip("_"), getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, Template):
        yield from _parts(value.parts)
    elif isinstance(value, dict):
        yield from ((str(name), part) for name, part in value.items())
    elif isinstance(value, (tuple, list)):
        yield from (("", part) for part in value)


def head_of(option: Any) -> str | None:
    """Return the word that an option which is a list begins with.

    >>> head_of(["dense", {"choice": [2, 4]}]), head_of([2, 4]), head_of("dense")
    ('dense', None, None)
    """
    parts = option.parts if isinstance(option, Template) else option
    return parts[0] if isinstance(parts, (list, tuple)) and parts and isinstance(parts[0], str) else None


def _choice(hole: Hole | Drawn, name: str) -> Choice:
    span = hole.place.span() if hole.place is not None else None
    if isinstance(hole, Hole):
        beside = {field: plain(getattr(hole, field)) for field in ("step", "log", "weights", "times") if getattr(hole, field)}
        return Choice(hole.address, name, hole.kind, plain(hole.domain), beside, span)
    if isinstance(hole, Some):
        return Choice(hole.address, name, "some", plain(hole.some), {"count": plain(hole.count)}, span)
    assert isinstance(hole, (StepOptions, MergeChoice))
    options = hole.options if isinstance(hole, StepOptions) else hole.choice
    return Choice(hole.address, name, "choice", plain(options), {"weights": plain(hole.weights)} if hole.weights is not None else {}, span)
