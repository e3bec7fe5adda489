"""Values as written to values as meant, in a scope."""

from __future__ import annotations

from typing import Any

from archdsl.errors import Span, did_you_mean
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.state import Frame, Poisoned, Unbound, Wrong
from archdsl.ir.graph import Node
from archdsl.spec.expressions import IMPLIED, EvaluationError, Expression
from archdsl.spec.reading import describe
from archdsl.spec.values import Hole, Template


class Evaluator:
    """Evaluates expressions and draws holes; a failure becomes :class:`Wrong` with the place of the expression."""

    def __init__(self, drawer: Drawer) -> None:
        self.drawer = drawer

    def value(self, value: Any, frame: Frame) -> Any:
        """Return what a written value means here."""
        kind = type(value)
        if kind is Expression:
            return self._expression(value, frame)
        if kind is Template:
            parts = value.parts
            if isinstance(parts, dict):
                return {key: self.value(part, frame) for key, part in parts.items()}
            return tuple(self.value(part, frame) for part in parts)
        if kind is Hole:
            return self._hole(value, frame)
        return value

    def _expression(self, expression: Expression, frame: Frame) -> Any:
        try:
            return expression(frame.scope)
        except EvaluationError as error:
            raise Wrong(error.code, f"`{expression.text}`: {error.message}", expression.span(), error.help) from None
        except Unbound as error:
            names = [*frame.scope, *frame.scope.globals, *IMPLIED]
            help = did_you_mean(error.name, names) or "a name must be given a value in a step before, on the way that leads here"
            raise Wrong("E206", f"`{error.name}` has no value here", expression.span(error.name), help) from None
        except (TypeError, ValueError, RecursionError):
            raise Wrong("E202", f"`{expression.text}` has no value for these operands", expression.span()) from None

    def _hole(self, hole: Hole, frame: Frame) -> Any:
        try:
            return self.drawer.hole(hole, frame.address, lambda part: self.value(part, frame))
        except EvaluationError as error:
            raise Wrong(error.code, error.message, hole.place.span() if hole.place else None, error.help) from None

    def truth(self, value: Any, frame: Frame, place: Any) -> bool:
        """Return whether a condition holds."""
        if value is True or value is False:
            return bool(value)
        result = self.value(value, frame)
        if isinstance(result, (bool, int, float)):
            return bool(result)
        raise Wrong("E103", f"a condition is true or false, got {describe(result)}", span_of(value, place))

    def count(self, value: Any, frame: Frame, what: str, place: Any, least: int = 0, most: int = 10_000) -> int:
        """Return a whole number within bounds."""
        result = self.value(value, frame)
        if isinstance(result, bool) or not isinstance(result, int) or result < least:
            wanted = "a positive whole number" if least == 1 else f"a whole number, {least} or more"
            raise Wrong("E103", f"{what} must be {wanted}, got {describe(result)}", span_of(value, place), _rounding(result))
        if result > most:
            raise Wrong("E403", f"{what} is {result:,}; the limit is {most:,}", span_of(value, place))
        return result


def _rounding(result: Any) -> str | None:
    return "divide with `//`, or use `int(...)` or `round(...)`" if isinstance(result, float) else None


def span_of(value: Any, place: Any) -> Span | None:
    """Return the place of an expression, or the step's."""
    if isinstance(value, Expression):
        return value.span()
    if isinstance(value, Hole) and value.place:
        return value.place.span()
    return place.span() if place is not None else None


def is_network_value(value: Any) -> bool:
    """Tell whether a value is one that flows through the network."""
    return isinstance(value, Node)


__all__ = ["Evaluator", "Poisoned", "is_network_value", "span_of"]
