"""Merges: ops of several values."""

from __future__ import annotations

from typing import ClassVar

from archdsl.ops.base import Family, Op
from archdsl.ops.fields import Natural
from archdsl.ops.shape import Shape, ShapeError


class Merge(Op):
    """An op that joins any number of values, in order."""

    family: ClassVar[Family] = "merge"
    roles: ClassVar[tuple[str, ...]] = ("values",)
    variadic: ClassVar[bool] = True


def broadcast(op: Op, inputs: tuple[Shape, ...]) -> Shape:
    """Return the common shape of values of which some are vectors, or have axes of size 1, that scale or shift a map."""
    widest = max(inputs, key=lambda shape: (len(shape.dims), shape.size))
    out = widest
    for shape in inputs:
        joined = _broadcast_two(out, shape)
        if joined is None:
            raise unequal(op, inputs)
        out = joined
    return out


def _broadcast_two(left: Shape, right: Shape) -> Shape | None:
    if left == right:
        return left
    if len(left.dims) < len(right.dims):
        left, right = right, left
    dims = right.dims
    if right.kind == "vector" and left.kind == "map":
        dims = (right.dims[0],) + (1,) * len(left.spatial)
    elif len(dims) < len(left.dims):
        dims = (1,) * (len(left.dims) - len(dims)) + dims
    if any(a != b and 1 not in (a, b) for a, b in zip(left.dims, dims)):
        return None
    return Shape(tuple(max(pair) for pair in zip(left.dims, dims)), left.kind)


def unequal(op: Op, inputs: tuple[Shape, ...], but: str = "") -> ShapeError:
    """Return the error for operands whose shapes do not agree; expansion says which path gave which."""
    listed = ", ".join(str(shape) for shape in inputs[:8]) + (", ..." if len(inputs) > 8 else "")
    return ShapeError(f"`{op.name}` wants values of equal shapes{but}, got {listed}")


class Add(Merge):
    """Element-wise sum of any number of values, in order (the residual connection of arXiv:1512.03385).

    Shape: all equal; a vector or an axis of size 1 shifts a map.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "add"

    def infer(self, *inputs: Shape) -> Shape:
        return broadcast(self, inputs)


class Concat(Merge):
    """Concatenation along one axis (the dense connection of arXiv:1608.06993); by default along the channels.

    Shape: equal but for the joined axis, whose sizes add up. ``dim`` counts the axes of one sample from 0: ``{concat: {dim: 0}}`` appends tokens.

    Raises:
        ShapeError: If another axis differs.
    """

    name: ClassVar[str] = "concat"

    dim: Natural | None = None

    def axis(self, shape: Shape) -> int:
        """Return the axis of one sample that is joined."""
        return shape.channel_axis if self.dim is None else self.dim

    def infer(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        axis = self.axis(first)
        if axis >= len(first.dims):
            raise ShapeError(f"`dim` of `concat` is {axis}, but a value of shape {first} has axes 0 to {len(first.dims) - 1}")
        rests = {(shape.kind, shape.dims[:axis], shape.dims[axis + 1 :]) for shape in inputs}
        if len(rests) > 1:
            raise unequal(self, inputs, but=f" but for axis {axis}")
        joined = sum(shape.dims[axis] for shape in inputs)
        return Shape((*first.dims[:axis], joined, *first.dims[axis + 1 :]), first.kind)
