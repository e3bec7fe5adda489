"""What all pieces of a document share: the model with its place, names, values, and reading without trying out unions."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationError, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from archdsl.errors import MAX_FINDINGS, Diagnostic, Span, SpecError
from archdsl.source import Listing, Mapping, Place, Text
from archdsl.spec.explaining import explain
from archdsl.spec.expressions import NAME, is_expression
from archdsl.spec.reading import Reading, describe
from archdsl.spec.values import as_validation_error, check_name, check_part_name, place_of, read_value

MODIFIERS = ("as", "from", "when", "share", "then", "else")
PRIMITIVES = ("seq", "branch", "skip", "repeat", "if", "let", "cell", "where", "merge", "choice")


class Node(BaseModel):
    """A piece of a document. Equality is about what was written, not where."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=(), defer_build=True)
    place: ClassVar[Place | None] = None
    """Where the piece stood in its source; set on the instance while it is read, and no field: it takes no part in comparison."""
    raw: ClassVar[Any] = None
    """The data that the piece was read from, which knows the place of every field; no field either."""
    form: ClassVar[str] = "a mapping"
    """What an author writes here, for messages."""
    title: ClassVar[str] = ""
    """What the piece is called in messages, where that is not its head."""

    @model_validator(mode="wrap")
    @classmethod
    def _locate(cls, raw: Any, handler: Any, info: ValidationInfo) -> Any:
        reading = cast(Reading, info.context)
        try:
            node = handler(cls._unfold(raw, reading))
            node.__dict__.update(place=head_place(raw), raw=raw)
            node._finish(reading)
        except SpecError as error:
            raise as_validation_error(error) from None
        return node

    def _finish(self, reading: Reading) -> None:
        """Resolve what needs the vocabulary, once the fields are read."""

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        """Bring a short form to the long one."""
        return raw

    def at(self, field: str) -> Place | None:
        """Return the place of the value that a field was given, or of the piece when the field was not written."""
        return self.raw.places.get(field, self.place) if isinstance(self.raw, Mapping) else self.place

    def key_at(self, field: str) -> Place | None:
        """Return the place of a field's key, or of the piece when the field was not written."""
        return self.raw.key_place(field) if isinstance(self.raw, Mapping) and field in self.raw else self.place

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(getattr(self, name) == getattr(other, name) for name in type(self).model_fields)

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))


_N = TypeVar("_N", bound=Node)


def made(model: type[_N], raw: Any, **values: Any) -> _N:
    """Return a piece of which every value is known to be right; the same as validation would give, and much sooner."""
    piece = model.__new__(model)
    object.__setattr__(piece, "__dict__", {**_defaults(model), **values, "place": head_place(raw), "raw": raw})
    object.__setattr__(piece, "__pydantic_fields_set__", set(values))
    object.__setattr__(piece, "__pydantic_extra__", None)
    object.__setattr__(piece, "__pydantic_private__", None)
    return piece


@cache
def _defaults(model: type[Node]) -> dict[str, Any]:
    return {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}


def heads_of(raw: Any) -> list[str]:
    """Return the keys of a step that are not modifiers."""
    return [key for key in raw if key not in MODIFIERS]


def head_place(raw: Any) -> Place | None:
    """Return where a step's head stood."""
    if not isinstance(raw, Mapping):
        return place_of(raw)
    first = next(iter(raw), None)
    if first in MODIFIERS:
        first = next((key for key in raw if key not in MODIFIERS), None) or first
    return first.place if isinstance(first, Text) else raw.place


def item_place(raw: Any, key: Any) -> Place | None:
    """Return where an item of a list or a value of a mapping stood."""
    known = (isinstance(raw, Mapping) and key in raw) or (isinstance(raw, Listing) and key < len(raw))
    return raw.places[key] if known else None


def span_at(place: Place | None) -> Span | None:
    """Return a place in lines and columns."""
    return place.span() if place is not None else None


def wanted(what: str, raw: Any, help: str | None = None) -> PydanticCustomError:
    """Return the error for a value of another sort than the grammar has here; its place is that of the field."""
    return PydanticCustomError("expected", "{wanted}", {"wanted": what, "got": describe(raw), "help": help})


def misses(message: str) -> PydanticCustomError:
    """Return the error for fields that do not go together; the message goes on from the name of the piece."""
    return PydanticCustomError("form", "{message}", {"message": message})


# --- values and names ---------------------------------------------------------------------------------------------------------------------


def defined(name: str) -> WithJsonSchema:
    """Refer to a definition of the JSON Schema."""
    return WithJsonSchema({"x-definition": name})


def _value(raw: Any, info: ValidationInfo) -> Any:
    if raw is None or type(raw) in (int, float, bool):
        return raw
    reading = cast(Reading, info.context)
    try:
        value = read_value(raw, reading.counter)
        reading.check_names(value)
    except SpecError as error:
        raise as_validation_error(error) from None
    return value


Value = Annotated[Any, BeforeValidator(_value), defined("value")]
"""A literal, an expression or a hole, anywhere inside lists and mappings."""


