"""A whole document: its header, vars, blocks, networks and variants."""

from itertools import islice
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from archdsl.errors import MAX_FINDINGS, Diagnostic, Span, SpecError, did_you_mean
from archdsl.ops.fields import SCHEMES, Init, Probability
from archdsl.ops.shape import KINDS
from archdsl.source import Mapping
from archdsl.spec.expecting import Expect, plain_expect
from archdsl.spec.expressions import is_expression
from archdsl.spec.nodes import Body
from archdsl.spec.pieces import Node, Value, check_all, defined, item_place, made, span_at, wanted
from archdsl.spec.plain import plain_published, plain_vars
from archdsl.spec.reading import Reading, describe
from archdsl.spec.regions import Region, region_of
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
        reading = cast(Reading, info.context)
        try:
            plain = cls._plain(body)
            if plain is not None:
                cls._check_key(key, reading)
                entry = made(cls, body, **plain)
                entry.__dict__.update(name=str(key), place=place_of(key))
                return entry
            with cls._region(str(key), body, reading):
                cls._check_key(key, reading)
                entry = handler(cls._unfold(body, reading))
                entry.__dict__.update(name=str(key), place=place_of(key), raw=body)
                entry._finish(reading)
        except SpecError as error:
            raise as_validation_error(error) from None
        return entry

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        return reading.within(region_of(Counter(name), raw, reading.variables))

    @classmethod
    def _plain(cls, raw: Any) -> dict[str, Any] | None:
        """Return the fields of an entry in which nothing can be wrong; None where that takes a closer look."""
        return None

    @classmethod
    def _check_key(cls, key: Any, reading: Reading) -> None:
        check_name(key, "a name", place_of(key))


def _argument_names(raw: Any) -> Any:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise wanted("a mapping of arguments, such as `{width: , stride: 1}`", raw)
    check_all(raw, lambda key: check_name(key, "an argument", place_of(key)))
    return raw


def named_arguments(raw: Any) -> Mapping | dict[str, Any]:
    """Return the arguments that a block is written with; a list of words, which is wrong, names them as well."""
    written = raw.get("args") if isinstance(raw, dict) else None
    if isinstance(written, list):
        return dict.fromkeys((each for each in written if isinstance(each, str)), "")
    return written if isinstance(written, dict) else {}


class Block(Entry):
    """A reusable part of a network: arguments, of which those without a value are required, and a body."""

    form: ClassVar[str] = "a mapping such as `{args: {width: }, body: [...]}`"

    args: Annotated[dict[str, Value], BeforeValidator(_argument_names)] = Field(
        default_factory=dict, description="Arguments with their defaults; one without a value is required."
    )
    body: Body = Field(description="The steps, fed by the value that enters the call.")

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        names = {str(key): "an argument" for key in named_arguments(raw)}
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
            raise wanted("a shape such as `[3, 224, 224]`, or `{shape: [100], kind: index}`", raw)
        kind = raw.get("kind", "map")
        if kind not in KINDS:
            message = "`kind` must be " + ", ".join(f"`{each}`" for each in KINDS) + f", got {describe(kind)}"
            finding = Diagnostic("E103", message, span_at(item_place(raw, "kind")), did_you_mean(str(kind), KINDS))
            raise as_validation_error(SpecError(finding))
    elif not isinstance(raw, (list, tuple)) and not is_expression(raw):
        raise wanted("a shape such as `[3, 224, 224]`", raw)
    return raw


Input = Annotated[Value, BeforeValidator(_shape_value), defined("input")]


def _input_names(raw: Any) -> Any:
    if isinstance(raw, dict):
        check_all(raw, lambda key: check_part_name(key, "an input", place_of(key)))
    return raw


Inputs = Annotated[dict[str, Input], BeforeValidator(_input_names), Field(min_length=1)]


def _printed(raw: Any) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, type(None))):
        raise wanted("a text or a number", raw)
    return raw


Published = Annotated[
    dict[str, Annotated[Any, BeforeValidator(_printed), WithJsonSchema({"type": ["string", "number", "null"]})]],
    Field(default_factory=dict, description="Numbers as they are printed elsewhere: `{params: 25.6M, source: Table 4}`."),
]


class Variant(Entry):
    """A named setting of vars, such as a row of a paper's table."""

    form: ClassVar[str] = "a mapping such as `{vars: {width: 64}}`"

    vars: dict[str, Value] = Field(default_factory=dict, description="Values for some of the document's vars.")
    input: Input | None = Field(None, description="Another shape of the input.")
    expect: Expect | None = Field(None, description="Invariants of this variant; they stand for those of the document.")
    published: Published
    about: str | None = Field(None, description="What the variant is, in a sentence.")
    cite: str | None = Field(None, description="Where it comes from.")

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        return reading.within(Region(Counter(name), frozenset(reading.variables), reading.variables))

    @classmethod
    def _plain(cls, raw: Any) -> dict[str, Any] | None:
        if type(raw) is not Mapping:
            return None
        found = {str(key): _PLAIN[key](value) if key in _PLAIN else None for key, value in raw.items()}
        return None if None in found.values() else found

    @classmethod
    def _check_key(cls, key: Any, reading: Reading) -> None:
        if not key or len(key) > 80 or not (key.isalnum() or all(char.isalnum() or char in "-_.+" for char in key)):
            raise SpecError(Diagnostic("E109", f"`{key}` cannot be a variant", key.place.span(), "use letters, digits and - _ . +"))


