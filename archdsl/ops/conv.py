"""Convolutions over maps of one or two dimensions."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archdsl.ops.base import Family, Op, require
from archdsl.ops.fields import Flag, InitField, Padding, Positive, PositiveSizes, Sizes, per_axis
from archdsl.ops.shape import Shape, ShapeError


class Window(Op):
    """Fields and shape arithmetic of everything that slides a window over a map."""

    def axes(self, field: str, shape: Shape) -> tuple[int, ...]:
        """Return a size field spread over the spatial axes of ``shape``; raise :class:`ShapeError` when it lists another number."""
        value = getattr(self, field)
        spread = per_axis(value, len(shape.spatial))
        if spread is None:
            raise ShapeError(f"`{field}` of `{self.name}` lists {len(value)} numbers, but the map {shape} has {len(shape.spatial)} spatial axes")
        return spread


class _Conv(Window):
    family: ClassVar[Family] = "conv"

    def paddings(self, shape: Shape) -> tuple[tuple[int, int], ...]:
        """Return the zeros put before and behind each spatial axis of a map of this shape."""
        padding, kernel = getattr(self, "padding"), self.axes("kernel_size", shape)
        dilation, stride = self.axes("dilation", shape), self.axes("stride", shape)
        if padding == "valid":
            return ((0, 0),) * len(kernel)
        if padding == "same":
            return tuple(same_padding(*each) for each in zip(shape.spatial, kernel, stride, dilation))
        if padding is None:
            return tuple((d * (k - 1) // 2,) * 2 if k % 2 else (0, 0) for k, d in zip(kernel, dilation))
        return tuple((p, p) for p in self.axes("padding", shape))

    def slide(self, shape: Shape) -> tuple[int, ...]:
        """Return the spatial extent of the output."""
        rows = zip(shape.spatial, self.axes("kernel_size", shape), self.axes("stride", shape), self.axes("dilation", shape), self.paddings(shape))
        return tuple(self._extent(size, k, s, d, sum(pads)) for size, k, s, d, pads in rows)

    def _extent(self, size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
        reach = dilation * (kernel - 1) + 1
        if reach > size + padding:
            raise ShapeError(
                f"the kernel of `{self.name}` reaches over {reach} positions, but the padded map has {size + padding}",
                help="use a smaller kernel, more padding, or fewer strides before it",
            )
        return (size + padding - reach) // stride + 1


class Conv(_Conv):
    """Convolution over a channels-first map of one or two dimensions (cross-correlation, as everywhere in deep learning).

    Shape: ``(C, H, W) -> (out_channels, H', W')`` with ``H' = (H + padding - dilation * (kernel_size - 1) - 1) // stride + 1``.

    Cost: ``out_channels * (C / groups) * kernel area * H' * W'`` MACs.

    Padding: by default ``dilation * (kernel_size - 1) / 2`` on either side for odd kernels, which keeps the size at stride 1, and 0 for even
    ones. ``valid`` is 0. ``same`` is TensorFlow's: the output has ``ceil(H / stride)`` rows, and an odd zero goes behind.

    Raises:
        ShapeError: If ``groups`` does not divide the channels on both sides, or the kernel reaches over more than the padded map.

    Source: LeCun et al. 1998; ``groups`` is the cardinality of ResNeXt (arXiv:1611.05431).
    """

    name: ClassVar[str] = "conv"

    out_channels: Positive
    kernel_size: PositiveSizes = 1
    stride: PositiveSizes = 1
    padding: Padding = None
    dilation: PositiveSizes = 1
    groups: Positive = 1
    bias: Flag = False
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map")
        check_groups(self.name, self.groups, x.channels, self.out_channels)
        return Shape((self.out_channels, *self.slide(x)), "map")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        (x,) = inputs
        weight = {"weight": (self.out_channels, x.channels // self.groups, *self.axes("kernel_size", x))}
        return {**weight, "bias": (self.out_channels,)} if self.bias else weight

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        x = inputs[0]
        return output.size * (x.channels // self.groups) * prod(self.axes("kernel_size", x))


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return TensorFlow's ``same`` padding before and behind an axis.

    >>> same_padding(224, 3, 2, 1)
    (0, 1)
    """
    out = -(-size // stride)
    total = max(0, (out - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2


def check_groups(name: str, groups: int, in_channels: int, out_channels: int) -> None:
    """Raise :class:`ShapeError` unless ``groups`` divides the channels on both sides."""
    for side, channels in (("input", in_channels), ("output", out_channels)):
        if channels % groups:
            raise ShapeError(
                f"`groups` of `{name}` is {groups}, which does not divide its {channels} {side} channels",
                help=f"groups must divide both {in_channels} and {out_channels}",
            )