def _part_name(what: str) -> BeforeValidator:
    def check(raw: Any, info: ValidationInfo) -> str:
        if not isinstance(raw, str):
            raise wanted("a name", raw)
        reading = cast(Reading, info.context)
        try:
            name = check_part_name(raw, what, place_of(raw))
            reading.check_free(name, what, place_of(raw))
        except SpecError as error:
            raise as_validation_error(error) from None
        return name

    return BeforeValidator(check)


def check_all(names: Any, check: Callable[[Any], Any]) -> None:
    """Check every key of a mapping; raise one pydantic error with the findings about all of them."""
    try:
        collect(check, ((name, name) for name in names))
    except SpecError as error:
        raise as_validation_error(error) from None


def _edge(raw: Any) -> str:
    if not re.fullmatch(r"(0|[1-9][0-9]{0,3})->(0|[1-9][0-9]{0,3})", str(raw)):
        message = f"`{raw}` is no edge; an edge is written `0->1`, from one node to a later one"
        raise as_validation_error(SpecError(Diagnostic("E103", message, span_at(place_of(raw)))))
    return str(raw)


def _let_name(raw: Any) -> str:
    try:
        return check_name(raw, "a name for `let`", place_of(raw))
    except SpecError as error:
        raise as_validation_error(error) from None


LoopName = Annotated[str, _part_name("a loop name")]
OptionalLoopName = Annotated[str | None, _part_name("a loop name")]
Label = Annotated[str | None, _part_name("a label")]
EdgeName = Annotated[str, BeforeValidator(_edge)]
InstanceName = Annotated[str, _part_name("an instance")]
LetName = Annotated[str, BeforeValidator(_let_name)]


def _reference(raw: Any, info: ValidationInfo) -> Any:
    """Read what ``from`` names: a label is short for an expression."""
    if isinstance(raw, Text) and NAME.match(raw):
        text = Text("$" + raw)
        text.place, text.quoted = raw.place, raw.quoted
        return _value(text, info)
    if isinstance(raw, str) and is_expression(raw):
        return _value(raw, info)
    return None


_REFERENCE = "the name of a value, or an expression that gives one"


def _references(raw: Any, items: Iterable[tuple[Any, Any]], info: ValidationInfo) -> dict[Any, Any]:
    def read(pair: tuple[Any, Any]) -> Any:
        key, each = pair
        try:
            found = _reference(each, info)
        except PydanticCustomError as error:
            raise SpecError((error.context or {})["diagnostics"]) from None
        if found is None:
            message = f"`from` must list names of values, or expressions that give them, got {describe(each)}"
            raise SpecError(Diagnostic("E103", message, span_at(item_place(raw, key))))
        return found

    try:
        return collect(read, ((key, (key, each)) for key, each in items))
    except SpecError as error:
        raise as_validation_error(error) from None


def _origin(raw: Any, info: ValidationInfo) -> Any:
    if isinstance(raw, (list, tuple)):
        return tuple(_references(raw, enumerate(raw), info).values())
    if isinstance(raw, dict):
        return _references(raw, raw.items(), info)
    found = _reference(raw, info)
    if found is None:
        raise wanted(_REFERENCE, raw)
    return found


Origin = Annotated[Any, BeforeValidator(_origin), defined("origin")]
"""Where a step takes its input: a name, a list of names, or names by role."""


# --- reading ------------------------------------------------------------------------------------------------------------------------------


def build(model: type[Any], raw: Any, reading: Reading) -> Any:
    """Validate one piece of a document; raise :class:`SpecError` with everything that is wrong in it."""
    try:
        return model.model_validate(raw, context=reading)
    except ValidationError as error:
        raise SpecError(explain(error, raw, model, model.title or _title(raw))) from None


def _title(raw: Any) -> str:
    if isinstance(raw, dict):
        return f"`{next(iter([*heads_of(raw), *raw]), '')}`"
    return describe(raw)


def collect(model_of: Callable[[Any], Any], items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Read several pieces; raise :class:`SpecError` with the findings of all of them, or of as many as anyone reads."""
    made: dict[Any, Any] = {}
    wrong: list[Diagnostic] = []
    for key, raw in items:
        try:
            made[key] = model_of(raw)
        except SpecError as error:
            wrong += error.diagnostics
            if len(wrong) > MAX_FINDINGS:
                break
    if wrong:
        raise SpecError(wrong)
    return made


def reader(read: Callable[[Any, Reading], Any]) -> Any:
    """Return a pydantic validator that reads a piece with its own models, so that no union is ever tried out."""

    def validate(raw: Any, info: ValidationInfo) -> Any:
        try:
            return read(raw, cast(Reading, info.context))
        except SpecError as error:
            raise as_validation_error(error) from None

    return PlainValidator(validate)


class Drawn(Node):
    """Something of which a part is drawn; ``address`` says where in the document, the same for equal documents."""

    address: ClassVar[str] = ""

    def _finish(self, reading: Reading) -> None:
        self.__dict__["address"] = reading.counter.address()
