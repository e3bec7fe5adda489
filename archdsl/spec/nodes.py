"""The steps that an author writes, as immutable pydantic models.

Every step is known by its single head key, so a mistake gives one error. Fields carry the words of the document; ``as``, ``from``, ``if`` and ``else``,
which Python keeps for itself, get an underscore. A model knows its place, which takes no part in comparison.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from archdsl.errors import Diagnostic, Span, SpecError
from archdsl.source import Mapping, Place, Text
from archdsl.spec.expressions import NAME, Expression, is_expression
from archdsl.spec.explaining import explain
from archdsl.spec.reading import Reading, describe, read_argument
from archdsl.spec.values import as_validation_error, check_name, check_part_name, is_hole, place_of, read_value


class Node(BaseModel):
    """A piece of a document. Equality is about what was written, not where."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=(), defer_build=True)
    place: ClassVar[Place | None] = None
    """Where the piece stood in its source; set on the instance while it is read, and no field: it takes no part in comparison."""

    @model_validator(mode="wrap")
    @classmethod
    def _locate(cls, raw: Any, handler: Any, info: ValidationInfo) -> Any:
        try:
            node = handler(cls._unfold(raw, info.context))
            node._finish(info.context)
        except SpecError as error:
            raise as_validation_error(error) from None
        node.__dict__["place"] = head_place(raw)
        return node

    def _finish(self, reading: Reading) -> None:
        """Resolve what needs the vocabulary, once the fields are read."""

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        """Bring a short form to the long one."""
        return raw

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(getattr(self, name) == getattr(other, name) for name in type(self).model_fields)

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))


def wanted(what: str, raw: Any) -> PydanticCustomError:
    """Return the error for a value of another sort than the grammar has here."""
    return PydanticCustomError("expected", "{wanted}", {"wanted": what, "got": describe(raw)})


# --- values and names ---------------------------------------------------------------------------------------------------------------------


def _value(raw: Any, info: ValidationInfo) -> Any:
    reading: Reading = info.context
    try:
        value = read_value(raw, reading.counter)
        reading.check_names(value)
    except SpecError as error:
        raise as_validation_error(error) from None
    return value


Value = Annotated[Any, BeforeValidator(_value)]
"""A literal, an expression or a hole, anywhere inside lists and mappings."""


def _part_name(what: str) -> BeforeValidator:
    def check(raw: Any, info: ValidationInfo) -> str:
        try:
            name = check_part_name(raw, what, place_of(raw))
            info.context.check_free(name, what, place_of(raw))
        except SpecError as error:
            raise as_validation_error(error) from None
        return name

    return BeforeValidator(check)


def read_path_name(raw: Any, reading: Reading) -> str:
    """Read the name of a path, which becomes part of its nodes' names."""
    return check_part_name(raw, "the name of a path", place_of(raw))


def _edge(raw: Any) -> str:
    if not re.fullmatch(r"(0|[1-9][0-9]{0,3})->(0|[1-9][0-9]{0,3})", str(raw)):
        raise wanted("an edge such as `0->1`", raw)
    return str(raw)


def _let_name(raw: Any) -> str:
    try:
        return check_name(raw, "a name for `let`", place_of(raw))
    except SpecError as error:
        raise as_validation_error(error) from None


LoopName = Annotated[str, _part_name("a loop name")]
Label = Annotated[str, _part_name("a label")]
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
    raise wanted("the name of a value, or an expression that gives one", raw)


def _origin(raw: Any, info: ValidationInfo) -> Any:
    if isinstance(raw, (list, tuple)):
        return tuple(_reference(each, info) for each in raw)
    if isinstance(raw, dict):
        return {str(key): _reference(value, info) for key, value in raw.items()}
    return _reference(raw, info)


Origin = Annotated[Any, BeforeValidator(_origin)]
"""Where a step takes its input: a name, a list of names, or names by role."""


# --- steps --------------------------------------------------------------------------------------------------------------------------------

MODIFIERS = ("as", "from", "when", "share", "then", "else")
PRIMITIVES = ("seq", "branch", "skip", "repeat", "if", "let", "cell", "where", "merge", "choice")


def heads_of(raw: Any) -> list[str]:
    """Return the keys of a step that are not modifiers."""
    return [key for key in raw if key not in MODIFIERS]


def head_place(raw: Any) -> Place | None:
    """Return where a step's head stood."""
    if isinstance(raw, Mapping):
        heads = heads_of(raw)
        return raw.key_place(heads[0] if heads else next(iter(raw), ""))
    return place_of(raw)


