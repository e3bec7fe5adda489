"""Non-linearities.

The result of one that can write over its operand is kept for its own backward pass, so it is not ``fresh``.
"""

from __future__ import annotations

from archdsl.backend.lowering.base import Lowered, always, arguments, number
from archdsl.ops.activation import ELU, GELU, LeakyReLU, Maxout, Pow, PReLU, Softmax
from archdsl.ops.shape import Shape

lower_relu = always(Lowered("F.relu({0})", overwrite="F.relu({0}, inplace=True)"))
lower_silu = always(Lowered("F.silu({0})", fresh=True))
lower_hardswish = always(Lowered("F.hardswish({0})", fresh=True))
lower_relu6 = always(Lowered("F.relu6({0})", fresh=True))
lower_hardsigmoid = always(Lowered("F.hardsigmoid({0})", fresh=True))
lower_softplus = always(Lowered("F.softplus({0})", fresh=True))
lower_mish = always(Lowered("F.mish({0})", fresh=True))
lower_abs = always(Lowered("{0}.abs()", fresh=True))
lower_sigmoid = always(Lowered("{0}.sigmoid()", overwrite="{0}.sigmoid_()"))
lower_tanh = always(Lowered("{0}.tanh()", overwrite="{0}.tanh_()"))


def lower_leaky_relu(op: LeakyReLU, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.leaky_relu``; only a positive slope lets the operand be told from the result."""
    slope = number(op.negative_slope)
    overwrite = f"F.leaky_relu({{0}}, {slope}, inplace=True)" if op.negative_slope > 0 else None
    return Lowered(f"F.leaky_relu({{0}}, {slope})", overwrite=overwrite)


def lower_prelu(op: PReLU, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.PReLU``, which looks for the channels behind the batch."""
    (x,) = inputs
    if not op.per_channel:
        return Lowered("{m}({0})", "nn.PReLU()", fresh=True)
    call = "{m}({0}.mT).mT" if x.kind == "tokens" else "{m}({0})"
    return Lowered(call, f"nn.PReLU({x.channels})", fresh=True)


def lower_elu(op: ELU, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.elu``."""
    alpha = "" if op.alpha == 1 else f", {number(op.alpha)}"
    return Lowered(f"F.elu({{0}}{alpha})", overwrite=f"F.elu({{0}}{alpha}, inplace=True)")


def lower_gelu(op: GELU, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.gelu``."""
    text = arguments(approximate=(op.approximate, "none"))
    return Lowered(f"F.gelu({{0}}{', ' + text if text else ''})", fresh=True)


def lower_softmax(op: Softmax, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``softmax``."""
    return Lowered(f"{{0}}.softmax({op.axis(output) + 1})")


def lower_maxout(op: Maxout, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the maximum over pieces that lie side by side."""
    axis = output.channel_axis + 1
    return Lowered(f"{{0}}.unflatten({axis}, (-1, {op.pieces})).amax({axis + 1})")


def lower_pow(op: Pow, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``pow``."""
    return Lowered(f"{{0}}.pow({number(op.exponent)})", fresh=True)