_PLAIN = {"vars": plain_vars, "expect": plain_expect, "published": plain_published}
"""The fields of most variants, each with what reads it where nothing in it can be wrong."""


class Network(Entry):
    """One of several networks of a document."""

    form: ClassVar[str] = "a mapping such as `{input: [3, 32, 32], net: [...]}`"

    input: Input | None = Field(None, description="The shape of the input, without the batch.")
    inputs: Inputs | None = Field(None, description="The shapes of several inputs, by name.")
    net: Body = Field(description="The steps.")
    outputs: Value = Field(None, description="The names of the outputs; the last value when it is left out.")
    expect: Expect | None = Field(None, description="Invariants of this network.")

    @classmethod
    def _region(cls, name: str, raw: Any, reading: Reading) -> Any:
        return reading.within(region_of(Counter(name), raw, {**reading.variables, **input_names(raw)}))

    @classmethod
    def _check_key(cls, key: Any, reading: Reading) -> None:
        check_part_name(key, "a network", place_of(key))

    def _finish(self, reading: Reading) -> None:
        wrong = _input_problems(self)
        if wrong:
            raise SpecError(wrong)


def input_names(raw: Any) -> dict[str, str]:
    """Return the names of a network's inputs, from raw data."""
    if not isinstance(raw, dict):
        return {}
    named = raw.get("inputs")
    return {str(key): "an input" for key in named} if isinstance(named, dict) else {"input": "an input"}


class Initialization(Node):
    """How parameters start where an op does not say so itself."""

    scheme: Literal[SCHEMES] | None = None  # type: ignore[valid-type]
    zero_last_norm: bool = Field(False, description="Start the last norm of every residual body at zero.")
    ops: dict[str, Init] = Field(default_factory=dict)

    @classmethod
    def _unfold(cls, raw: Any, reading: Reading) -> Any:
        if isinstance(raw, str):
            return {"scheme": raw}
        if not isinstance(raw, dict):
            raise wanted("a scheme, or a mapping of ops to schemes", raw)
        own = {key: value for key, value in raw.items() if key in ("scheme", "zero_last_norm")}
        rest = {key: value for key, value in raw.items() if key not in own}
        unknown = (key for key in rest if key not in reading.ops or "init" not in reading.ops[key].model_fields)
        wrong = [_no_init(key, reading) for key in islice(unknown, MAX_FINDINGS + 1)]
        if wrong:
            raise SpecError(wrong)
        return {**own, "ops": rest}


def _no_init(key: Any, reading: Reading) -> Diagnostic:
    known = ["scheme", "zero_last_norm", *(name for name, op in reading.ops.items() if "init" in op.model_fields)]
    why = "that op has no parameters" if key in reading.ops else "there is no op of that name"
    return Diagnostic("E101", f"`init` has no field `{key}`: {why}", span_at(place_of(key)), did_you_mean(key, known))


class Target(Node):
    """Whose output is predicted, and how slowly that network follows."""

    network: str = Field(description="The network whose output is predicted.")
    average: Probability | None = Field(None, description="It follows by a moving average with this factor instead of being trained.")


class Prediction(Node):
    """One network predicts the output of another (I-JEPA, arXiv:2301.08243)."""

    network: str = Field(description="The network that predicts.")
    target: Target = Field(description="What is predicted.")
    loss: Literal["smooth_l1", "mse", "cosine"] = Field("smooth_l1", description="How far a prediction is from its target.")


class Objective(Node):
    """What several networks are trained for together."""

    predict: Prediction = Field(description="One network predicts the output of another.")


def _line(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "one line of text without control characters"})
    return text


def _version(raw: Any) -> int:
    if raw != 1 or type(raw) is not int:
        raise PydanticCustomError("version", "unsupported", {"got": raw})
    return 1


def _vars(raw: Any, handler: Any, info: ValidationInfo) -> Any:
    reading = cast(Reading, info.context)
    if isinstance(raw, dict):
        check_all(raw, lambda key: check_name(key, "a var", place_of(key)))
    try:
        with reading.within(region_of(Counter("vars"), None, reading.variables)):
            return handler(raw)
    except SpecError as error:
        raise as_validation_error(error) from None


