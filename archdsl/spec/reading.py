"""What a step may name while a document is read: the vocabulary, the blocks, the names in scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pydantic import ValidationError

from archdsl.errors import MAX_FINDINGS, Diagnostic, SpecError, did_you_mean, nearest
from archdsl.ops.base import Op
from archdsl.ops.fields import LARGEST, Init
from archdsl.source import Mapping as SourceMapping
from archdsl.source import Place, plain_scalar
from archdsl.spec.expressions import IMPLIED, Expression
from archdsl.spec.regions import Region, region_of
from archdsl.spec.values import Counter, Hole, Template, is_hole, is_open, names_in, read_value
from archdsl.spec.words import ELSEWHERE, SYNONYMS, alias


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of a block, in order, and which of them a call must give."""

    arguments: tuple[str, ...]
    required: tuple[str, ...]


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
        self._advised = 0

    def _advise(self, name: str, *known: Iterable[str]) -> str | None:
        """Return the advice about a misspelt name; none when there are more of them than anyone reads, since the search takes time."""
        self._advised += 1
        return did_you_mean(name, chain(*known)) if self._advised <= 2 * MAX_FINDINGS else None

    def _advise_name(self, name: str) -> str | None:
        if name in self.ops or name in self.blocks:
            return f"values have names where steps give them one: `{{{name}: ..., as: x}}`, then `x`"
        return self._advise(name, self.region.known, IMPLIED)

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
            Diagnostic("E201", f"unknown name `{name}`", expression.span(name), self._advise_name(name))
            for name, expression in names_in(value)
            if name not in self.region.known and name not in IMPLIED
        ]
        if wrong:
            raise SpecError(wrong)

    def check_free(self, name: str, what: str, place: Place | None) -> None:
        """Raise :class:`SpecError` when a label, a loop name or an instance has a name that is taken."""
        if what == "an instance" and (name in self.ops or name in self.blocks or name in self.primitives):
            kind = "an op" if name in self.ops else "a block" if name in self.blocks else "a primitive"
            raise SpecError(Diagnostic("E111", f"the instance `{name}` has the name of {kind}", _span(place), f"try `{name}_`"))
        other = self.region.protected.get(name)
        if other is not None and other != what:
            help = "choose another name" + ("; `let` may give it another value" if other in ("a var", "an argument") else "")
            raise SpecError(Diagnostic("E110", f"{what} `{name}` hides {other} of the same name", _span(place), help))

    def check_merge(self, name: str, place: Place | None) -> None:
        """Raise :class:`SpecError` unless ``name`` is an op of several values."""
        problem = merge_problem(name, self.ops)
        if problem is not None:
            message = f"`{name}` is a block, and no merge" if name in self.blocks else problem[0]
            raise SpecError(Diagnostic("E104", message, _span(place), problem[1]))

    def read_call(self, name: str, raw: Any, place: Place | None, at: Place | None = None) -> tuple[Any, Op | None]:
        """Read the argument of a step called ``name``; return it with the op itself where that is already known.

        ``place`` is that of the name, ``at`` that of the argument.

        Raises:
            SpecError: With everything that is wrong with the name or the arguments.
        """
        if name in self.blocks:
            return self._block_call(name, self.blocks[name], raw, place), None
        if name in self.region.instances:
            if raw is not None:
                raise SpecError(Diagnostic("E102", f"`{name}` is an instance that `where` made, and takes no arguments", _span(at)))
            return None, None
        if name in self.ops:
            return self._op_call(self.ops[name], raw, place, at)
        raise SpecError(self.unknown_step(name, place))

    def unknown_step(self, name: str, place: Place | None) -> Diagnostic:
        """Return the finding for a word that names no op, block or primitive."""
        help = alias(name) or self._advise(name, self.ops, self.blocks, self.region.instances, self.primitives)
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
        wrong = []
        missing = [each for each in signature.required if each not in given]
        for each in given:
            if each not in names:
                help, meant = unknown_help(each, names, "arguments")
                missing = [other for other in missing if other != meant]
                wrong.append(Diagnostic("E101", f"the block `{name}` has no argument `{each}`", _key_span(raw, each), help))
            if len(wrong) > MAX_FINDINGS:
                break
        if missing:
            wrong.insert(0, needs(name, missing, given if type(argument) is not dict else (), _span(place)))
        if wrong:
            raise SpecError(wrong)
        return argument

    def _op_call(self, op: type[Op], raw: Any, place: Place | None, at: Place | None) -> tuple[Any, Op | None]:
        argument = read_argument(raw, self)
        fields = op_fields(op, argument)
        if fields is None:
            raise SpecError(Diagnostic("E102", f"`{op.name}` takes no arguments", _span(at)))
        literal = {key: value for key, value in fields.items() if not is_open(value)}
        try:
            made: Op | None = op.model_validate(literal)
        except ValidationError as error:
            made = None
            wrong = op_diagnostics(op, error, fields, lambda *path: field_span(raw, path, place, at), self.region.known)
            if wrong:
                raise SpecError(wrong) from None
        return argument, made if len(literal) == len(fields) else None


