"""Types of op fields: strict numbers, and sizes that may differ by axis.

Every type gives one error for one mistake, in our own words, and says in the JSON Schema what an editor should offer.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

Sizes = int | tuple[int, ...]

LARGEST = 1 << 31
"""No size, count or coordinate in a document may reach this."""


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _integer(least: int, what: str) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not _is_int(value) or not least <= value < LARGEST:
            raise PydanticCustomError("expected", "{wanted}", {"wanted": what})
        return int(value)

    return check


def _sizes(least: int, what: str) -> Callable[[Any], Sizes]:
    def check(value: Any) -> Sizes:
        if _is_int(value) and least <= value < LARGEST:
            return int(value)
        if isinstance(value, (list, tuple)) and 1 <= len(value) <= 4 and all(_is_int(each) and least <= each < LARGEST for each in value):
            return int(value[0]) if len(set(value)) == 1 else tuple(value)
        raise PydanticCustomError("expected", "{wanted}", {"wanted": f"{what}, or a list of them, one for each axis"})

    return check


def _number(low: float, high: float, what: str) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise PydanticCustomError("expected", "{wanted}", {"wanted": what})
        return value

    return check


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "`true` or `false`"})
    return value


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema(schema)


def _size_schema(least: int) -> WithJsonSchema:
    item = {"type": "integer", "minimum": least}
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1, "maxItems": 4}]})


Positive = Annotated[int, BeforeValidator(_integer(1, "a positive whole number")), _schema(type="integer", minimum=1)]
Natural = Annotated[int, BeforeValidator(_integer(0, "a whole number, zero or more")), _schema(type="integer", minimum=0)]
Whole = Annotated[int, BeforeValidator(_integer(1 - LARGEST, "a whole number")), _schema(type="integer")]
PositiveSizes = Annotated[Sizes, BeforeValidator(_sizes(1, "a positive whole number")), _size_schema(1)]
NaturalSizes = Annotated[Sizes, BeforeValidator(_sizes(0, "a whole number, zero or more")), _size_schema(0)]
Flag = Annotated[bool, BeforeValidator(_boolean), _schema(type="boolean")]
Number = Annotated[float, BeforeValidator(_number(float("-1e30"), 1e30, "a number")), _schema(type="number")]
AtLeastOne = Annotated[float, BeforeValidator(_number(1, 1e30, "a number, 1 or more")), _schema(type="number", minimum=1)]
PositiveNumber = Annotated[float, BeforeValidator(_number(1e-30, 1e30, "a positive number")), _schema(type="number", exclusiveMinimum=0)]
Probability = Annotated[float, BeforeValidator(_number(0, 1, "a number from 0 to 1")), _schema(type="number", minimum=0, maximum=1)]


def _padding(value: Any) -> Any:
    if isinstance(value, str):
        if value in ("same", "valid"):
            return value
    elif value is not None:
        try:
            return _sizes(0, "")(value)
        except PydanticCustomError:
            pass
    else:
        return None
    wanted = "a whole number, zero or more, a list of them, one for each axis, `same` or `valid`"
    raise PydanticCustomError("expected", "{wanted}", {"wanted": wanted})


_NATURAL = {"type": "integer", "minimum": 0}

Padding = Annotated[
    Any,
    BeforeValidator(_padding),
    WithJsonSchema({"anyOf": [_NATURAL, {"type": "array", "items": _NATURAL}, {"enum": ["same", "valid"]}]}),
]


def _is_list(value: Any, low: int, high: int) -> bool:
    """Whether a value lists whole numbers, each from ``low`` and below the limit, at most ``high`` of them."""
    return isinstance(value, (list, tuple)) and 1 <= len(value) <= high and all(_is_int(each) and low <= each < LARGEST for each in value)


def _listed(least: int, most: int, what: str) -> Callable[[Any], tuple[int, ...]]:
    def check(value: Any) -> tuple[int, ...]:
        if not _is_list(value, least, most):
            raise PydanticCustomError("expected", "{wanted}", {"wanted": what})
        return tuple(value)

    return check


def _dimensions(value: Any) -> tuple[int, ...]:
    if not _is_list(value, -1, 4) or 0 in value or list(value).count(-1) > 1:
        wanted = "a list of 1 to 4 positive whole numbers, of which one may be -1 for what is left"
        raise PydanticCustomError("expected", "{wanted}", {"wanted": wanted})
    return tuple(value)


def _bounds(value: Any) -> tuple[int, ...]:
    if not _is_list(value, 1 - LARGEST, 3) or len(value) < 2 or (len(value) == 3 and value[2] < 1):
        wanted = "a list `[start, stop]` or `[start, stop, step]` of whole numbers, with a positive step"
        raise PydanticCustomError("expected", "{wanted}", {"wanted": wanted})
    return tuple(value)


def _extent(value: Any) -> Sizes:
    if _is_int(value) and 1 <= value < LARGEST:
        return int(value)
    if _is_list(value, 1, 3):
        return tuple(value)
    raise PydanticCustomError("expected", "{wanted}", {"wanted": "a positive whole number, or a list of them, one for each axis"})


def _both_ends(value: Any) -> tuple[int, int]:
    if _is_int(value) and 0 <= value < LARGEST:
        return (0, int(value))
    if _is_list(value, 0, 2) and len(value) == 2:
        return (value[0], value[1])
    raise PydanticCustomError("expected", "{wanted}", {"wanted": "a whole number, zero or more, or a list `[before, after]` of two"})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "a name"})
    return value


def _list_schema(least: int, most: int, lowest: int | None) -> WithJsonSchema:
    item: dict[str, Any] = {"type": "integer"} if lowest is None else {"type": "integer", "minimum": lowest}
    return WithJsonSchema({"type": "array", "items": item, "minItems": least, "maxItems": most})


Dims = Annotated[tuple[int, ...], BeforeValidator(_listed(1, 4, "a list of 1 to 4 positive whole numbers")), _list_schema(1, 4, 1)]
"""The shape of one sample."""

Reshaped = Annotated[tuple[int, ...], BeforeValidator(_dimensions), _list_schema(1, 4, -1)]
"""The shape of one sample, in which -1 stands for what is left."""

AxisOrder = Annotated[tuple[int, ...], BeforeValidator(_listed(0, 4, "a list of the axes of one sample, counted from 0")), _list_schema(1, 4, 0)]
"""Axes of one sample in a new order."""

Bounds = Annotated[tuple[int, ...], BeforeValidator(_bounds), _list_schema(2, 3, None)]
"""Start, stop and perhaps step of a slice; negative ones count from the end."""

Extent = Annotated[Sizes, BeforeValidator(_extent), _size_schema(1)]
"""The size of a map, one number or one for each axis; a list keeps its length."""

BothEnds = Annotated[
    tuple[int, int],
    BeforeValidator(_both_ends),
    WithJsonSchema({"anyOf": [_NATURAL, {"type": "array", "items": _NATURAL, "minItems": 2, "maxItems": 2}]}),
]
"""How much is put before and after; one number is put after."""

Text = Annotated[str, BeforeValidator(_text), _schema(type="string")]


def one_of(*words: str) -> BeforeValidator:
    """Return the check of a field that is one of some words; the type beside it is the ``Literal`` of them."""
    wanted = ("`" + "`, `".join(words[:-1]) + f"` or `{words[-1]}`") if len(words) > 1 else f"`{words[0]}`"

    def check(value: Any) -> Any:
        if value not in words:
            raise PydanticCustomError("expected", "{wanted}", {"wanted": wanted, "known": list(words)})
        return value

    return BeforeValidator(check)


KindField = Annotated[Literal["map", "tokens", "vector", "index"], one_of("map", "tokens", "vector", "index")]
"""How the axes of a shape are read."""


def per_axis(value: Sizes, axes: int) -> tuple[int, ...] | None:
    """Spread a size over the axes of a map; None when it lists another number of them.

    >>> per_axis(3, 2), per_axis((1, 7), 2), per_axis((1, 7), 1)
    ((3, 3), (1, 7), None)
    """
    if isinstance(value, int):
        return (value,) * axes
    return value if len(value) == axes else None


SCHEMES = ("torch", "he_fan_in", "he_fan_out", "xavier", "trunc_normal", "normal", "zeros", "ones")
Scheme = Literal["torch", "he_fan_in", "he_fan_out", "xavier", "trunc_normal", "normal", "zeros", "ones"]


class Normal(BaseModel):
    """A start by chance: drawn from a normal distribution around zero, of this deviation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    normal: PositiveNumber


