"""Convolutions and linear layers."""

from __future__ import annotations

from archdsl.backend.layers import same_pad
from archdsl.backend.lowering.base import Lowered, arguments, spread
from archdsl.ops.conv import Conv, ConvTranspose, DepthwiseConv, paddings
from archdsl.ops.linear import Linear
from archdsl.ops.shape import Shape


def lower_conv(op: Conv, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Conv2d``; ``same`` padding that depends on the input size is computed when the size is known."""
    return _conv(op, inputs[0], output.channels, op.groups)


def lower_depthwise_conv(op: DepthwiseConv, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Conv2d`` with a group for every channel."""
    return _conv(op, inputs[0], output.channels, inputs[0].channels)


def _conv(op: Conv | DepthwiseConv, x: Shape, out_channels: int, groups: int) -> Lowered:
    kernel, stride, dilation = (op.axes(field, x) for field in ("kernel_size", "stride", "dilation"))
    pads: int | tuple[int, ...] = spread(tuple(before for before, _ in paddings(op, x)))
    late = op.padding == "same" and any(k > 1 and (s > 1 or d * (k - 1) % 2) for k, s, d in zip(kernel, stride, dilation))
    text = arguments(
        x.channels,
        out_channels,
        spread(kernel),
        stride=(spread(stride), 1),
        padding=(0 if late else pads, 0),
        dilation=(spread(dilation), 1),
        groups=(groups, 1),
        bias=(op.bias, True),
    )
    module = f"nn.Conv{len(kernel)}d({text})"
    if late:
        return Lowered(f"{{m}}(same_pad({{0}}, {kernel}, {stride}, {dilation}))", module, uses=(same_pad,), fresh=True)
    return Lowered("{m}({0})", module, fresh=True)


def lower_conv_transpose(op: ConvTranspose, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.ConvTranspose2d``."""
    (x,) = inputs
    text = arguments(
        x.channels,
        op.out_channels,
        spread(op.axes("kernel_size", x)),
        stride=(spread(op.axes("stride", x)), 1),
        padding=(spread(op.axes("padding", x)), 0),
        output_padding=(spread(op.axes("output_padding", x)), 0),
        groups=(op.groups, 1),
        bias=(op.bias, True),
        dilation=(spread(op.axes("dilation", x)), 1),
    )
    return Lowered("{m}({0})", f"nn.ConvTranspose{len(x.spatial)}d({text})", fresh=True)


def lower_linear(op: Linear, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Linear``."""
    text = arguments(inputs[0].channels, op.out_features, bias=(op.bias, True))
    return Lowered("{m}({0})", f"nn.Linear({text})", fresh=True)