def needs(block: str, missing: list[str], given: tuple[str, ...], span: Any) -> Diagnostic:
    """Return the finding for a call of a block that leaves required arguments out; ``given`` are those of a plain value."""
    words = ", ".join(f"`{each}`" for each in missing)
    written = ", ".join(f"{each}: ..." for each in (*given, *missing))
    return Diagnostic("E102", f"the block `{block}` needs {words}", span, f"write `{block}: {{{written}}}`")


def merge_problem(name: str, ops: Mapping[str, type[Op]]) -> tuple[str, str | None] | None:
    """Return why a name is not that of a merge, with advice; None when it is one."""
    op = ops.get(name)
    if op is not None:
        joins = op.variadic or len(op.roles) > 1
        return None if joins else (f"`{name}` is no merge: it does not take several values", None)
    merges = [word for word, each in ops.items() if each.variadic or len(each.roles) > 1]
    return f"there is no merge `{_short(name)}`", alias(name) or did_you_mean(name, merges)


def unknown_help(name: str, known: tuple[str, ...], what: str) -> tuple[str | None, str | None]:
    """Return the advice about a key that nobody knows, and the known one that was meant, if that is plain."""
    head, colon, rest = name.partition(":")
    if colon and head in known:
        return f"put a blank behind the colon: `{head}: {rest}`", head
    if what == "fields" and name in ELSEWHERE:
        return ELSEWHERE[name], None
    near = next((each for each in SYNONYMS.get(name, ()) if each in known), None) or nearest(name, known)
    if near is not None:
        return f"did you mean `{near}`?", near
    return (_listed(what, known) if len(known) <= 10 else None), None


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


def op_diagnostics(
    op: type[Op], error: ValidationError, fields: Mapping[str, Any], span: Any, known: frozenset[str] = frozenset(), computed: bool = False
) -> list[Diagnostic]:
    """Turn pydantic's findings about an op into ours; a field left out for an expression is none.

    ``span`` gives the place of a field, of a key with ``"key"`` before it, and of the step for nothing; ``known`` are the names in scope, which may
    have been meant instead of a text; ``computed`` says whether values came from expressions.
    """
    found: list[Diagnostic] = []
    missing: dict[str, Diagnostic] = {}
    for each in error.errors(include_url=False)[: 2 * MAX_FINDINGS]:
        loc = tuple(map(str, each["loc"]))
        name = ".".join(loc)
        if each["type"] == "missing":
            if name not in fields:
                missing[name] = Diagnostic("E102", f"`{op.name}` needs `{name}`", span(), f"write `{op.name}: {{{name}: ...}}`")
        elif each["type"] == "extra_forbidden":
            help, meant = unknown_help(loc[-1], tuple(op.model_fields if len(loc) == 1 else Init.model_fields), "fields")
            missing.pop(meant or "", None)
            owner = f"`{op.name}`" if len(loc) == 1 else f"`{loc[0]}` of `{op.name}`"
            found.append(Diagnostic("E101", f"{owner} has no field `{loc[-1]}`", span("key", *loc), help))
        else:
            found.append(_wrong_value(each, f"`{name}` of `{op.name}`", span(*loc), known, computed))
    return [*missing.values(), *found]