class Document(Node):
    """A document: one network or several, with the blocks, vars and variants that make them; or a library of blocks."""

    archdsl: Annotated[int, BeforeValidator(_version), WithJsonSchema({"const": 1})] = Field(description="Version of the format: 1.")
    name: Annotated[str, AfterValidator(_line)] = Field("", max_length=200, description="What the network is called.")
    about: str | None = Field(None, description="What the network is, in a sentence or two.")
    cite: str | None = Field(None, description="Where it comes from: an arXiv number, or a reference.")
    input: Input | None = Field(None, description="The shape of the input, without the batch: `[3, 224, 224]` is channels, height, width.")
    inputs: Inputs | None = Field(None, description="The shapes of several inputs, by name.")
    vars: Annotated[dict[str, Value], WrapValidator(_vars)] = Field(
        default_factory=dict, description="Named values, evaluated in order; variants and `--set` give others."
    )
    import_: tuple[str, ...] = Field((), alias="import", description="Libraries of blocks: beside the document, or shipped.")
    blocks: Annotated[dict[str, Block], BeforeValidator(_named)] = Field(default_factory=dict, description="Reusable parts, by name.")
    net: Body | None = Field(None, description="The steps of the network, each fed by the one before it.")
    outputs: Value = Field(None, description="The names of the outputs; the last value when it is left out.")
    networks: Annotated[dict[str, Network], BeforeValidator(_named)] | None = Field(None, description="Several networks, by name, instead of `net`.")
    objective: Objective | None = Field(None, description="What several networks are trained for together.")
    init: Initialization | None = Field(None, description="How parameters start: a scheme, or schemes by op.")
    variants: Annotated[dict[str, Variant], BeforeValidator(_named)] = Field(
        default_factory=dict, description="Named settings of vars, such as the rows of a paper's table."
    )
    expect: Expect | None = Field(None, description="Invariants of the network; `archdsl check` fails when they do not hold.")
    published: Published

    libraries: ClassVar[tuple["Document", ...]] = ()
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
        reading = cast(Reading, info.context)
        with reading.within(region_of(Counter("net"), raw.get("net"), {**reading.variables, **input_names(raw)})):
            return handler(raw)

    def _finish(self, reading: Reading) -> None:
        wrong = [*self._variant_problems(), *self._expectation_problems(), *self._objective_problems(), *_input_problems(self)]
        if self.net is not None and self.networks is not None:
            wrong.append(Diagnostic("E102", "a document has either `net` or `networks`, got both", span_at(self.key_at("networks"))))
        if self.net is None and self.networks is None and not self.blocks and not self.import_:
            help = "write `net: [...]`: a list of steps"
            wrong.append(Diagnostic("E102", "the document has neither `net` nor `blocks`", span_at(self.place), help))
        if wrong:
            raise SpecError(wrong)

    def _variant_problems(self) -> list[Diagnostic]:
        unknown = ((variant, key) for variant in self.variants.values() for key in variant.vars if key not in self.vars)
        return [
            Diagnostic("E113", f"the variant `{variant.name}` sets `{key}`, which is no var", _var_span(variant, key), did_you_mean(key, self.vars))
            for variant, key in islice(unknown, MAX_FINDINGS + 1)
        ]

    def _expectation_problems(self) -> list[Diagnostic]:
        named = self.networks or {}
        written = [each for each in (self.expect, *(variant.expect for variant in self.variants.values())) if each is not None]
        unknown = [(expect, name) for expect in written for name in expect.networks if name not in named]
        one = "the document has one network, whose counts stand in `expect` itself"
        return [
            Diagnostic(
                "E113", f"`expect` names `{name}`, which is no network", expect.network_span(name), did_you_mean(name, named) if named else one
            )
            for expect, name in unknown
        ]

    def _objective_problems(self) -> list[Diagnostic]:
        if self.objective is None:
            return []
        named, predict = self.networks or {}, self.objective.predict
        unknown = [each for each in (predict, predict.target) if each.network not in named]
        return [
            Diagnostic(
                "E113", f"`objective` names `{each.network}`, which is no network", span_at(each.at("network")), did_you_mean(each.network, named)
            )
            for each in unknown
        ]

    @property
    def has_holes(self) -> bool:
        """Tell whether something is left to be drawn, here or in a library."""
        return self.holes or any(library.has_holes for library in self.libraries)


def _var_span(variant: Variant, key: str) -> Span | None:
    written = (variant.raw or {}).get("vars")
    return span_at(written.key_place(key) if isinstance(written, Mapping) else variant.place)


def _input_problems(network: Document | Network) -> list[Diagnostic]:
    if network.input is not None and network.inputs is not None:
        return [Diagnostic("E102", "a network has either `input` or `inputs`, got both", span_at(network.key_at("inputs")))]
    if network.net is not None and network.input is None and network.inputs is None:
        help = "write `input: [3, 224, 224]`: channels, height, width"
        return [Diagnostic("E102", "a network needs `input`", span_at(network.key_at("net")), help)]
    return []
