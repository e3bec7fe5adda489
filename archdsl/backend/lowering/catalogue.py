"""The lowering of every op."""

from __future__ import annotations

from archdsl.backend.lowering.base import Lowered, Lowering
from archdsl.backend.lowering.conv import lower_conv, lower_linear
from archdsl.ops.base import Op
from archdsl.ops.conv import Conv
from archdsl.ops.linear import Linear
from archdsl.ops.shape import Shape

LOWERINGS: dict[type[Op], Lowering] = {
    Conv: lower_conv,
    Linear: lower_linear,
}


def lower(op: Op, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the torch form of an op; an op of the user's own brings a method ``lower``."""
    lowering = LOWERINGS.get(type(op))
    if lowering is None:
        return op.lower(inputs, output)  # type: ignore[attr-defined, no-any-return]
    return lowering(op, inputs, output)
