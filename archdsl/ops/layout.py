"""Ops that read the same numbers in another shape, and those that give them back as they are."""

from math import isqrt, prod
from typing import ClassVar

from archdsl.ops.base import DENSE, Family, Op, require
from archdsl.ops.fields import AxisOrder, Extent, KindField, Positive, Reshaped
from archdsl.ops.shape import Shape, ShapeError
from archdsl.ops.window import require_map


class Layout(Op):
    """An op that moves numbers about and computes nothing."""

    family: ClassVar[Family] = "shape"
    keeps_zero: ClassVar[bool] = True


class Identity(Layout):
    """The value itself. Shape: unchanged."""

    name: ClassVar[str] = "identity"

    def infer(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def is_identity(self, *inputs: Shape) -> bool:
        return True


class Zero(Layout):
    """Zeros, whatever the operand holds, and no gradient (the operation `none` of NAS-Bench-201, arXiv:2001.00326). Shape: unchanged."""

    name: ClassVar[str] = "zero"
    gives_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        return x


class Flatten(Layout):
    """All axes in one, in torch's order: the channels of a map vary slowest.

    Shape: ``(C, H, W) -> (C * H * W,)``, a vector.
    """

    name: ClassVar[str] = "flatten"

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        return Shape((x.size,), "vector")

    def is_identity(self, *inputs: Shape) -> bool:
        return self.infer(*inputs) == inputs[0]


class Reshape(Layout):
    """The same numbers in the same order in axes of other sizes.

    Shape: ``shape``, in which one size may be -1 for what is left. ``kind`` says how it is read; by default one number is a vector, two are
    tokens, more a map.

    Raises:
        ShapeError: If the sizes hold another number of elements.
    """

    name: ClassVar[str] = "reshape"

    shape: Reshaped
    kind: KindField | None = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        known = prod(size for size in self.shape if size != -1)
        dims = tuple(x.size // known if size == -1 else size for size in self.shape)
        if prod(dims) != x.size:
            wanted = "(" + ", ".join(map(str, self.shape)) + ")"
            raise ShapeError(f"`reshape` to {wanted} does not fit the {x.size} elements of {x}")
        return read_as(self, dims, self.kind)

    def is_identity(self, *inputs: Shape) -> bool:
        return self.infer(*inputs) == inputs[0]


class Permute(Layout):
    """The axes in another order: axis ``i`` of the output is axis ``dims[i]`` of the input, counted from 0 without the batch.

    Shape: the sizes in that order. ``kind`` says how it is read; by default one number is a vector, two are tokens, more a map.

    Raises:
        ShapeError: If ``dims`` does not name every axis once.
    """

    name: ClassVar[str] = "permute"

    dims: AxisOrder
    kind: KindField | None = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        if sorted(self.dims) != list(range(len(x.dims))):
            named = "[" + ", ".join(map(str, self.dims)) + "]"
            raise ShapeError(f"`dims` of `permute` must name each of the {len(x.dims)} axes of {x} once, counted from 0, got {named}")
        return read_as(self, tuple(x.dims[axis] for axis in self.dims), self.kind)

    def is_identity(self, *inputs: Shape) -> bool:
        return tuple(self.dims) == tuple(range(len(self.dims))) and self.infer(*inputs) == inputs[0]


class ToTokens(Layout):
    """Every position of a map as a token, row by row (arXiv:2010.11929).

    Shape: ``(C, H, W) -> (H * W, C)``.
    """

    name: ClassVar[str] = "to_tokens"

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        return Shape((prod(x.spatial), x.channels), "tokens")


class ToMap(Layout):
    """Tokens as the positions of a map, row by row; the inverse of ``to_tokens``.

    Shape: ``(N, C) -> (C, height, width)``. What is left out follows from ``N``; a map is square when both are.

    Raises:
        ShapeError: If ``height * width`` is not the number of tokens.
    """

    name: ClassVar[str] = "to_map"

    height: Positive | None = None
    width: Positive | None = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "tokens")
        height, width = self._grid(x.dims[0])
        if height * width != x.dims[0]:
            advice = "set `height` and `width`, or drop the class token first"
            raise ShapeError(f"`to_map` cannot lay out {x.dims[0]} tokens as {height} x {width}", help=advice)
        return Shape((x.channels, height, width), "map")

    def _grid(self, tokens: int) -> tuple[int, int]:
        if self.height is not None:
            return self.height, self.width if self.width is not None else tokens // self.height
        if self.width is not None:
            return tokens // self.width, self.width
        return isqrt(tokens), isqrt(tokens)


class Expand(Layout):
    """The same numbers at every position: axes of size 1 are repeated.

    Shape: a vector ``(C,) -> (C, *size)``, a map ``(C, 1, 1) -> (C, *size)``, or one token ``(1, C) -> (size, C)``. One number is the height and
    the width.

    Raises:
        ShapeError: If an axis that is to change is not of size 1.
    """

    name: ClassVar[str] = "expand"

    size: Extent

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        have = (1,) * self._spatial_axes(x) if x.kind == "vector" else x.spatial or x.dims[:1]
        size = (self.size,) * len(have) if isinstance(self.size, int) else self.size
        if len(size) != len(have) or any(old not in (1, new) for old, new in zip(have, size)):
            wanted = ", ".join(map(str, size))
            raise ShapeError(f"`expand` repeats axes of size 1; it cannot take {x} to the size ({wanted})")
        return Shape((*size, x.channels), "tokens") if x.kind == "tokens" else Shape((x.channels, *size), "map")

    def _spatial_axes(self, x: Shape) -> int:
        return 2 if isinstance(self.size, int) else len(self.size)

    def is_identity(self, *inputs: Shape) -> bool:
        return self.infer(*inputs) == inputs[0]


def read_as(op: Op, dims: tuple[int, ...], kind: KindField | None) -> Shape:
    """Return a shape read as ``kind``; raise :class:`ShapeError` when it has another number of axes."""
    shape = Shape(dims) if kind is None else Shape(dims, kind)
    least, most = {"map": (2, 4), "tokens": (2, 2), "vector": (1, 1), "index": (1, 1)}[shape.kind]
    if not least <= len(dims) <= most:
        axes = "1 axis" if len(dims) == 1 else f"{len(dims)} axes"
        raise ShapeError(f"`{op.name}` gives {axes}, {shape}, which cannot be read as `kind: {shape.kind}`")
    return shape
