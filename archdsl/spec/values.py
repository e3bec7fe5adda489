"""Values as an author writes them: literals, expressions, holes, and lists and mappings that hold them."""

from __future__ import annotations

import keyword
from typing import Any, ClassVar

from pydantic_core import PydanticCustomError

from archdsl.errors import Diagnostic, SpecError
from archdsl.source import Listing, Mapping, Place, Text
from archdsl.spec.expressions import CONSTANTS, FUNCTIONS, IMPLIED, NAME, Expression, is_expression

HOLES = ("choice", "int", "float")
HOLE_OPTIONS = ("options", "step", "log", "weights", "times")


class Template:
    """A list or mapping of which some part is an expression or a hole."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Any, ...] | dict[str, Any]) -> None:
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(repr(self.parts))

    def __repr__(self) -> str:
        return f"Template({self.parts!r})"


class Hole:
    """A value to be drawn: ``{choice: [...]}``, ``{int: [low, high]}`` or ``{float: [low, high]}``.

    Attributes:
        kind: ``choice``, ``int`` or ``float``.
        domain: The options of a choice, or the two bounds; a value that may hold expressions.
        step: Distance between the numbers that may be drawn, counted from the lower bound.
        log: Draw uniformly in the logarithm.
        weights: One weight for each option; uniform when missing.
        times: Draw a list of so many, each by itself.
        address: Where in the document the hole stands; set while reading, the same for equal documents.
    """

    __slots__ = ("address", "domain", "kind", "log", "raw", "spelled", "step", "times", "weights")
    FIELDS: ClassVar = ("kind", "domain", "step", "log", "weights", "times")

    def __init__(self, kind: str, domain: Any, options: dict[str, Any], raw: Any, address: str) -> None:
        self.kind = kind
        self.domain = domain
        self.step = options.get("step")
        self.log = options.get("log", False)
        self.weights = options.get("weights")
        self.times = options.get("times")
        self.spelled = "options" in options
        self.raw = raw
        self.address = address

    @property
    def place(self) -> Place | None:
        """Where the hole's head stands."""
        return self.raw.key_place(self.kind) if isinstance(self.raw, Mapping) else None

    def at(self, field: str | None) -> Place | None:
        """Return the place of the value of a field, or of the head where the field was not written; ``domain`` is what is drawn from."""
        return _hole_place(self.raw, self.kind, field)

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.FIELDS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hole) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.kind, repr(self.domain)))

    def __repr__(self) -> str:
        return f"Hole({self.kind}, {self.domain!r})"


