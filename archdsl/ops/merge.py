"""Merges: ops of any number of values."""

from typing import Annotated, ClassVar, Literal

from archdsl.ops.base import Family, Op, require_axis
from archdsl.ops.fields import Natural, Probability, Text, one_of
from archdsl.ops.shape import Shape, ShapeError


class Merge(Op):
    """An op that joins any number of values, in order."""

    family: ClassVar[Family] = "merge"
    roles: ClassVar[tuple[str, ...]] = ("values",)
    variadic: ClassVar[bool] = True

    def is_identity(self, *inputs: Shape) -> bool:
        return len(inputs) == 1


def equal(op: Op, inputs: tuple[Shape, ...]) -> Shape:
    """Return the shape that all values have."""
    first = inputs[0]
    if inputs.count(first) != len(inputs):
        raise unequal(op, inputs)
    return first


def broadcast(op: Op, inputs: tuple[Shape, ...]) -> Shape:
    """Return the common shape of values of which some are vectors, or have axes of size 1, that scale or shift a map."""
    out = inputs[0]
    if inputs.count(out) == len(inputs):
        return out
    for shape in inputs[1:]:
        joined = _broadcast_two(out, shape)
        if joined is None:
            raise unequal(op, inputs)
        out = joined
    return out


def _broadcast_two(left: Shape, right: Shape) -> Shape | None:
    if len(left.dims) < len(right.dims):
        left, right = right, left
    dims = lifted(right, left)
    if dims is None or any(a != b and 1 not in (a, b) for a, b in zip(left.dims, dims)):
        return None
    return Shape(tuple(max(pair) for pair in zip(left.dims, dims)), left.kind)


def lifted(shape: Shape, over: Shape) -> tuple[int, ...] | None:
    """Return the sizes of ``shape`` with as many axes as ``over``, to which a vector brings its channels; None when they are of other kinds."""
    if shape.kind == over.kind and len(shape.dims) == len(over.dims):
        return shape.dims
    if shape.kind != "vector":
        return None
    if over.kind == "map":
        return (shape.dims[0],) + (1,) * len(over.spatial)
    return (1, shape.dims[0]) if over.kind == "tokens" else None


def unequal(op: Op, inputs: tuple[Shape, ...], but: str = "") -> ShapeError:
    """Return the error for operands whose shapes do not agree; expansion says which path gave which."""
    kinds = len({shape.dims for shape in inputs}) < len(set(inputs))
    listed = ", ".join(f"{shape.kind} {shape}" if kinds else str(shape) for shape in inputs[:8])
    if len(inputs) > 8:
        listed += f" and {len(inputs) - 8} more"
    return ShapeError(f"`{op.name}` wants values of equal shapes{but}, got {listed}")


class Add(Merge):
    """Element-wise sum of any number of values, in order (the residual connection of arXiv:1512.03385).

    Shape: all equal; a vector or an axis of size 1 shifts a map.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "add"
    commutes: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return broadcast(self, inputs)


class Mul(Merge):
    """Element-wise product of any number of values, in order (the excitation of arXiv:1709.01507).

    Shape: all equal; a vector or an axis of size 1 scales a map.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "mul"
    commutes: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return broadcast(self, inputs)


class Sub(Merge):
    """The first value without the others, element by element.

    Shape: all equal; a vector or an axis of size 1 shifts a map.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "sub"
    keeps_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return broadcast(self, inputs)


class Mean(Merge):
    """Element-wise mean of any number of values.

    Shape: all equal.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "mean"
    commutes: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return equal(self, inputs)


class Max(Merge):
    """Element-wise maximum of any number of values, for branches that compete (arXiv:1611.00847, design pattern 14).

    Shape: all equal.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "max"
    commutes: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return equal(self, inputs)


class Concat(Merge):
    """Concatenation along one axis (the dense connection of arXiv:1608.06993); by default along the channels.

    Shape: equal but for the joined axis, whose sizes add up. ``dim`` counts the axes of one sample from 0: ``{concat: {dim: 0}}`` appends tokens.

    Raises:
        ShapeError: If another axis differs.
    """

    name: ClassVar[str] = "concat"
    keeps_zero: ClassVar[bool] = True

    dim: Natural | None = None

    def axis(self, shape: Shape) -> int:
        """Return the axis of one sample that is joined."""
        return shape.channel_axis if self.dim is None else self.dim

    def infer(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        axis = self.axis(first)
        require_axis(self, first, axis)
        before, after, kind = first.dims[:axis], first.dims[axis + 1 :], first.kind
        joined = 0
        for shape in inputs:
            dims = shape.dims
            if shape.kind != kind or dims[:axis] != before or dims[axis + 1 :] != after:
                raise unequal(self, inputs, but=f" but for axis {axis}")
            joined += dims[axis]
        return Shape((*before, joined, *after), kind)


class Join(Merge):
    """FractalNet's join (arXiv:1605.07648): the element-wise mean of any number of values, of which training drops some.

    Shape: all equal.

    In training every value of a sample is dropped with probability ``drop_path`` (the paper's local drop-path has 0.15), at least one is kept, and
    the mean is over those that are kept. In evaluation it is the mean of all. A join that feeds straight and only into a join of the same
    ``group`` is part of it.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "join"
    commutes: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    drop_path: Probability = 0
    group: Text = ""

    def infer(self, *inputs: Shape) -> Shape:
        return equal(self, inputs)


class FreezeDropPath(Merge):
    """Freeze-drop-path of Smith & Topin's stagewise boosting and Taylor series networks (arXiv:1611.00847).

    Shape: all equal.

    In training one branch ``k`` is drawn for the whole batch; the result is the sum of the branches 0 to ``k``, and only branch ``k`` gets a
    gradient. In evaluation it is the sum of all. ``weights`` says how likely the branches are: ``square`` as 1, 4, 9, ... in order, ``equal`` all
    alike, ``reversed`` as ..., 9, 4, 1.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "freeze_drop_path"
    keeps_zero: ClassVar[bool] = True

    weights: Annotated[Literal["square", "equal", "reversed"], one_of("square", "equal", "reversed")] = "square"

    def infer(self, *inputs: Shape) -> Shape:
        return equal(self, inputs)
