"""Types of op fields: strict numbers, and sizes that may differ by axis.

Every type gives one error for one mistake, in our own words, and says in the JSON Schema what an editor should offer.
"""

from __future__ import annotations

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


Padding = Annotated[
    Any,
    BeforeValidator(_padding),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "array", "items": {"type": "integer", "minimum": 0}}, {"enum": ["same", "valid"]}]}),
]


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


def _start(value: Any) -> Any:
    if isinstance(value, str) and value in SCHEMES:
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value):
        return tuple(float(each) for each in value)
    wanted = "a number, a list of numbers, or one of " + ", ".join(f"`{each}`" for each in SCHEMES)
    raise PydanticCustomError("expected", "{wanted}", {"wanted": wanted})


Start = Annotated[
    Any,
    BeforeValidator(_start),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}, {"enum": list(SCHEMES)}]}),
]
"""What a tensor starts from: a scheme by name, a constant, or its values."""


class Init(BaseModel):
    """How the parameters of an op start.

    Schemes: ``he_fan_in`` and ``he_fan_out`` (arXiv:1502.01852), ``xavier`` (Glorot & Bengio 2010, uniform), ``trunc_normal`` (std 0.02, cut at two
    deviations), ``normal`` (std 0.01), ``zeros``, ``ones``, ``torch`` (what torch does by itself). A word alone is about the weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: Start | None = None
    bias: Start | None = None

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return value if isinstance(value, (dict, Init)) else {"weight": value}


InitField = Annotated[Init | None, Field(description="How the parameters start: a scheme, a number, or `{weight: , bias: }`.")]
