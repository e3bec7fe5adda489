"""Ops that take, move or add positions and channels."""

from typing import ClassVar

from archdsl.ops.base import DENSE, Family, require, require_axis
from archdsl.ops.fields import BothEnds, Bounds, Natural, NaturalSizes, Positive, PositiveSizes, Whole
from archdsl.ops.layout import Layout
from archdsl.ops.shape import Shape, ShapeError
from archdsl.ops.window import Window, require_map


def _with_axis(shape: Shape, axis: int, size: int) -> Shape:
    return Shape((*shape.dims[:axis], size, *shape.dims[axis + 1 :]), shape.kind)


class Slice(Layout):
    """The elements ``start, start + step, ...`` before ``stop`` along one axis; negative bounds count from the end.

    Shape: that axis gets ``ceil((stop - start) / step)`` elements. By default the axis is the first: tokens of tokens, channels of a map or a
    vector. ``dim`` counts the axes of one sample from 0.

    Raises:
        ShapeError: If the bounds lie outside, or nothing lies between them.
    """

    name: ClassVar[str] = "slice"

    bounds: Bounds
    dim: Natural = 0

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_axis(self, x, self.dim)
        size = x.dims[self.dim]
        start, stop = (bound + size if bound < 0 else bound for bound in self.bounds[:2])
        if not 0 <= start < stop <= size:
            raise ShapeError(
                f"`slice` from {self.bounds[0]} to {self.bounds[1]} does not lie on axis {self.dim} of {x}, which has {size} elements",
                help="bounds count from 0, the stop is not included, and negative ones count from the end",
            )
        return _with_axis(x, self.dim, len(range(start, stop, self.step)))

    @property
    def step(self) -> int:
        """The distance between two elements that are taken."""
        return self.bounds[2] if len(self.bounds) == 3 else 1

    def is_identity(self, *inputs: Shape) -> bool:
        return self.infer(*inputs) == inputs[0]


class Split(Layout):
    """One of ``sections`` equal slices along one axis, by default the channels (Res2Net, arXiv:1904.01169; ShuffleNet v2, arXiv:1807.11164).

    Shape: that axis divided by ``sections``. ``index`` counts the slices from 0, ``dim`` the axes of one sample.

    Raises:
        ShapeError: If ``sections`` does not divide the axis, or there is no slice ``index``.
    """

    name: ClassVar[str] = "split"

    sections: Positive
    index: Natural = 0
    dim: Natural | None = None

    def axis(self, shape: Shape) -> int:
        """Return the axis of one sample that is divided."""
        return shape.channel_axis if self.dim is None else self.dim

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        axis = self.axis(x)
        require_axis(self, x, axis)
        if self.index >= self.sections:
            raise ShapeError(f"`index` of `split` is {self.index}, but {self.sections} sections are counted from 0 to {self.sections - 1}")
        if x.dims[axis] % self.sections:
            what = "channels" if axis == x.channel_axis else f"elements of axis {axis}"
            raise ShapeError(f"`split` cannot divide {x.dims[axis]} {what} into {self.sections} equal sections")
        return _with_axis(x, axis, x.dims[axis] // self.sections)

    def is_identity(self, *inputs: Shape) -> bool:
        return self.sections == 1


class Pad(Window):
    """Zeros around a map, and zero channels (the parameter-free shortcut, option A, of arXiv:1512.03385).

    Shape: ``(C, H, W) -> (before + C + after, H + 2 * padding, W + 2 * padding)``. ``channels`` is ``[before, after]``, or one number of channels
    to put after; tokens and vectors have no ``padding``.

    Raises:
        ShapeError: If tokens or a vector are padded in space.
    """

    name: ClassVar[str] = "pad"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "shape"

    padding: NaturalSizes = 0
    channels: BothEnds = (0, 0)

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        channels = x.channels + sum(self.channels)
        if x.kind == "map":
            require_map(x, self)
            return Shape((channels, *(size + 2 * p for size, p in zip(x.spatial, self.axes("padding", x)))), "map")
        if self.padding != 0:
            raise ShapeError(f"`padding` of `pad` needs a map, got {x}", help="set `channels` alone")
        return x.with_channels(channels)

    def is_identity(self, *inputs: Shape) -> bool:
        return self.infer(*inputs) == inputs[0]


class Subsample(Window):
    """Every ``stride``-th row and column of a map, from the first on.

    Shape: ``(C, H, W) -> (C, ceil(H / stride), ceil(W / stride))``.
    """

    name: ClassVar[str] = "subsample"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "shape"

    stride: PositiveSizes = 2

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        return x.with_spatial(tuple(-(-size // stride) for size, stride in zip(x.spatial, self.axes("stride", x))))

    def is_identity(self, *inputs: Shape) -> bool:
        return set(self.axes("stride", inputs[0])) == {1}


class Shift(Layout):
    """A map moved by ``dx`` columns to the right and ``dy`` rows down, with zeros moved in (arXiv:1711.08141).

    Shape: unchanged; a map of one or two spatial axes. Negative distances move it to the left and up. A map of one spatial axis has no ``dy``.

    Raises:
        ShapeError: If the map is moved by its whole size or more.
    """

    name: ClassVar[str] = "shift"

    dx: Whole = 0
    dy: Whole = 0

    def moves(self, shape: Shape) -> tuple[int, ...]:
        """Return the distance along each spatial axis."""
        return (self.dy, self.dx)[2 - len(shape.spatial) :]

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map")
        if not 1 <= len(x.spatial) <= 2 or (len(x.spatial) == 1 and self.dy != 0):
            raise ShapeError(f"`shift` moves maps of 1 spatial axis by `dx` and of 2 by `dx` and `dy`, got {x}")
        if any(abs(move) >= size for move, size in zip(self.moves(x), x.spatial)):
            raise ShapeError(f"`shift` by dx = {self.dx}, dy = {self.dy} moves the map {x} out of itself")
        return x

    def is_identity(self, *inputs: Shape) -> bool:
        return self.dx == self.dy == 0


class ChannelShuffle(Layout):
    """Channels dealt out anew: those of ``groups`` consecutive groups taken in turn, one of each (ShuffleNet, arXiv:1707.01083).

    Shape: unchanged. Output channel ``i`` is input channel ``(i % groups) * (C / groups) + i // groups``.

    Raises:
        ShapeError: If ``groups`` does not divide the channels.
    """

    name: ClassVar[str] = "channel_shuffle"

    groups: Positive

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        if x.channels % self.groups:
            raise ShapeError(f"`groups` of `channel_shuffle` is {self.groups}, which does not divide its {x.channels} channels")
        return x

    def is_identity(self, *inputs: Shape) -> bool:
        return self.groups in (1, inputs[0].channels)
