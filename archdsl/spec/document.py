"""A whole document: its header, vars, blocks, networks and variants."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from archdsl.errors import Diagnostic, Span, SpecError, did_you_mean
from archdsl.ops.fields import SCHEMES, Init
from archdsl.ops.shape import KINDS
from archdsl.source import Mapping, Place, Text
from archdsl.spec.expressions import is_expression
from archdsl.spec.nodes import Body, Node, Value, build, head_place, wanted
from archdsl.spec.reading import Reading, region_of
from archdsl.spec.values import Counter, as_validation_error, check_name, check_part_name, place_of

__all__ = ["Block", "Document", "Expect", "Initialization", "Network", "Variant"]

def _named(raw: Any) -> Any:
    """Hand every entry of a mapping its own key, so that it knows its name while it is read."""
    return {key: (key, value) for key, value in raw.items()} if isinstance(raw, dict) else raw


class Entry(Node):
    """A named entry of a mapping: a block, a network, a variant."""

    name: ClassVar[str] = ""
    """The key that the entry stands under."""

    @model_validator(mode="wrap")
    @classmethod
    def _locate(cls, raw: Any, handler: Any, info: ValidationInfo) -> Any:
        key, body = raw
        try:
            with cls._region(str(key), body, info.context):
                cls._check_key(key, info.context)
                entry = handler(cls._unfold(body, info.context))
        except SpecError as error:
            raise as_validation_error(error) from None
        entry.__dict__.update(name=str(key), place=place_of(key))
        return entry

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        return reading.within(region_of(Counter(name), raw, reading.variables))

    @classmethod
    def _check_key(cls, key: Any, reading: Reading) -> None:
        check_name(key, "a name", place_of(key))

def _argument_names(raw: Any) -> Any:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise wanted("a mapping of arguments: `{width: , stride: 1}`; one without a value is required", raw)
    try:
        for key in raw:
            check_name(key, "an argument", place_of(key))
    except SpecError as error:
        raise as_validation_error(error) from None
    return raw


class Block(Entry):
    """A reusable part of a network: arguments, of which those without a value are required, and a body."""

    args: Annotated[dict[str, Value], BeforeValidator(_argument_names)] = Field(default_factory=dict)
    body: Body

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        arguments = raw.get("args") if isinstance(raw, dict) else None
        names = {str(key): "an argument" for key in arguments} if isinstance(arguments, dict) else {}
        body = raw.get("body") if isinstance(raw, dict) else None
        return reading.within(region_of(Counter(name), body, reading.variables, names))

    @classmethod
    def _check_key(cls, key: Any, reading: Reading) -> None:
        check_part_name(key, "a block", place_of(key))
        what = "an op" if key in reading.ops else "a primitive" if key in reading.primitives else None
        if what:
            raise SpecError(Diagnostic("E111", f"the block `{key}` has the name of {what}", key.place.span(), f"try `{key}_block`"))


def _shape_value(raw: Any) -> Any:
    """Check the form of an input: a list of sizes, or ``{shape: [...], kind: ...}``."""
    if isinstance(raw, dict):
        if not {"shape"} <= set(raw) <= {"shape", "kind"}:
            raise wanted("`{shape: [...], kind: ...}`", raw)
        if raw.get("kind", "map") not in KINDS:
            raise wanted("a kind, one of " + ", ".join(f"`{kind}`" for kind in KINDS), raw["kind"])
    elif not isinstance(raw, (list, tuple)) and not (isinstance(raw, str) and raw.startswith("$")):
        raise wanted("a shape such as `[3, 224, 224]`", raw)
    return raw


Input = Annotated[Value, BeforeValidator(_shape_value)]


def _input_names(raw: Any) -> Any:
    try:
        for key in raw if isinstance(raw, dict) else ():
            check_part_name(key, "an input", place_of(key))
    except SpecError as error:
        raise as_validation_error(error) from None
    return raw


Inputs = Annotated[dict[str, Input], BeforeValidator(_input_names), Field(min_length=1)]


class Bound(Node):
    """A range that a count must lie in."""

    min: Value = None
    max: Value = None


def _count(raw: Any, handler: Any, info: ValidationInfo) -> Any:
    if isinstance(raw, dict):
        context: Any = info.context
        return read_bound(raw, context)
    if isinstance(raw, bool) or not (isinstance(raw, (int, float)) or is_expression(raw)):
        raise wanted("a whole number, or `{min: , max: }`", raw)
    return handler(raw)


def read_bound(raw: Any, reading: Reading) -> Bound:
    """Read the bounds of a count."""
    try:
        return build(Bound, raw, reading)  # type: ignore[no-any-return]
    except SpecError as error:
        raise as_validation_error(error) from None


Count = Annotated[Value, WrapValidator(_count)]
"""A number, or its bounds."""


class Expect(Node):
    """Invariants of a network; ``check`` fails when they do not hold."""

    params: Count = Field(None, description="Trainable scalars; shared weights count once, running statistics never.")
    weights: Count = Field(None, description="Trainable scalars without biases and norms.")
    macs: Count = Field(None, description="Multiply-adds of convolutions, linear layers and matrix products, for one sample.")
    flops: Count = Field(None, description="Floating-point operations: twice `macs`.")
    activations: Count = Field(None, description="Scalars in the outputs of convolutions, linear layers and attention, for one sample.")
    nodes: Count = Field(None, description="Nodes of the expanded graph, inputs among them.")
    output: Value = Field(None, description="The shape of the output, without the batch: `[1000]`.")

    key_places: ClassVar[dict[str, Place]] = {}
    """Where each key stood."""

    @model_validator(mode="wrap")
    @classmethod
    def _keep_places(cls, raw: Any, handler: Any) -> Any:
        expect = handler(raw)
        expect.__dict__["key_places"] = {str(key): key.place for key in raw if isinstance(key, Text)} if isinstance(raw, dict) else {}
        return expect

    def key_span(self, name: str) -> Span | None:
        """Return the place of a key."""
        place = self.key_places.get(name)
        return place.span() if place else None


Published = dict[str, str | int | float | None]


class Variant(Entry):
    """A named setting of vars, such as a row of a paper's table."""

    vars: dict[str, Value] = Field(default_factory=dict)
    input: Input | None = None
    expect: Expect | None = None
    published: Published = Field(default_factory=dict)
    about: str | None = None
    cite: str | None = None

    @classmethod
    def _check_key(cls, key: Any, reading: Reading) -> None:
        if not key or len(key) > 80 or not all(char.isalnum() or char in "-_.+" for char in key):
            raise SpecError(Diagnostic("E109", f"`{key}` cannot be a variant", key.place.span(), "use letters, digits and - _ . +"))

    def _finish(self, reading: Reading) -> None:
        return None