class Counter:
    """Numbers the holes of one block (or of ``vars``, or of the net), which gives each its address."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._next = 0
        self.used = False

    def address(self) -> str:
        """Return the address of the next hole."""
        self._next += 1
        self.used = True
        return f"{self.region}/{self._next}"


def is_hole(raw: Any) -> bool:
    """Tell whether a mapping is a hole rather than a mapping of values."""
    if not isinstance(raw, dict) or not raw:
        return False
    heads = [key for key in raw if key in HOLES]
    return len(heads) == 1 and all(key in heads or key in HOLE_OPTIONS for key in raw)


def read_value(raw: Any, counter: Counter) -> Any:
    """Return a raw value with its expressions parsed and its holes recognised; lists become tuples.

    Raises:
        SpecError: With every wrong expression in it.
    """
    if isinstance(raw, str):
        return Expression.parse(raw) if is_expression(raw) else str(raw)
    if isinstance(raw, dict):
        if is_hole(raw):
            return read_hole(raw, counter)
        parts = _each([(str(key), value) for key, value in raw.items()], counter)
        return Template(parts) if any(map(is_open, parts.values())) else parts
    if isinstance(raw, (list, tuple)):
        items = tuple(_each(list(enumerate(raw)), counter).values())
        return Template(items) if any(map(is_open, items)) else items
    return raw


def _each(pairs: list[tuple[Any, Any]], counter: Counter) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    wrong: list[Diagnostic] = []
    for key, value in pairs:
        try:
            found[key] = read_value(value, counter)
        except SpecError as error:
            wrong.extend(error.diagnostics)
    if wrong:
        raise SpecError(wrong)
    return found


def is_open(value: Any) -> bool:
    """Tell whether a read value still holds an expression or a hole."""
    return isinstance(value, (Expression, Template, Hole))


def read_hole(raw: dict[str, Any], counter: Counter) -> Hole:
    """Read a hole that stands for a value."""
    kind = next(key for key in raw if key in HOLES)
    address = counter.address()
    body = raw[kind]
    beside = {str(key): read_value(value, counter) for key, value in raw.items() if key != kind}
    inside = {}
    if kind == "choice" and isinstance(body, dict) and "options" in body and set(body) <= {"options", "weights"}:
        inside = {str(key): read_value(value, counter) for key, value in body.items()}
    domain = inside["options"] if inside else read_value(body, counter)
    problem = _surplus(kind, beside) or (_choice_problem(domain, {**beside, **inside}) if kind == "choice" else _range_problem(kind, domain))
    if problem:
        place = _hole_place(raw, kind, problem[0])
        raise SpecError(Diagnostic("E103", problem[1], place.span() if place else None))
    return Hole(str(kind), domain, {**beside, **inside}, raw, address)


def _hole_place(raw: Any, kind: str, field: str | None) -> Place | None:
    if not isinstance(raw, Mapping):
        return None
    inner = raw[kind]
    if isinstance(inner, Mapping) and (field in inner or field == "domain"):
        return inner.places.get("options" if field == "domain" else str(field), raw.places[kind])
    if field == "domain":
        return raw.places[kind]
    return raw.places[field] if field is not None and field in raw else raw.key_place(kind)


_TAKES = {"choice": ("weights", "times"), "int": ("step", "log", "times"), "float": ("step", "log", "times")}


def _surplus(kind: str, beside: dict[str, Any]) -> tuple[str, str] | None:
    """Return the key that a hole of this kind has not, and what it takes; None when there is none."""
    takes = _TAKES[kind]
    surplus = next((name for name in beside if name not in takes), None)
    if surplus is None:
        return None
    listed = ", ".join(f"`{name}`" for name in takes[:-1]) + f" and `{takes[-1]}`"
    return surplus, f"`{kind}` has no `{surplus}`; it takes {listed}"


def _choice_problem(domain: Any, options: dict[str, Any]) -> tuple[str, str] | None:
    if not isinstance(domain, (tuple, Expression, Template)) or domain == () or isinstance(getattr(domain, "parts", None), dict):
        return "domain", "`choice` draws from a list of at least one option"
    weights = options.get("weights")
    count = len(domain) if isinstance(domain, tuple) else len(domain.parts) if isinstance(domain, Template) else None
    if isinstance(weights, tuple) and count is not None and len(weights) != count:
        return "weights", f"`weights` has {len(weights)} for {count} option{'s' if count > 1 else ''}"
    return None


def _range_problem(kind: str, domain: Any) -> tuple[str, str] | None:
    if isinstance(domain, Expression):
        return None
    parts: Any = domain.parts if isinstance(domain, Template) else domain
    fits = isinstance(parts, tuple) and len(parts) == 2 and all(is_open(each) or _is_number(each, kind) for each in parts)
    if not fits:
        return "domain", f"`{kind}` draws between two {'whole ' if kind == 'int' else ''}numbers: `{{{kind}: [low, high]}}`"
    if not any(map(is_open, parts)) and parts[0] > parts[1]:
        return "domain", f"`{kind}` draws from the lower to the higher bound, got [{parts[0]}, {parts[1]}]"
    return None


def _is_number(value: Any, kind: str) -> bool:
    return isinstance(value, int if kind == "int" else (int, float)) and not isinstance(value, bool)


def names_in(value: Any) -> list[tuple[str, Expression]]:
    """Return every name that the expressions of a value use, with the expression."""
    if isinstance(value, Expression):
        return [(name, value) for name in sorted(value.names)]
    if isinstance(value, Template):
        parts = value.parts.values() if isinstance(value.parts, dict) else value.parts
        return [pair for part in parts for pair in names_in(part)]
    if isinstance(value, Hole):
        holds = [value.domain, value.weights, value.times, value.step]
        return [pair for part in holds for pair in names_in(part)]
    if isinstance(value, (tuple, dict)):
        return [pair for part in (value.values() if isinstance(value, dict) else value) for pair in names_in(part)]
    return []


RESERVED = frozenset((*CONSTANTS, *FUNCTIONS, *IMPLIED, "True", "False", "None", "and", "or", "not", "if", "else", "in", "is", "for", "lambda"))
_KEYWORDS = frozenset(keyword.kwlist)


def check_name(raw: Any, what: str, place: Place | None) -> str:
    """Return a name that expressions can use; raise :class:`SpecError` for anything else."""
    if not isinstance(raw, str) or not NAME.match(raw) or raw.startswith("_"):
        raise _name_error(f"`{_shorten(raw)}` cannot be {what}", place, "a name has letters, digits and underscores, and starts with a letter")
    if raw in RESERVED or raw in _KEYWORDS:
        raise _name_error(f"`{raw}` cannot be {what}: the word is taken by the language", place, f"try `{raw}_`")
    if len(raw) > 60:
        raise _name_error(f"`{raw[:20]}...` cannot be {what}: it is longer than 60 characters", place, None)
    return str(raw)


# fmt: off
MODULE_NAMES = frozenset((
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu", "cuda", "double",
    "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu",
    "load_state_dict", "modules", "mtia", "named_buffers", "named_children", "named_modules", "named_parameters", "parameters",
    "register_backward_hook", "register_buffer", "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook", "register_module",
    "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_", "self", "set_extra_state",
    "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train", "training", "type", "xpu", "zero_grad",
))
# fmt: on
"""Attributes of torch's modules; a part of a network may not take their names. A test compares them with the torch that is installed."""


def check_part_name(raw: Any, what: str, place: Place | None) -> str:
    """Return a name that a part of the network can have: like :func:`check_name`, and free in a torch module."""
    name = check_name(raw, what, place)
    if name in MODULE_NAMES:
        raise _name_error(f"`{name}` cannot be {what}: torch's modules use the word", place, f"try `{name}_`")
    return name


def _shorten(raw: Any) -> str:
    text = str(raw)
    return text if len(text) <= 40 else text[:37] + "..."


def _name_error(message: str, place: Place | None, help: str | None) -> SpecError:
    return SpecError(Diagnostic("E109", message, place.span() if place else None, help))


def as_validation_error(error: SpecError) -> PydanticCustomError:
    """Wrap diagnostics so that pydantic collects them among its own errors."""
    return PydanticCustomError("diagnostics", "see the context", {"diagnostics": list(error.diagnostics)})


def place_of(raw: Any) -> Place | None:
    """Return where a raw value stood, when it knows."""
    return raw.place if isinstance(raw, (Text, Mapping, Listing)) else None