def _start(value: Any) -> Any:
    if isinstance(value, Normal) or (isinstance(value, str) and value in SCHEMES):
        return value
    if isinstance(value, dict) and value.keys() == {"normal"}:
        return Normal(normal=value["normal"])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value):
        return tuple(float(each) for each in value)
    wanted = "a number, a list of numbers, `{normal: deviation}`, or one of " + ", ".join(f"`{each}`" for each in SCHEMES)
    raise PydanticCustomError("expected", "{wanted}", {"wanted": wanted})


_NORMAL = {
    "type": "object",
    "properties": {"normal": {"type": "number", "exclusiveMinimum": 0}},
    "required": ["normal"],
    "additionalProperties": False,
}

Start = Annotated[
    Any,
    BeforeValidator(_start),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}, {"enum": list(SCHEMES)}, _NORMAL]}),
]
"""What a tensor starts from: a scheme by name, a constant, its values, or ``{normal: deviation}``."""


class Init(BaseModel):
    """How the parameters of an op start.

    Schemes: ``he_fan_in`` and ``he_fan_out`` (arXiv:1502.01852), ``xavier`` (Glorot & Bengio 2010, uniform), ``trunc_normal`` (std 0.02, cut at two
    deviations), ``normal`` (std 0.01), ``zeros``, ``ones``, ``torch`` (what torch does by itself). A word alone is about the weight.
    ``{weight: {normal: 0.05}}`` is a normal distribution of another deviation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    weight: Start | None = None
    bias: Start | None = None

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return value if isinstance(value, (dict, Init)) else {"weight": value}


InitField = Annotated[Init | None, Field(description="How the parameters start: a scheme, a number, or `{weight: , bias: }`.")]
