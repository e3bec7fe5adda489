"""Steps and bodies: how a step is read, calls by name, and merges. The primitives are in ``nodes``.

Every step is known by its single head key, so a mistake gives one error. Fields carry the words of the document; ``as``, ``from``, ``if`` and
``else``, which Python keeps for itself, get an underscore.
"""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import Field

from archdsl.errors import Diagnostic, Span, SpecError, nearest
from archdsl.source import Mapping, Place
from archdsl.spec.expressions import Expression, is_expression
from archdsl.spec.pieces import (
    MODIFIERS,
    PRIMITIVES,
    Drawn,
    Label,
    Node,
    Origin,
    Value,
    build,
    collect,
    defined,
    head_place,
    heads_of,
    made,
    reader,
    span_at,
    wanted,
)
from archdsl.spec.reading import Reading, describe, field_span, read_argument
from archdsl.spec.values import is_hole, place_of

STEPS: dict[str, type["Step"]] = {}
"""The model of every step, by its head; ``nodes`` fills it in."""


def head_of(step: "Step") -> str:
    """Return the word that a step stands under: the name of a call, or that of its primitive."""
    if isinstance(step, Call):
        return str(step.name.text) if isinstance(step.name, Expression) else str(step.name)
    return next(head for head, model in STEPS.items() if model is type(step))


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
    if len(heads) > 1:
        return None
    return heads[0] if heads[0] in PRIMITIVES else "call"


class Step(Node):
    """What all steps share."""

    as_: Label = Field(None, alias="as", description="Names the value that the step gives.")
    from_: Origin = Field(None, alias="from", description="Takes the input from named values instead of the step before.")
    when: Value = Field(True, description="When false the step is left out: it passes its input on.")


def read_step(raw: Any, reading: Reading, place: Place | None = None) -> Step:
    """Read one step; its head decides which model it is."""
    kind = _kind_of_step(raw)
    if kind is None:
        raise SpecError(_no_step(raw, place, reading))
    if kind == "call" and (isinstance(raw, str) or len(raw) == 1):
        return _bare_call(raw, reading)
    return build(STEPS[kind], raw, reading)  # type: ignore[no-any-return]


def _bare_call(raw: Any, reading: Reading) -> "Call":
    """Read a call without modifiers, as most steps are."""
    name, argument = (raw, None) if isinstance(raw, str) else next(iter(raw.items()))
    step = made(Call, raw, name=name, argument=argument)
    step._finish(reading)
    return step


def read_body(raw: Any, reading: Reading) -> tuple[Step, ...]:
    """Read a list of steps."""
    if not isinstance(raw, (list, tuple)):
        raise wanted("a list of steps", raw, "put brackets around it" if isinstance(raw, (str, dict)) else None)
    places = getattr(raw, "places", [None] * len(raw))
    steps = collect(lambda pair: read_step(pair[0], reading, pair[1]), enumerate(zip(raw, places)))
    return tuple(steps.values())


def _no_step(raw: Any, place: Place | None, reading: Reading) -> Diagnostic:
    if not isinstance(raw, dict) or not raw:
        got = "an empty mapping" if raw == {} else describe(raw)
        return Diagnostic("E105", f"a step is a word or a mapping with one head, got {got}", span_at(place))
    heads = heads_of(raw)
    if not heads:
        return Diagnostic("E105", "this step has no head: an op, a block or a primitive", span_at(head_place(raw)))
    first, second = heads[:2]
    span = span_at(raw.key_place(second) if isinstance(raw, Mapping) else place)
    modifier = nearest(second, MODIFIERS)
    if modifier and second not in (*reading.ops, *reading.blocks, *PRIMITIVES, *_fields_behind(first, reading)):
        return Diagnostic("E101", f"the step `{first}` has no field `{second}`", span, f"did you mean `{modifier}`?")
    words = ", ".join(f"`{head}`" for head in heads)
    return Diagnostic("E105", f"a step has one head, got {words}", span, _one_head_help(raw, first, second, reading))


def _one_head_help(raw: Any, first: str, second: str, reading: Reading) -> str:
    fields = _fields_behind(first, reading)
    if second not in fields:
        return f"write them one below the other: `- {first}`, `- {second}`"
    if raw[first] is None:
        return f"`{second}` is a field of `{first}`: indent it further"
    start = f"{fields[0]}: ..., " if fields[0] != second else ""
    return f"`{second}` is a field of `{first}`: write `{first}: {{{start}{second}: ...}}`"


def _fields_behind(head: str, reading: Reading) -> list[str]:
    """Return the words that may stand behind a head."""
    if head in reading.ops:
        return list(reading.ops[head].model_fields)
    if head in reading.blocks:
        return list(reading.blocks[head].arguments)
    field = STEPS[head].model_fields.get(head) if head in STEPS else None
    inner = field.annotation if field else None
    return list(inner.model_fields) if isinstance(inner, type) and issubclass(inner, Node) else []


Body = Annotated[tuple[Any, ...], reader(read_body), defined("body")]
"""A list of steps, each fed by the one before it."""

OptionalBody = Annotated[tuple[Any, ...] | None, reader(read_body), defined("body")]


class Named(Node):
    """Something with a name, a word or an expression, and an argument."""

    name: Any
    argument: Any = None
    op: ClassVar[Any] = None
    """The op itself, when the name is one and its fields are all literal."""

    def argument_span(self, *path: str) -> Span | None:
        """Return the place of a field of the argument, of its key with ``"key"`` before it, and of the step for nothing."""
        head = next((key for key in self.raw if key not in MODIFIERS), "") if isinstance(self.raw, Mapping) else ""
        argument = self.raw[head] if head else None
        return field_span(argument, path, self.place, self.at(head))  # type: ignore[no-any-return]

    def _finish(self, reading: Reading) -> None:
        if is_expression(self.name):
            name: Any = Expression.parse(self.name)
            reading.check_names(name)
            argument, op = read_argument(self.argument, reading), None
        else:
            argument, op = reading.read_call(self.name, self.argument, place_of(self.name), self.at(self.name))
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

    gate: OptionalBody = None

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        if isinstance(raw, str):
            raw = {raw: None}
        ((head, argument),) = raw.items()
        if head == "gate" and isinstance(argument, (list, tuple)):
            return {"name": head, "gate": argument}
        return {"name": head, "argument": argument}

    def _finish(self, reading: Reading) -> None:
        if not is_expression(self.name):
            reading.check_merge(self.name, place_of(self.name))
        super()._finish(reading)


def read_merge(raw: Any, reading: Reading) -> Any:
    """Read a merge, drawn or not."""
    if is_hole(raw) and "choice" in raw:
        return build(MergeChoice, raw, reading)
    if not isinstance(raw, str) and not (isinstance(raw, dict) and len(raw) == 1):
        raise wanted("one merge, such as `add` or `{concat: {dim: 0}}`", raw)
    return build(MergeOp, raw, reading)


AnyMerge = Annotated[Any, reader(read_merge), defined("merge")]


def read_all(read: Callable[[Any, Reading], Any]) -> Callable[[Any, Reading], tuple[Any, ...]]:
    def read_all(raw: Any, reading: Reading) -> tuple[Any, ...]:
        if not isinstance(raw, (list, tuple)) or not raw:
            raise wanted("a list of at least one option", raw)
        return tuple(collect(lambda each: read(each, reading), enumerate(raw)).values())

    return read_all


class MergeChoice(Drawn):
    """A merge that is drawn."""

    choice: Annotated[tuple[Any, ...], reader(read_all(read_merge))]
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
