"""Convolutions over maps of one, two or three dimensions."""

from math import prod
from typing import ClassVar

from archdsl.ops.base import Family
from archdsl.ops.fields import Flag, InitField, NaturalSizes, Padding, Positive, PositiveSizes
from archdsl.ops.shape import Shape, ShapeError
from archdsl.ops.window import Window, check_reach, require_map


class Conv(Window):
    """Convolution over a channels-first map of one to three dimensions (cross-correlation, as everywhere in deep learning).

    Shape: ``(C, H, W) -> (out_channels, H', W')`` with ``H' = (H + padding - dilation * (kernel_size - 1) - 1) // stride + 1``.

    Cost: ``out_channels * (C / groups) * kernel area * H' * W'`` MACs.

    Padding: by default ``dilation * (kernel_size - 1) / 2`` on either side for odd kernels, which keeps the size at stride 1, and 0 for even
    ones. ``valid`` is 0. ``same`` is TensorFlow's: the output has ``ceil(H / stride)`` rows, and an odd zero goes behind.

    Raises:
        ShapeError: If ``groups`` does not divide the channels on both sides, or the kernel reaches over more than the padded map.

    Source: LeCun et al. 1998; ``groups`` is the cardinality of ResNeXt (arXiv:1611.05431).
    """

    name: ClassVar[str] = "conv"
    family: ClassVar[Family] = "conv"

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
        require_map(x, self)
        if self.groups > 1:
            check_groups(self.name, self.groups, x.dims[0], self.out_channels)
        return Shape((self.out_channels, *slide(self, x)), "map")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        (x,) = inputs
        weight = {"weight": (self.out_channels, x.channels // self.groups, *self.axes("kernel_size", x))}
        return {**weight, "bias": (self.out_channels,)} if self.bias else weight

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        x = inputs[0]
        return output.size * (x.dims[0] // self.groups) * prod(self.axes("kernel_size", x))


class DepthwiseConv(Window):
    """Depthwise convolution: every channel has its own kernels and meets no other channel.

    Shape: ``(C, H, W) -> (multiplier * C, H', W')`` with ``H'`` as in ``conv``; output channel ``multiplier * c + j`` comes from channel ``c``.

    Cost: ``multiplier * C * kernel area * H' * W'`` MACs.

    Raises:
        ShapeError: If the kernel reaches over more than the padded map.

    Source: MobileNet (arXiv:1704.04861), Xception (arXiv:1610.02357).
    """

    name: ClassVar[str] = "depthwise_conv"
    family: ClassVar[Family] = "conv"

    kernel_size: PositiveSizes = 3
    stride: PositiveSizes = 1
    padding: Padding = None
    dilation: PositiveSizes = 1
    multiplier: Positive = 1
    bias: Flag = False
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        return Shape((self.multiplier * x.dims[0], *slide(self, x)), "map")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        (x,) = inputs
        channels = self.multiplier * x.channels
        weight = {"weight": (channels, 1, *self.axes("kernel_size", x))}
        return {**weight, "bias": (channels,)} if self.bias else weight

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return output.size * prod(self.axes("kernel_size", inputs[0]))


class ConvTranspose(Window):
    """Transposed convolution: the gradient of ``conv`` with respect to its input, used to enlarge maps.

    Shape: ``(C, H, W) -> (out_channels, H', W')`` with
    ``H' = (H - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1``.

    Cost: ``C * (out_channels / groups) * kernel area * H * W`` MACs.

    Raises:
        ShapeError: If ``groups`` does not divide the channels on both sides, nothing is left of the output, or ``output_padding`` is smaller
            than neither the stride nor the dilation.

    Source: Zeiler et al. 2010; as the up-convolution of U-Net (arXiv:1505.04597).
    """

    name: ClassVar[str] = "conv_transpose"
    family: ClassVar[Family] = "conv"

    out_channels: Positive
    kernel_size: PositiveSizes
    stride: PositiveSizes = 1
    padding: NaturalSizes = 0
    output_padding: NaturalSizes = 0
    groups: Positive = 1
    bias: Flag = False
    dilation: PositiveSizes = 1
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        check_groups(self.name, self.groups, x.channels, self.out_channels)
        fields = [self.axes(field, x) for field in ("kernel_size", "stride", "padding", "output_padding", "dilation")]
        return Shape((self.out_channels, *(self._extent(size, *each) for size, *each in zip(x.spatial, *fields))), "map")

    def _extent(self, size: int, kernel: int, stride: int, padding: int, extra: int, dilation: int) -> int:
        if extra >= max(stride, dilation):
            raise ShapeError(
                f"`output_padding` of `{self.name}` is {extra}, but it must be smaller than the stride {stride} or the dilation {dilation}",
                help="leave it out: it only adds rows that a strided convolution would have ignored",
            )
        out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1
        if out < 1:
            raise ShapeError(f"`padding` of `{self.name}` cuts away all of the map: {size} positions become {out}", help="use less padding")
        return out

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        (x,) = inputs
        weight = {"weight": (x.channels, self.out_channels // self.groups, *self.axes("kernel_size", x))}
        return {**weight, "bias": (self.out_channels,)} if self.bias else weight

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        x = inputs[0]
        return x.size * (self.out_channels // self.groups) * prod(self.axes("kernel_size", x))


Axes = tuple[int, ...]


def paddings(op: Conv | DepthwiseConv, shape: Shape) -> tuple[tuple[int, int], ...]:
    """Return the zeros put before and behind each spatial axis of a map of this shape."""
    return _paddings(op, shape, op.axes("kernel_size", shape), op.axes("stride", shape), op.axes("dilation", shape))


def _paddings(op: Conv | DepthwiseConv, shape: Shape, kernel: Axes, stride: Axes, dilation: Axes) -> tuple[tuple[int, int], ...]:
    padding = op.padding
    if padding is None:
        return tuple([(d * (k - 1) // 2,) * 2 if k % 2 else (0, 0) for k, d in zip(kernel, dilation)])
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        return tuple(map(same_padding, shape.spatial, kernel, stride, dilation))
    return tuple([(p, p) for p in op.axes("padding", shape)])


def slide(op: Conv | DepthwiseConv, shape: Shape) -> Axes:
    """Return the spatial extent of the output."""
    kernels, strides, dilations = op.axes("kernel_size", shape), op.axes("stride", shape), op.axes("dilation", shape)
    out = []
    for size, k, s, d, (before, after) in zip(shape.dims[1:], kernels, strides, dilations, _paddings(op, shape, kernels, strides, dilations)):
        padded, reach = size + before + after, d * (k - 1) + 1
        check_reach(op, reach, padded)
        out.append((padded - reach) // s + 1)
    return tuple(out)


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