def _wrong_value(error: Any, what: str, span: Any, known: frozenset[str], computed: bool) -> Diagnostic:
    value = error["input"]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGEST:
        return Diagnostic("E403", f"{what} is {value:,}; the limit is {LARGEST - 1:,}", span)
    context = error.get("ctx", {})
    wanted = str(context.get("wanted") or f"{error['msg'][0].lower()}{error['msg'][1:]}")
    near = nearest(value, context.get("known", ())) if isinstance(value, str) else None
    help = f"did you mean `{near}`?" if near else value_help(value, wanted, known, computed)
    return Diagnostic("E103", f"{what} must be {wanted}, got {describe(value)}", span, help)


_SAID = {"on": "true", "yes": "true", "y": "true", "off": "false", "no": "false", "n": "false", "true": "true", "false": "false"}


def value_help(value: Any, wanted: str, known: Any = (), computed: bool = False) -> str | None:
    """Return the advice for a value of the wrong sort: what YAML or an expression may have made of what was meant."""
    if isinstance(value, float) and computed and "whole number" in wanted:
        return "divide with `//`, or use `int(...)` or `round(...)`"
    if not isinstance(value, str):
        return None
    if "`true`" in wanted and value.lower() in _SAID:
        return f"write `{_SAID[value.lower()]}`"
    if value in known:
        return f"write `${value}` for the value of `{value}`"
    if "$" in value:
        return "an expression is the whole value: `$name` or `$(...)`"
    if value.isdigit() and value[0] == "0" and value.strip("0"):
        return f"write `{value.lstrip('0')}`; with a leading zero it is a text"
    if "number" in wanted and isinstance(plain_scalar(value), (int, float)):
        return "leave the quotes out"
    words = set(_WORD.findall(value))
    if words & set(known) and any(sign in value for sign in "+-*/"):
        return f"write `$({value})` for a formula"
    return None


_WORD = re.compile(r"[A-Za-z_]\w*")


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
        return f"`{_short(value)}`" if isinstance(plain_scalar(value), str) else f'`"{value}"`'
    if isinstance(value, (list, tuple)) and len(value) <= 20 and all(isinstance(each, (int, float, str)) for each in value):
        return "`" + _short("[" + ", ".join(map(_item, value)) + "]") + "`"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a mapping" if isinstance(value, dict) else getattr(value, "described", "a value of the network")


def _item(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _span(place: Place | None) -> Any:
    return place.span() if place else None


def field_span(raw: Any, path: tuple[str, ...], place: Place | None, at: Place | None) -> Any:
    """Return the place of a field's value, of its key for a path that starts with ``key``, and of the step for an empty path.

    ``raw`` is the argument, ``place`` that of the step's name and ``at`` that of the argument.
    """
    if not path:
        return _span(place)
    of_key = path[0] == "key"
    for name in path[1:] if of_key else path:
        if not isinstance(raw, SourceMapping) or name not in raw:
            break
        at, raw = raw.key_place(name) if of_key and name == path[-1] else raw.places[name], raw[name]
    return _span(at)


def _key_span(raw: Any, key: str) -> Any:
    return raw.key_place(key).span() if isinstance(raw, SourceMapping) else None


def _listed(what: str, names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"its only {what[:-1]} is `{names[0]}`"
    return f"its {what} are " + ", ".join(f"`{name}`" for name in names) if names else f"it has no {what}"


__all__ = ["Expression", "Hole", "Reading", "Region", "Signature", "describe", "region_of"]
