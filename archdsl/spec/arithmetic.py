"""What expressions compute with: operators, comparisons and functions over numbers, texts and lists, all bounded."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

MAX_INTEGER = 1 << 62
MAX_ITEMS = 4_000


class EvaluationError(Exception):
    """An expression has no value: types that do not go together, a division by zero, a number out of bounds."""

    def __init__(self, message: str, code: str = "E202", help: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help
        self.field = field
        """The field of a hole that is wrong, where it is one."""


def bounded(value: Any) -> Any:
    """Return a result, or refuse it when it is out of bounds."""
    if isinstance(value, int):
        if -MAX_INTEGER < value < MAX_INTEGER:
            return value
        raise EvaluationError("the number is too large", "E203")
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise EvaluationError("the number is too large", "E203")
    if isinstance(value, (tuple, dict)):
        _weigh(value)
    elif isinstance(value, str) and len(value) > MAX_ITEMS:
        raise EvaluationError("the text is too long", "E203")
    return value


def _weigh(value: tuple[Any, ...] | dict[str, Any]) -> None:
    """Refuse a list that holds too many items, nested ones counted each time they appear."""
    left = MAX_ITEMS
    stack: list[Any] = [value]
    while stack:
        each = stack.pop()
        left -= len(each)
        if left < 0:
            raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
        stack.extend(item for item in (each.values() if isinstance(each, dict) else each) if isinstance(item, (tuple, dict)))


def kind_of(value: Any) -> str:
    """Return what sort of value it is, in words."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return "nothing" if value is None else getattr(value, "described", "a value of the network")


def number(value: Any, what: str) -> int | float:
    """Return a number, or refuse anything else."""
    if isinstance(value, (int, float)):
        return value
    raise EvaluationError(f"{what} works on numbers, got {kind_of(value)}")


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) + len(right) > MAX_ITEMS:
            raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
        return left + right
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left + right
    raise EvaluationError(f"`+` does not join {kind_of(left)} and {kind_of(right)}")


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(right, tuple):
        left, right = right, left
    if isinstance(left, tuple):
        if not isinstance(right, int) or right < 0:
            raise EvaluationError(f"a list is repeated a whole number of times, got {kind_of(right)}")
        if len(left) * right > MAX_ITEMS:
            raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
        return left * right
    return number(left, "`*`") * number(right, "`*`")


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = number(base, "`**`"), number(exponent, "`**`")
    if abs(base) > 1 and abs(exponent) * math.log2(abs(base)) > 200:
        raise EvaluationError(f"the power {shorten(base)} ** {shorten(exponent)} is too large", "E203")
    result = base**exponent
    if isinstance(result, complex):
        raise EvaluationError("a negative number has no such root")
    return result


def _numeric(symbol: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        return apply(number(left, symbol), number(right, symbol))

    return run


def _ordered(symbol: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str):
            return apply(left, right)
        return apply(number(left, symbol), number(right, symbol))

    return run


def _contains(item: Any, container: Any) -> bool:
    if isinstance(container, (tuple, dict)) or (isinstance(container, str) and isinstance(item, str)):
        return item in container
    raise EvaluationError(f"`in` looks into a list, got {kind_of(container)}")


BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: _add,
    ast.Sub: _numeric("`-`", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _numeric("`/`", operator.truediv),
    ast.FloorDiv: _numeric("`//`", operator.floordiv),
    ast.Mod: _numeric("`%`", operator.mod),
    ast.Pow: _power,
}
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered("`<`", operator.lt),
    ast.LtE: _ordered("`<=`", operator.le),
    ast.Gt: _ordered("`>`", operator.gt),
    ast.GtE: _ordered("`>=`", operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}


def _items(name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(arguments) == 1 and isinstance(arguments[0], tuple):
        arguments = arguments[0]
    if not arguments:
        raise EvaluationError(f"`{name}` of an empty list")
    return tuple(number(each, f"`{name}`") for each in arguments)


def _len(value: Any) -> int:
    if isinstance(value, (tuple, str, dict)):
        return len(value)
    raise EvaluationError(f"`len` counts the items of a list, got {kind_of(value)}")


def _sum(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise EvaluationError(f"`sum` adds the numbers of a list, got {kind_of(value)}")
    return sum(number(each, "`sum`") for each in value)


def _range(*bounds: Any) -> tuple[int, ...]:
    if not all(isinstance(each, int) for each in bounds) or (len(bounds) == 3 and bounds[2] == 0):
        raise EvaluationError("`range` takes whole numbers, and a step that is not 0")
    numbers = range(*bounds)
    if len(numbers) > MAX_ITEMS:
        raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
    return tuple(numbers)


def _round(value: Any, digits: Any = None) -> Any:
    if digits is not None and not (isinstance(digits, int) and -20 <= digits <= 20):
        raise EvaluationError("`round` takes a number of digits from -20 to 20")
    return round(number(value, "`round`"), digits)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (lambda *args: min(_items("min", args)), 1, 100),
    "max": (lambda *args: max(_items("max", args)), 1, 100),
    "len": (_len, 1, 1),
    "sum": (_sum, 1, 1),
    "abs": (lambda value: abs(number(value, "`abs`")), 1, 1),
    "int": (lambda value: int(number(value, "`int`")), 1, 1),
    "round": (_round, 1, 2),
    "floor": (lambda value: math.floor(number(value, "`floor`")), 1, 1),
    "ceil": (lambda value: math.ceil(number(value, "`ceil`")), 1, 1),
    "range": (_range, 1, 3),
}


def shorten(value: Any) -> str:
    """Return a value as a message shows it, cut when it is long."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def index_into(whole: Any, index: Any) -> Any:
    """Return an item of a list, or a value of a mapping."""
    if isinstance(whole, dict) and isinstance(index, str):
        if index in whole:
            return whole[index]
        raise EvaluationError(f"there is no `{index}` in the mapping")
    if not isinstance(whole, tuple):
        raise EvaluationError(f"only a list is indexed, got {kind_of(whole)}")
    if not isinstance(index, int):
        raise EvaluationError(f"a list is indexed by a whole number, got {kind_of(index)}")
    if not -len(whole) <= index < len(whole):
        raise EvaluationError(f"the index {index} is outside a list of {len(whole)}")
    return whole[index]
