"""What a step may name while a document is read: the vocabulary, the blocks, the names in scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from archdsl.errors import Diagnostic, SpecError, did_you_mean
from archdsl.ops.base import Op
from archdsl.source import Listing, Place, Text
from archdsl.source import Mapping as SourceMapping
from archdsl.spec.expressions import IMPLIED, Expression
from archdsl.spec.values import Counter, Hole, Template, is_hole, is_open, names_in, read_value


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of a block, in order, and which of them a call must give."""

    arguments: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """A stretch of a document with one scope: the net, a network, a block, or the vars."""

    counter: Counter
    known: frozenset[str] = frozenset()
    protected: Mapping[str, str] = field(default_factory=dict)
    """Names that labels and loops may not hide, with what each is."""
    instances: frozenset[str] = frozenset()
    """Names that a ``where`` in the region makes."""


class Reading:
    """The context that pydantic hands to every validator of a document."""

    def __init__(
        self, ops: Mapping[str, type[Op]], blocks: Mapping[str, Signature], primitives: tuple[str, ...], variables: Mapping[str, str]
    ) -> None:
        self.ops = ops
        self.blocks = blocks
        self.primitives = primitives
        self.variables = variables
        self.region = Region(Counter("document"))
        self.drew = False

    @property
    def counter(self) -> Counter:
        """Gives the holes of the region their addresses."""
        return self.region.counter

    @contextmanager
    def within(self, region: Region) -> Iterator[None]:
        """Read something in a region of its own."""
        outer, self.region = self.region, region
        try:
            yield
        finally:
            self.drew = self.drew or region.counter.used
            self.region = outer

    def check_names(self, value: Any) -> None:
        """Raise :class:`SpecError` for every name that nothing in the region can define."""
        wrong = [
            Diagnostic("E201", f"unknown name `{name}`", expression.span(name), did_you_mean(name, self.region.known | set(IMPLIED)))
            for name, expression in names_in(value)
            if name not in self.region.known and name not in IMPLIED
        ]
        if wrong:
            raise SpecError(wrong)

    def check_free(self, name: str, what: str, place: Place | None) -> None:
        """Raise :class:`SpecError` when a label or loop name hides a var, an argument or an input."""
        other = self.region.protected.get(name)
        if other is not None and other != what:
            help = "choose another name; `let` may give a var or an argument another value"
            raise SpecError(Diagnostic("E110", f"{what} `{name}` hides {other} of the same name", place.span() if place else None, help))

    def read_call(self, name: str, raw: Any, place: Place | None) -> tuple[Any, Op | None]:
        """Read the argument of a step called ``name``; return it with the op itself where that is already known.

        Raises:
            SpecError: With everything that is wrong with the name or the arguments.
        """
        if name in self.blocks:
            return self._block_call(name, self.blocks[name], raw, place), None
        if name in self.region.instances:
            if raw is not None:
                raise SpecError(Diagnostic("E102", f"`{name}` is an instance that `where` made, and takes no arguments", _span(place)))
            return None, None
        if name in self.ops:
            return self._op_call(self.ops[name], raw, place)
        raise SpecError(self.unknown_step(name, place))

    def unknown_step(self, name: str, place: Place | None) -> Diagnostic:
        """Return the finding for a word that names no op, block or primitive."""
        known = [*self.ops, *self.blocks, *self.region.instances, *self.primitives]
        help = did_you_mean(name, known) or _ALIASES.get(name.lower().replace("_", ""))
        return Diagnostic("E104", f"there is no op or block `{_short(name)}`", _span(place), help)

    def _block_call(self, name: str, signature: Signature, raw: Any, place: Place | None) -> Any:
        argument = read_argument(raw, self)
        names = signature.arguments
        if argument is not None and not names:
            raise SpecError(Diagnostic("E102", f"the block `{name}` takes no arguments", _span(place)))
        if argument is None:
            given: tuple[str, ...] = ()
        elif type(argument) is dict:
            given = tuple(argument)
        else:
            given = names[:1]
        wrong = [
            Diagnostic("E101", f"the block `{name}` has no argument `{each}`", _key_span(raw, each), did_you_mean(each, names) or _listed("arguments", names))
            for each in given
            if each not in names
        ]
        missing = [each for each in signature.required if each not in given]
        if missing:
            words = ", ".join(f"`{each}`" for each in missing)
            wrong.append(Diagnostic("E102", f"the block `{name}` needs {words}", _span(place), f"write `{name}: {{{missing[0]}: ...}}`"))
        if wrong:
            raise SpecError(wrong)
        return argument

    def _op_call(self, op: type[Op], raw: Any, place: Place | None) -> tuple[Any, Op | None]:
        argument = read_argument(raw, self)
        fields = op_fields(op, argument)
        if fields is None:
            raise SpecError(Diagnostic("E102", f"`{op.name}` takes no arguments", _span(place)))
        literal = {key: value for key, value in fields.items() if not is_open(value)}
        try:
            made: Op | None = op.model_validate(literal)
        except ValidationError as error:
            made = None
            wrong = op_diagnostics(op, error, fields, lambda name: field_span(raw, name, place))
            if wrong:
                raise SpecError(wrong) from None
        return argument, made if len(literal) == len(fields) else None


