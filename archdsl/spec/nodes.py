"""The primitives that an author writes, as immutable pydantic models."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from archdsl.errors import Diagnostic, SpecError, nearest
from archdsl.source import Place
from archdsl.spec.expressions import is_expression
from archdsl.spec.pieces import (
    MODIFIERS,
    PRIMITIVES,
    Drawn,
    EdgeName,
    InstanceName,
    LetName,
    LoopName,
    Node,
    OptionalLoopName,
    Value,
    build,
    collect,
    defined,
    head_place,
    item_place,
    misses,
    reader,
    span_at,
    wanted,
)
from archdsl.spec.reading import Reading, describe
from archdsl.spec.steps import (
    STEPS,
    AnyMerge,
    Body,
    Call,
    MergeChoice,
    MergeOp,
    MergeStep,
    Named,
    OptionalBody,
    Rename,
    SeqStep,
    Step,
    read_all,
    read_body,
    read_step,
)
from archdsl.spec.values import check_part_name, is_hole, place_of, read_value

__all__ = [
    "MODIFIERS",
    "PRIMITIVES",
    "SHORTCUTS",
    "STEPS",
    "Body",
    "Branch",
    "BranchStep",
    "Call",
    "Cell",
    "CellStep",
    "Chain",
    "ChoiceStep",
    "Drawn",
    "IfStep",
    "LetStep",
    "MergeChoice",
    "MergeOp",
    "MergeStep",
    "Named",
    "Node",
    "Rename",
    "Repeat",
    "RepeatStep",
    "SeqStep",
    "Skip",
    "SkipStep",
    "Some",
    "Step",
    "StepOptions",
    "Value",
    "WhereStep",
    "build",
    "defined",
    "head_place",
    "wanted",
]


def read_option(raw: Any, reading: Reading) -> tuple[Step, ...]:
    """Read an option of a choice between bodies: a list of steps, or a single step."""
    return (read_step(raw, reading, place_of(raw)),) if isinstance(raw, (str, dict)) else read_body(raw, reading)


class Some(Drawn):
    """A subset of paths, drawn: how many, then which."""

    title: ClassVar[str] = "a subset of paths"

    some: Annotated[tuple[Any, ...], reader(read_all(read_option))]
    count: Value


def read_paths(raw: Any, reading: Reading) -> Any:
    """Read the paths of a branch: a list of bodies, a mapping with names, or a subset to be drawn."""
    if isinstance(raw, dict) and "some" in raw:
        return build(Some, raw, reading)
    if isinstance(raw, dict):
        return collect(lambda key: _read_path(raw[key], reading, item_place(raw, key), key), ((str(key), key) for key in raw))
    if not isinstance(raw, (list, tuple)):
        raise wanted("a list of paths, each a list of steps", raw)
    numbers = enumerate(range(len(raw)))
    return tuple(collect(lambda number: _read_path(raw[number], reading, item_place(raw, number)), numbers).values())


def _read_path(raw: Any, reading: Reading, place: Place | None, name: Any = None) -> tuple[Step, ...]:
    if name is not None:
        check_part_name(name, "the name of a path", place_of(name))
    if isinstance(raw, (list, tuple)):
        return read_body(raw, reading)
    message = f"a path is a list of steps, got {describe(raw)}"
    raise SpecError(Diagnostic("E103", message, span_at(place), "put brackets around it; `[]` is the identity"))


Paths = Annotated[Any, reader(read_paths), defined("paths")]


class Chain(Node):
    """Feeds the output of the path before into a path (Res2Net's hierarchy, arXiv:1904.01169)."""

    form: ClassVar[str] = "a mapping such as `{merge: add}`"

    merge: AnyMerge = Field(description="How the two are joined.")
    when: Value = Field(True, description="For which paths; the index of the branch is in scope.")


class Branch(Node):
    """Several paths side by side, joined by a merge."""

    form: ClassVar[str] = "a mapping such as `{paths: [[...], [...]], merge: add}`"

    paths: Paths = Field(None, description="The paths, as a list, or as a mapping with names.")
    times: Value = Field(None, description="How many paths are made from `path`.")
    index: OptionalLoopName = Field(None, description="The name under which a path sees its number, from 0.")
    path: OptionalBody = Field(None, description="The body that each of `times` paths is made from.")
    split: Literal["channels"] | None = Field(None, description="Path i gets the i-th equal slice of the channels instead of all.")
    chain: Chain | None = Field(None, description="Path i also gets the output of path i - 1.")
    merge: AnyMerge = Field(description="How the outputs are joined.")

    @model_validator(mode="after")
    def _one_form(self) -> "Branch":
        if (self.paths is None) == (self.path is None):
            raise misses(f"takes either `paths`, or `path` with `times`, got {'neither' if self.paths is None else 'both'}")
        if (self.path is None) != (self.times is None):
            raise misses(f"takes `path` and `times` together, got only `{'path' if self.times is None else 'times'}`")
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
    near = nearest(raw, SHORTCUTS) if isinstance(raw, str) else None
    raise wanted(", ".join(f"`{word}`" for word in SHORTCUTS) + " or a list of steps", raw, f"did you mean `{near}`?" if near else None)


Shortcut = Annotated[Any, reader(read_shortcut), defined("shortcut")]


class Skip(Node):
    """A body and a way around it."""

    form: ClassVar[str] = "a list of steps, or a mapping such as `{body: [...], shortcut: project}`"

    body: Body = Field(description="What is bypassed.")
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

    form: ClassVar[str] = "a mapping such as `{times: 3, body: [...]}`"

    times: Value = Field(None, description="How often.")
    over: dict[LoopName, Value] | None = Field(None, description="Lists of equal length that are walked together.", min_length=1)
    index: OptionalLoopName = Field(None, description="The name under which the body sees the number of the round, from 0.")
    body: Body = Field(description="What is repeated.")

    @model_validator(mode="after")
    def _one_form(self) -> "Repeat":
        if (self.times is None) == (self.over is None):
            raise misses(f"takes either `times` or `over`, got {'neither' if self.times is None else 'both'}")
        return self


class RepeatStep(Step):
    """A loop."""

    repeat: Repeat


class IfStep(Step):
    """One of two bodies."""

    if_: Value = Field(alias="if", description="A condition.")
    then: Body = Field(description="The body where it is true.")
    else_: Body = Field((), alias="else", description="The body where it is false; nothing when it is left out.")


class LetStep(Step):
    """Names values."""

    let: dict[LetName, Value] = Field(min_length=1)


class Cell(Node):
    """A small directed acyclic graph with bodies on its edges."""

    form: ClassVar[str] = "a mapping such as `{nodes: 3, edges: {...}}`"

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

    form: ClassVar[str] = "a list of bodies, or a mapping such as `{options: [...], weights: [...]}`"

    options: Annotated[tuple[Any, ...], reader(read_all(read_option))]
    weights: Value = None

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        return {"options": raw} if isinstance(raw, (list, tuple)) else raw


class ChoiceStep(Step):
    """A body that is drawn, afresh every time it is reached."""

    choice: StepOptions


STEPS.update(
    {
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
)
