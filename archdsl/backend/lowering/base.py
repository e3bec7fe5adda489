"""What lowering an op gives: the text of a module and of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archdsl.ops.base import Op
from archdsl.ops.shape import Shape


@dataclass(frozen=True, slots=True)
class Slices:
    """The expression that takes all slices of a value at once, how many there are, and which of them is meant."""

    text: str
    count: int
    index: int


@dataclass(frozen=True, slots=True)
class Lowered:
    """The torch form of one op on operands of known shapes. Tensors carry a batch axis in front.

    A value that depends on no input of the network (a position table, a learned token) has a batch axis of size 1.

    Attributes:
        call: Expression of the result. ``{m}`` is the module, ``{0}``, ``{1}``, ... the operands, ``{all}`` all of them with commas between.
        module: Expression that makes the module, or None when the op keeps nothing.
        uses: Classes and functions of :mod:`archdsl.backend.layers` that the expressions name; their source goes along.
        overwrite: Like ``call``, but writes the result over operand 0; taken when nobody else needs that operand, which is ``fresh`` and has as
            large a batch as the result.
        fresh: The result is new memory that the op's own backward pass does not need, so that the next op may write over it.
        commutes: The two operands may change places, to the last bit.
        slices: The result is one of several equal slices, which can be taken all at once.
        broadcasts: Operands with a batch axis of size 1 may stand beside others as they are; else they must be expanded before the call.
    """

    call: str
    module: str | None = None
    uses: tuple[Callable[..., Any], ...] = ()
    overwrite: str | None = None
    fresh: bool = False
    broadcasts: bool = False
    slices: Slices | None = None
    commutes: bool = False


Lowering = Callable[[Any, tuple[Shape, ...], Shape], Lowered]
"""``(op, shapes of the operands, shape of the result) -> Lowered``."""


def always(lowered: Lowered) -> Lowering:
    """Return the lowering of an op whose form depends on nothing."""
    return lambda op, inputs, output: lowered


def arguments(*positional: object, **named: tuple[object, object]) -> str:
    """Return the text of call arguments; ``named`` holds (value, default) pairs, and defaults are left out.

    >>> arguments(3, 64, 7, stride=(2, 1), padding=((3, 1), 0), bias=(True, True))
    '3, 64, 7, stride=2, padding=(3, 1)'
    """
    parts = [repr(value) for value in positional]
    parts += [f"{name}={value!r}" for name, (value, default) in named.items() if value != default]
    return ", ".join(parts)


def spread(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """Return one number for equal ones, as people write it: ``(3, 3)`` is ``3``."""
    return values[0] if len(set(values)) == 1 else values


def number(value: float) -> str:
    """Return the text of a number without a needless fraction.

    >>> number(2.0), number(0.17)
    ('2', '0.17')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def at(axis: int, index: str) -> str:
    """Return the subscript that applies to one axis of a sample, counted from 0 behind the batch.

    >>> at(1, "2:5")
    '[:, :, 2:5]'
    """
    return "[" + ":, " * (axis + 1) + index + "]"


__all__ = ["Lowered", "Lowering", "Op", "Slices", "always", "arguments", "at", "number", "spread"]
