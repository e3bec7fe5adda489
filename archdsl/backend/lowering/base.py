"""What lowering an op gives: the text of a module and of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archdsl.ops.base import Op
from archdsl.ops.shape import Shape


@dataclass(frozen=True, slots=True)
class Lowered:
    """The torch form of one op on operands of known shapes. Tensors carry a batch axis in front.

    Attributes:
        call: Expression of the result. ``{m}`` is the module, ``{0}``, ``{1}``, ... the operands, ``{all}`` all of them with commas between.
        module: Expression that makes the module, or None when the op keeps nothing.
        uses: Classes and functions of :mod:`archdsl.backend.layers` that the expressions name; their source goes along.
        overwrite: Like ``call``, but writes the result over operand 0; taken when nobody else needs that operand.
        fresh: The result is new memory that the op's own backward pass does not need, so that the next op may write over it.
    """

    call: str
    module: str | None = None
    uses: tuple[Callable[..., Any], ...] = ()
    overwrite: str | None = None
    fresh: bool = False


Lowering = Callable[[Any, tuple[Shape, ...], Shape], Lowered]
"""``(op, shapes of the operands, shape of the result) -> Lowered``."""


def arguments(*positional: object, **named: tuple[object, object]) -> str:
    """Return the text of call arguments; ``named`` holds (value, default) pairs, and defaults are left out.

    >>> arguments(3, 64, 7, stride=(2, 1), padding=(3, 0), bias=(True, True))
    '3, 64, 7, stride=2, padding=3'
    """
    parts = [repr(value) for value in positional]
    parts += [f"{name}={value!r}" for name, (value, default) in named.items() if value != default]
    return ", ".join(parts)


def spread(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """Return one number for equal ones, as people write it: ``(3, 3)`` is ``3``."""
    return values[0] if len(set(values)) == 1 else values


__all__ = ["Lowered", "Lowering", "Op", "arguments", "spread"]