def read_argument(raw: Any, reading: Reading) -> Any:
    """Read what stands behind a step's name: nothing, one value, or a dict of arguments whose values may be open."""
    if raw is None:
        return None
    if isinstance(raw, dict) and not is_hole(raw):
        value = read_value(raw, reading.counter)
        reading.check_names(value)
        return value.parts if isinstance(value, Template) else value
    value = read_value(raw, reading.counter)
    reading.check_names(value)
    return value


def op_fields(op: type[Op], argument: Any) -> dict[str, Any] | None:
    """Return an op's fields by name from a step's argument; None when it takes none but is given one."""
    if argument is None:
        return {}
    if type(argument) is dict:
        return argument
    first = op.first_field()
    return None if first is None else {first: argument}


def op_diagnostics(op: type[Op], error: ValidationError, fields: Mapping[str, Any], span: Any) -> list[Diagnostic]:
    """Turn pydantic's findings about an op into ours; a field left out for an expression is none."""
    found = []
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        if each["type"] == "missing":
            if name not in fields:
                found.append(Diagnostic("E102", f"`{op.name}` needs `{name}`", span(None), f"write `{op.name}: {{{name}: ...}}`"))
        elif each["type"] == "extra_forbidden" and len(each["loc"]) == 1:
            names = tuple(op.model_fields)
            help = did_you_mean(name, names) or _listed("fields", names)
            found.append(Diagnostic("E101", f"`{op.name}` has no field `{name}`", span(("key", name)), help))
        else:
            found.append(Diagnostic("E103", f"`{name}` of `{op.name}` {_wanted(each)}", span(name)))
    return found


def _wanted(error: Any) -> str:
    got = describe(error["input"])
    if error["type"] == "expected":
        return f"must be {error['ctx']['wanted']}, got {got}"
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected'].replace(chr(39), '`')}, got {got}"
    if error["type"] == "extra_forbidden":
        return f"does not know `{error['loc'][-1]}`"
    return f"{error['msg'][0].lower()}{error['msg'][1:]}, got {got}"


def describe(value: Any) -> str:
    """Return a value as a message shows it: short, and with the words of a document.

    >>> describe(True), describe("same"), describe(None), describe((3, 3))
    ('`true`', '`same`', 'nothing', '`[3, 3]`')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, (int, float)):
        return f"`{value}`"
    if isinstance(value, str):
        return f"`{_short(value)}`"
    if isinstance(value, (list, tuple)) and all(isinstance(each, (int, float, str)) for each in value):
        return "`" + _short("[" + ", ".join(map(str, value)) + "]") + "`"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a value of the network"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _span(place: Place | None) -> Any:
    return place.span() if place else None


def field_span(raw: Any, name: Any, place: Place | None) -> Any:
    """Return the place of a field's value; of its key for ``("key", name)``; of the step for None or a plain value."""
    if isinstance(raw, SourceMapping) and isinstance(name, tuple):
        return _key_span(raw, name[1])
    if isinstance(raw, SourceMapping) and name in raw:
        return raw.places[name].span()
    if name is not None and isinstance(raw, (Text, Listing)):
        return raw.place.span()
    return _span(place)


def _key_span(raw: Any, key: str) -> Any:
    return raw.key_place(key).span() if isinstance(raw, SourceMapping) else None


def _listed(what: str, names: tuple[str, ...]) -> str:
    return f"its {what} are " + ", ".join(f"`{name}`" for name in names) if names else f"it has no {what}"


_ALIASES = {
    "conv2d": "use `conv`; the dimensions come from the input",
    "conv1d": "use `conv`; the dimensions come from the input",
    "convolution": "use `conv`",
    "dense": "use `linear`",
    "fc": "use `linear`",
    "fullyconnected": "use `linear`",
    "bn": "use `batch_norm`",
    "gap": "use `global_avg_pool`",
    "sum": "use `add`",
    "cat": "use `concat`",
    "swish": "use `silu`",
    "block": "call a block by its own name",
    "residual": "use `skip`",
    "parallel": "use `branch`",
    "for": "use `repeat`",
    "loop": "use `repeat`",
    "set": "use `let`",
}


def region_of(counter: Counter, raw: Any, variables: Mapping[str, str], arguments: Mapping[str, str] | None = None) -> Region:
    """Return the region of a body: what it may name, gathered from the raw data whether or not that is right elsewhere.

    ``variables`` and ``arguments`` map names to what each is ("a var", "an argument", "an input").
    """
    bound, loops, instances = _bound_names(raw)
    protected = {**variables, **(arguments or {})}
    known = frozenset((*protected, *bound, *loops, *instances))
    protected.update({name: "a loop name" for name in loops if name not in protected})
    return Region(counter, known, protected, frozenset(instances))


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
        stack.extend(each.values())
        for key, into in (("as", bound), ("index", loops)):
            if isinstance(each.get(key), str):
                into.add(str(each[key]))
        for key, into in (("let", bound), ("over", loops), ("where", instances)):
            if isinstance(each.get(key), dict):
                into.update(map(str, each[key]))
    return bound, loops, instances


__all__ = ["Expression", "Hole", "Reading", "Region", "Signature", "describe", "region_of"]
