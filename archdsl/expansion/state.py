"""What the walk over a document carries along: scopes, frames, shared instances, and the signals for what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from archdsl.errors import Diagnostic, Span
from archdsl.ir.graph import Group, Node
from archdsl.spec.document import Document
from archdsl.spec.expressions import IMPLIED, EvaluationError
from archdsl.spec.nodes import Step


class Wrong(Exception):
    """A step cannot be expanded; carries the finding."""

    def __init__(
        self,
        code: str,
        message: str,
        span: Span | None,
        help: str | None = None,
        notes: tuple[str, ...] = (),
        related: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, help, notes, related)


class Stop(Exception):
    """A limit is passed: the walk ends here."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Poisoned(Exception):
    """A value is needed that an earlier mistake left without one; nothing new is said."""


class Poison:
    """What a step that went wrong gives, so that the walk goes on and finds the other mistakes."""

    def __repr__(self) -> str:
        return "<no value>"


POISON = Poison()


class Unbound(Exception):
    """A name has no value where it is read."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Scope(dict[str, Any]):
    """The names of a block body or path; what is not here is looked up in the vars of the document, and then in the entering value."""

    __slots__ = ("current", "globals")

    def __init__(self, names: dict[str, Any], globals: dict[str, Any]) -> None:
        super().__init__(names)
        self.globals = globals
        self.current: Any = None

    def __missing__(self, name: str) -> Any:
        if name in self.globals:
            return self.globals[name]
        if name in IMPLIED:
            return implied(name, self.current)
        raise Unbound(name)

    def names(self) -> list[str]:
        """Return every name that can be read here."""
        return [*self, *self.globals, *IMPLIED]

    def inner(self) -> Scope:
        """Return a scope that sees these names and leaks none of its own."""
        scope = Scope(self, self.globals)
        scope.current = self.current
        return scope


def implied(name: str, value: Any) -> int:
    """Return what ``in_channels``, ``in_height`` and their like mean for the value that enters a step."""
    if isinstance(value, Poison):
        raise Poisoned
    if not isinstance(value, Node):
        raise EvaluationError(f"`{name}` needs one value that enters the step", "E205")
    if name in ("in_channels", "in_features"):
        return value.shape.channels
    axis = -2 if name == "in_height" else -1
    spatial = value.shape.spatial
    if len(spatial) < -axis:
        raise EvaluationError(f"`{name}` needs a map, but a value of shape {value.shape} enters the step", "E205")
    return spatial[axis]


@dataclass(slots=True)
class Instance:
    """A body made by ``where``: its uses share their parameters."""

    described: ClassVar[str] = "an instance that `where` made"

    name: str
    body: tuple[Step, ...]
    frame: Frame
    share: frozenset[str] | None
    prefix: str = ""
    """Prefix of the first use, which owns the modules; empty until then."""
    results: dict[Node, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sharing:
    """One use of an instance: nodes named under ``own`` borrow the modules under ``owner``."""

    own: str
    owner: str
    share: frozenset[str] | None
    outer: Sharing | None


class CallSite(NamedTuple):
    """A call of a block, for the notes of an error inside it."""

    block: str
    place: Any
    outer: CallSite | None
    depth: int


class Frame(NamedTuple):
    """Where the walk is: the scope, whose document, the prefix of names, and what the next node is part of."""

    scope: Scope
    document: Document
    prefix: str = ""
    group: Group | None = None
    site: CallSite | None = None
    sharing: Sharing | None = None
    address: str = ""

    def inside(self, prefix: str, group: Group, address: str) -> Frame:
        """Return the frame of a stretch that shares the scope."""
        return Frame(self.scope, self.document, prefix, group, self.site, self.sharing, address)

    def path(self, prefix: str, group: Group, address: str) -> Frame:
        """Return the frame of a path, with a scope that leaks nothing."""
        return Frame(self.scope.inner(), self.document, prefix, group, self.site, self.sharing, address)
