"""Expressions that follow the grammar have the value that Python gives them, or a message; nothing else happens."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given, settings

from archdsl.errors import SpecError
from archdsl.spec.expressions import EvaluationError, Expression
from tests.mutations import expressions
from tests.properties.test_documents import EXAMPLES

SCOPE = {"n": 12, "f": 0.25, "s": "relu", "items": (4, 8, (1, 2))}
FUNCTIONS = {
    "floor": math.floor,
    "ceil": math.ceil,
    "range": lambda *bounds: list(range(*bounds)),
    "max": lambda *given: max(*given) if len(given) > 1 or isinstance(given[0], list) else given[0],
    "min": lambda *given: min(*given) if len(given) > 1 or isinstance(given[0], list) else given[0],
}
PYTHON = {"true": True, "false": False, "null": None, "n": 12, "f": 0.25, "s": "relu", "items": [4, 8, [1, 2]], **FUNCTIONS}


def tuples(value: Any) -> Any:
    return tuple(map(tuples, value)) if isinstance(value, list) else value


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=EXAMPLES or 400, deadline=None)
@given(expressions())
@example("(1e300 * 1e300)")
@example("(2 ** (2 ** 0.5))")
@example("range(-4611686018427387903, 4611686018427387903)")
@example("items[::-1]")
def test_value_or_message(body: str) -> None:
    try:
        value = Expression.parse(f"$({body})")(SCOPE)
    except (SpecError, EvaluationError) as error:
        assert str(error)
        return
    assert value == tuples(eval(body, {}, PYTHON))
