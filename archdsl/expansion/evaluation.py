"""Values as written to values as meant, in a scope."""

from __future__ import annotations

from typing import Any

from archdsl.errors import Span, did_you_mean
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.state import POISON, Frame, Poisoned, Unbound, Wrong
from archdsl.ir.graph import Node
from archdsl.spec.arithmetic import bounded
from archdsl.spec.expressions import EvaluationError, Expression
from archdsl.spec.reading import describe, value_help
from archdsl.spec.values import Hole, Template, names_in


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
            return self._template(value, frame)
        if kind is Hole:
            return self._hole(value, frame)
        return value

    def _template(self, template: Template, frame: Frame) -> Any:
        parts = template.parts
        try:
            if isinstance(parts, dict):
                return bounded({key: self.value(part, frame) for key, part in parts.items()})
            return bounded(tuple(self.value(part, frame) for part in parts))
        except EvaluationError as error:
            place = next((each.span() for _, each in names_in(template)), None)
            raise Wrong(error.code, error.message, place, error.help) from None

    def _expression(self, expression: Expression, frame: Frame) -> Any:
        try:
            value = expression.run(frame.scope)
            if value is POISON:
                raise Poisoned
            return value
        except EvaluationError as error:
            _pass_over_poison(expression, frame)
            raise Wrong(error.code, f"`{expression.text}`: {error.message}", expression.span(), error.help) from None
        except Unbound as error:
            help = self.near(error.name, frame) or self.late(error.name)
            raise Wrong("E206", f"`{error.name}` has no value here", expression.span(error.name), help) from None
        except (TypeError, ValueError, RecursionError):
            _pass_over_poison(expression, frame)
            raise Wrong("E202", f"`{expression.text}` has no value for these operands", expression.span()) from None

    def near(self, name: str, frame: Frame) -> str | None:
        """Return the advice about a name that may be misspelt."""
        return did_you_mean(name, frame.scope.names())

    def late(self, name: str) -> str:
        """Return the advice about a name that has no value yet."""
        return "a name must be given a value in a step before, on the way that leads here"

    def _hole(self, hole: Hole, frame: Frame) -> Any:
        try:
            return self.drawer.hole(hole, frame.address, lambda part: self.value(part, frame))
        except EvaluationError as error:
            place = hole.at(error.field)
            raise Wrong(error.code, error.message, place.span() if place else None, error.help) from None

    def truth(self, value: Any, frame: Frame, place: Any) -> bool:
        """Return whether a condition holds."""
        if value is True or value is False:
            return bool(value)
        result = self.value(value, frame)
        if isinstance(result, (bool, int, float)):
            return bool(result)
        help = value_help(result, "`true` or `false`", frame.scope.names())
        raise Wrong("E103", f"a condition is true or false, got {describe(result)}", span_of(value, place), help)

    def count(self, value: Any, frame: Frame, what: str, place: Any, least: int = 0, most: int = 10_000) -> int:
        """Return a whole number within bounds."""
        result = self.value(value, frame)
        if isinstance(result, bool) or not isinstance(result, int) or result < least:
            wanted = "a positive whole number" if least == 1 else "a whole number, zero or more"
            help = value_help(result, wanted, frame.scope.names(), computed=isinstance(value, Expression))
            raise Wrong("E103", f"{what} must be {wanted}, got {describe(result)}", span_of(value, place), help)
        if result > most:
            raise Wrong("E403", f"{what} is {result:,}; the limit is {most:,}", span_of(value, place))
        return result


def _pass_over_poison(expression: Expression, frame: Frame) -> None:
    """Raise :class:`Poisoned` when an earlier mistake left one of the operands without a value: nothing new is said then."""
    for name in expression.names:
        value = dict.get(frame.scope, name, frame.scope.globals.get(name))
        if value is POISON or (isinstance(value, tuple) and POISON in value):
            raise Poisoned from None


def span_of(value: Any, place: Any) -> Span | None:
    """Return the place of an expression or a hole, or else the one that is given."""
    if isinstance(value, Expression):
        return value.span()
    if isinstance(value, Hole) and value.place:
        return value.place.span()
    return place.span() if place is not None else None


def is_network_value(value: Any) -> bool:
    """Tell whether a value is one that flows through the network."""
    return isinstance(value, Node)


__all__ = ["Evaluator", "Poisoned", "is_network_value", "span_of"]