class Network(Entry):
    """One of several networks of a document."""

    input: Input | None = None
    inputs: Inputs | None = None
    net: Body
    outputs: Value = None
    expect: Expect | None = None

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        return reading.within(region_of(Counter(name), raw, {**reading.variables, **input_names(raw)}))


def input_names(raw: Any) -> dict[str, str]:
    """Return the names of a network's inputs, from raw data."""
    if not isinstance(raw, dict):
        return {}
    named = raw.get("inputs")
    return {str(key): "an input" for key in named} if isinstance(named, dict) else {"input": "an input"}


class Initialization(Node):
    """How parameters start where an op does not say so itself."""

    scheme: Literal[SCHEMES] | None = None  # type: ignore[valid-type]
    zero_last_norm: bool = False
    ops: dict[str, Init] = Field(default_factory=dict)

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        if isinstance(raw, str):
            return {"scheme": raw}
        if not isinstance(raw, dict):
            raise wanted("a scheme, or a mapping of ops to schemes", raw)
        own = {key: value for key, value in raw.items() if key in ("scheme", "zero_last_norm")}
        rest = {key: value for key, value in raw.items() if key not in own}
        for key in rest:
            if key not in reading.ops or "init" not in reading.ops[key].model_fields:
                help = did_you_mean(key, ["scheme", "zero_last_norm", *(name for name, op in reading.ops.items() if "init" in op.model_fields)])
                raise SpecError(Diagnostic("E101", f"`init` has no field `{key}`, and no op of that name has parameters", key.place.span(), help))
        return {**own, "ops": rest}


