"""Convolutions and linear layers."""

from __future__ import annotations

from archdsl.backend.lowering.base import Lowered, arguments, spread
from archdsl.ops.conv import Conv, paddings
from archdsl.ops.linear import Linear
from archdsl.ops.shape import Shape


def lower_conv(op: Conv, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Conv1d`` or ``nn.Conv2d``."""
    (x,) = inputs
    pads = paddings(op, x)
    if any(before != after for before, after in pads):
        raise NotImplementedError  # uneven `same` padding: the helper fills this in
    text = arguments(
        x.channels,
        op.out_channels,
        spread(op.axes("kernel_size", x)),
        stride=(spread(op.axes("stride", x)), 1),
        padding=(spread(tuple(before for before, _ in pads)), 0),
        dilation=(spread(op.axes("dilation", x)), 1),
        groups=(op.groups, 1),
        bias=(op.bias, True),
    )
    return Lowered("{m}({0})", f"nn.Conv{len(x.spatial)}d({text})", fresh=True)


def lower_linear(op: Linear, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Linear``."""
    text = arguments(inputs[0].channels, op.out_features, bias=(op.bias, True))
    return Lowered("{m}({0})", f"nn.Linear({text})", fresh=True)