def _kind_of_step(raw: Any) -> str | None:
    if isinstance(raw, (list, tuple)):
        return "seq"
    if isinstance(raw, str):
        return "call"
    if not isinstance(raw, dict) or not raw:
        return None
    heads = heads_of(raw)
    if not heads:
        return "rename" if set(raw) <= {"as", "from"} else None
    primitives = [head for head in heads if head in PRIMITIVES]
    if len(primitives) == 1:
        return primitives[0]
    return "call" if len(heads) == 1 else None


class Step(Node):
    """What all steps share."""

    as_: Label | None = Field(None, alias="as", description="Names the value that the step gives.")
    from_: Origin = Field(None, alias="from", description="Takes the input from named values instead of the step before.")
    when: Value = Field(True, description="When false the step is left out: it passes its input on.")


def build(model: type[Any], raw: Any, reading: Reading) -> Any:
    """Validate one piece of a document; raise :class:`SpecError` with everything that is wrong in it."""
    try:
        return model.model_validate(raw, context=reading)
    except ValidationError as error:
        raise SpecError(explain(error, raw)) from None


def collect(model_of: Callable[[Any], Any], items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Read several pieces; raise :class:`SpecError` with the findings of all of them."""
    made, wrong = {}, []
    for key, raw in items:
        try:
            made[key] = model_of(raw)
        except SpecError as error:
            wrong += error.diagnostics
    if wrong:
        raise SpecError(wrong)
    return made


def read_step(raw: Any, reading: Reading, place: Place | None = None) -> Step:
    """Read one step; its head decides which model it is."""
    kind = _kind_of_step(raw)
    if kind is None:
        raise SpecError(_no_step(raw, place))
    return build(STEPS[kind], raw, reading)  # type: ignore[no-any-return]


def read_body(raw: Any, reading: Reading) -> tuple[Step, ...]:
    """Read a list of steps."""
    if not isinstance(raw, (list, tuple)):
        raise wanted("a list of steps" + (" (put it in brackets)" if isinstance(raw, (str, dict)) else ""), raw)
    places = getattr(raw, "places", [None] * len(raw))
    made = collect(lambda pair: read_step(pair[0], reading, pair[1]), enumerate(zip(raw, places)))
    return tuple(made.values())


def _no_step(raw: Any, place: Place | None) -> Diagnostic:
    span = place.span() if place else None
    if not isinstance(raw, dict) or not raw:
        return Diagnostic("E105", f"a step is a word or a mapping with one head, got {describe(raw)}", span)
    heads = heads_of(raw)
    if not heads:
        return Diagnostic("E105", "this step has no head: an op, a block or a primitive", _key_span(raw, next(iter(raw)), span))
    words = ", ".join(f"`{head}`" for head in heads)
    help = f"write them one below the other: `- {heads[0]}`, `- {heads[1]}`; arguments of `{heads[0]}` go into braces behind it"
    return Diagnostic("E105", f"a step has one head, got {words}", _key_span(raw, heads[1], span), help)


def _key_span(raw: Any, key: str, default: Span | None) -> Span | None:
    return raw.key_place(key).span() if isinstance(raw, Mapping) else default


def reader(read: Callable[[Any, Reading], Any]) -> Any:
    """Return a pydantic validator that reads a piece with its own models, so that no union is ever tried out."""

    def validate(raw: Any, info: ValidationInfo) -> Any:
        try:
            return read(raw, info.context)
        except SpecError as error:
            raise as_validation_error(error) from None

    return PlainValidator(validate)


Body = Annotated[tuple[Any, ...], reader(read_body), WithJsonSchema({"$ref": "#/$defs/body"})]
"""A list of steps, each fed by the one before it."""


class Drawn(Node):
    """Something of which a part is drawn; ``address`` says where in the document, the same for equal documents."""

    address: ClassVar[str] = ""

    def _finish(self, reading: Reading) -> None:
        self.__dict__["address"] = reading.counter.address()


class Named(Node):
    """Something with a name, a word or an expression, and an argument."""

    name: Any
    argument: Any = None
    op: ClassVar[Any] = None
    """The op itself, when the name is one and its fields are all literal."""

    def _finish(self, reading: Reading) -> None:
        if is_expression(self.name):
            name: Any = Expression.parse(self.name)
            reading.check_names(name)
            argument, op = read_argument(self.argument, reading), None
        else:
            argument, op = reading.read_call(self.name, self.argument, place_of(self.name))
            name = str(self.name)
        self.__dict__.update(name=name, argument=argument, op=op)


class Call(Named, Step):
    """An op, a block or a shared instance by its name, with arguments."""

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        if isinstance(raw, str):
            raw = {raw: None}
        (head,) = heads_of(raw)
        modifiers = {key: value for key, value in raw.items() if key in MODIFIERS}
        return {**modifiers, "name": head, "argument": raw[head]}


class Rename(Step):
    """``{as: x}`` names the value as it stands; ``{from: x}`` goes on from a named one."""


class SeqStep(Step):
    """Steps one after the other."""

    seq: Body

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        return {"seq": raw} if isinstance(raw, (list, tuple)) else raw


class MergeOp(Named):
    """An op of several values: ``add``, ``{concat: {dim: 0}}``, or ``{gate: [...]}`` with a body that gives the gate."""

    gate: Body = None

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        if isinstance(raw, str):
            raw = {raw: None}
        if not isinstance(raw, dict) or len(raw) != 1:
            raise wanted("a merge: `add`, `{concat: {dim: 0}}`, ...", raw)
        ((head, argument),) = raw.items()
        if head == "gate" and isinstance(argument, (list, tuple)):
            return {"name": head, "gate": argument}
        return {"name": head, "argument": argument}

    def _finish(self, reading: Reading) -> None:
        super()._finish(reading)
        if isinstance(self.name, str) and self.name not in reading.ops:
            raise SpecError(Diagnostic("E104", f"`{self.name}` is no merge; a merge is an op of several values"))


def read_merge(raw: Any, reading: Reading) -> Any:
    """Read a merge, drawn or not."""
    return build(MergeChoice if is_hole(raw) and "choice" in raw else MergeOp, raw, reading)


AnyMerge = Annotated[Any, reader(read_merge), WithJsonSchema({"$ref": "#/$defs/merge"})]


def _read_all(read: Callable[[Any, Reading], Any]) -> Callable[[Any, Reading], tuple[Any, ...]]:
    def read_all(raw: Any, reading: Reading) -> tuple[Any, ...]:
        if not isinstance(raw, (list, tuple)) or not raw:
            raise wanted("a list of at least one option", raw)
        return tuple(collect(lambda each: read(each, reading), enumerate(raw)).values())

    return read_all


class MergeChoice(Drawn):
    """A merge that is drawn."""

    choice: Annotated[tuple[Any, ...], reader(_read_all(read_merge))]
    weights: Value = None

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        body = raw["choice"]
        if not isinstance(body, dict):
            return raw
        return {"choice": body.get("options"), **{key: value for key, value in body.items() if key != "options"}}


class MergeStep(Step):
    """Joins several named values with an op."""

    merge: AnyMerge


def read_option(raw: Any, reading: Reading) -> tuple[Step, ...]:
    """Read an option of a choice between bodies: a list of steps, or a single step."""
    return (read_step(raw, reading, place_of(raw)),) if isinstance(raw, (str, dict)) else read_body(raw, reading)


class Some(Drawn):
    """A subset of paths, drawn: how many, then which."""

    some: Annotated[tuple[Any, ...], reader(_read_all(read_option))]
    count: Value


def read_paths(raw: Any, reading: Reading) -> Any:
    """Read the paths of a branch: a list of bodies, a mapping with names, or a subset to be drawn."""
    if isinstance(raw, dict) and "some" in raw:
        return build(Some, raw, reading)
    if isinstance(raw, dict):
        named = {read_path_name(key, reading): body for key, body in raw.items()}
        return collect(lambda body: _read_path(body, reading), named.items())
    if not isinstance(raw, (list, tuple)):
        raise wanted("a list of paths, each a list of steps", raw)
    return tuple(collect(lambda body: _read_path(body, reading), enumerate(raw)).values())


def _read_path(raw: Any, reading: Reading) -> tuple[Step, ...]:
    if isinstance(raw, (list, tuple)):
        return read_body(raw, reading)
    place = raw.key_place(next(iter(raw), "")) if isinstance(raw, Mapping) else place_of(raw)
    message = f"a path is a list of steps, got {describe(raw)}"
    raise SpecError(Diagnostic("E103", message, place.span() if place else None, "put brackets around it; `[]` is the identity"))


Paths = Annotated[Any, reader(read_paths), WithJsonSchema({"$ref": "#/$defs/paths"})]


class Chain(Node):
    """Feeds the output of the path before into a path (Res2Net's hierarchy, arXiv:1904.01169)."""

    merge: AnyMerge
    when: Value = True


class Branch(Node):
    """Several paths side by side, joined by a merge."""

    paths: Paths = Field(None, description="The paths, as a list, or as a mapping with names.")
    times: Value = Field(None, description="How many paths are made from `path`.")
    index: LoopName | None = Field(None, description="The name under which a path sees its number, from 0.")
    path: Body = Field(None, description="The body that each of `times` paths is made from.")
    split: Literal["channels"] | None = Field(None, description="Path i gets the i-th equal slice of the channels instead of all.")
    chain: Chain | None = Field(None, description="Path i also gets the output of path i - 1.")
    merge: AnyMerge = Field(description="How the outputs are joined.")

    @model_validator(mode="after")
    def _one_form(self) -> Branch:
        if (self.paths is None) == (self.path is None):
            raise wanted("either `paths`, or `path` with `times`", "both" if self.paths is not None else "neither")
        if (self.path is None) != (self.times is None):
            raise wanted("`times` and `path` together", "one of them")
        return self


class BranchStep(Step):
    """Paths from one value to one value."""

    branch: Branch


SHORTCUTS = ("auto", "identity", "project", "pad", "pool_project")


def read_shortcut(raw: Any, reading: Reading) -> Any:
    """Read the way around a body: a word, a drawn or computed word, or steps."""
    if isinstance(raw, (list, tuple)):
        return read_body(raw, reading)
    if raw in SHORTCUTS:
        return str(raw)
    if is_hole(raw) or is_expression(raw):
        value = read_value(raw, reading.counter)
        reading.check_names(value)
        return value
    raise wanted(", ".join(f"`{word}`" for word in SHORTCUTS) + " or a list of steps", raw)


Shortcut = Annotated[Any, reader(read_shortcut), WithJsonSchema({"anyOf": [{"enum": list(SHORTCUTS)}, {"$ref": "#/$defs/body"}]})]


class Skip(Node):
    """A body and a way around it."""

    body: Body
    shortcut: Shortcut = Field("auto", description="What happens on the way around: `auto`, `identity`, `project`, `pad`, `pool_project` or steps.")
    merge: AnyMerge = Field(default_factory=lambda: MergeOp.model_construct(name="add"), description="How [shortcut, body] are joined.")

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        return {"body": raw} if isinstance(raw, (list, tuple)) else raw


class SkipStep(Step):
    """A bypass."""

    skip: Skip


class Repeat(Node):
    """A body several times over."""

    times: Value = Field(None, description="How often.")
    over: dict[LoopName, Value] | None = Field(None, description="Lists of equal length that are walked together.", min_length=1)
    index: LoopName | None = Field(None, description="The name under which the body sees the number of the round, from 0.")
    body: Body

    @model_validator(mode="after")
    def _one_form(self) -> Repeat:
        if (self.times is None) == (self.over is None):
            raise wanted("either `times` or `over`", "neither" if self.times is None else "both")
        return self


class RepeatStep(Step):
    """A loop."""

    repeat: Repeat


class IfStep(Step):
    """One of two bodies."""

    if_: Value = Field(alias="if")
    then: Body
    else_: Body = Field((), alias="else")


class LetStep(Step):
    """Names values."""

    let: dict[LetName, Value] = Field(min_length=1)


class Cell(Node):
    """A small directed acyclic graph with bodies on its edges."""

    nodes: Value = Field(description="How many nodes, the inputs among them.")
    edges: dict[EdgeName, Body] = Field(description='Bodies by edge: `"0->1": [...]`.')
    merge: AnyMerge = Field(default_factory=lambda: MergeOp.model_construct(name="add"), description="How the edges that enter a node are joined.")
    output: Value = Field("last", description="`last`, the number of a node, or a list of numbers whose values are concatenated.")


class CellStep(Step):
    """A cell."""

    cell: Cell


class WhereStep(Step):
    """Makes instances whose weights all their uses share."""

    where: dict[InstanceName, Body] = Field(min_length=1)
    share: Value = Field(None, description="Only these ops are shared; the rest is private to each use.")


class StepOptions(Drawn):
    """Bodies of which one is drawn."""

    options: Annotated[tuple[Any, ...], reader(_read_all(read_option))]
    weights: Value = None

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        return {"options": raw} if isinstance(raw, (list, tuple)) else raw


class ChoiceStep(Step):
    """A body that is drawn, afresh every time it is reached."""

    choice: StepOptions


STEPS: dict[str, type[Step]] = {
    "call": Call,
    "rename": Rename,
    "seq": SeqStep,
    "branch": BranchStep,
    "skip": SkipStep,
    "repeat": RepeatStep,
    "if": IfStep,
    "let": LetStep,
    "cell": CellStep,
    "where": WhereStep,
    "merge": MergeStep,
    "choice": ChoiceStep,
}
"""The model of every step, by its head."""