class Target(Node):
    """Whose output is predicted, and how slowly that network follows."""

    network: str
    average: float | None = None


class Prediction(Node):
    """One network predicts the output of another (I-JEPA, arXiv:2301.08243)."""

    network: str
    target: Target
    loss: Literal["smooth_l1", "mse", "cosine"] = "smooth_l1"


class Objective(Node):
    """What several networks are trained for together."""

    predict: Prediction


def _version(raw: Any) -> int:
    if raw != 1 or isinstance(raw, bool):
        raise PydanticCustomError("version", "unsupported", {"got": raw})
    return 1


def _vars(raw: Any, handler: Any, info: ValidationInfo) -> Any:
    reading: Reading = info.context
    try:
        for key in raw if isinstance(raw, dict) else ():
            check_name(key, "a var", place_of(key))
        with reading.within(region_of(Counter("vars"), None, reading.variables)):
            return handler(raw)
    except SpecError as error:
        raise as_validation_error(error) from None


class Document(Node):
    """A document: one network or several, with the blocks, vars and variants that make them; or a library of blocks."""

    archdsl: Annotated[int, BeforeValidator(_version)] = Field(description="Version of the format: 1.")
    name: str = Field("", max_length=200)
    about: str | None = None
    cite: str | None = None
    input: Input | None = None
    inputs: Inputs | None = None
    vars: Annotated[dict[str, Value], WrapValidator(_vars)] = Field(default_factory=dict)
    import_: tuple[str, ...] = Field((), alias="import")
    blocks: Annotated[dict[str, Block], BeforeValidator(_named)] = Field(default_factory=dict)
    net: Body | None = None
    outputs: Value = None
    networks: Annotated[dict[str, Network], BeforeValidator(_named)] | None = None
    objective: Objective | None = None
    init: Initialization | None = None
    variants: Annotated[dict[str, Variant], BeforeValidator(_named)] = Field(default_factory=dict)
    expect: Expect | None = None
    published: Published = Field(default_factory=dict)

    libraries: ClassVar[tuple[Document, ...]] = ()
    """The documents that this one imports blocks from, those of their own imports not included."""
    source: ClassVar[Any] = None
    """The source that the document was read from."""
    holes: ClassVar[bool] = False
    """Whether the document itself has something to be drawn."""

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        if isinstance(raw, Mapping) and isinstance(raw.get("import"), str):
            return {**raw, "import": [raw["import"]]}
        return raw

    @model_validator(mode="wrap")
    @classmethod
    def _in_region(cls, raw: Any, handler: Any, info: ValidationInfo) -> Any:
        reading: Reading = info.context
        with reading.within(region_of(Counter("net"), raw.get("net"), {**reading.variables, **input_names(raw)})):
            return handler(raw)

    def _finish(self, reading: Reading) -> None:
        wrong = [
            Diagnostic("E113", f"the variant `{variant.name}` sets `{key}`, which is no var", _place_span(variant.place), did_you_mean(key, self.vars))
            for variant in self.variants.values()
            for key in variant.vars
            if key not in self.vars
        ]
        if self.net is not None and self.networks is not None:
            wrong.append(Diagnostic("E103", "a document has either `net` or `networks`", _place_span(head_place(self.name)), None))
        if self.net is not None and self.input is None and self.inputs is None:
            wrong.append(Diagnostic("E102", "a network needs `input`", None, "write `input: [3, 224, 224]`: channels, height, width"))
        if self.input is not None and self.inputs is not None:
            wrong.append(Diagnostic("E103", "a network has either `input` or `inputs`", None))
        if wrong:
            raise SpecError(wrong)

    @property
    def has_holes(self) -> bool:
        """Tell whether something is left to be drawn, here or in a library."""
        return self.holes or any(library.has_holes for library in self.libraries)


def _place_span(place: Place | None) -> Any:
    return place.span() if place else None

