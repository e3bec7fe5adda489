"""Pools."""

from __future__ import annotations

from archdsl.backend.layers import root
from archdsl.backend.lowering.base import Lowered, arguments, number, spread
from archdsl.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, LPPool, MaxPool
from archdsl.ops.shape import Shape


def lower_max_pool(op: MaxPool, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.max_pool2d``."""
    (x,) = inputs
    kernel = op.axes("kernel_size", x)
    text = arguments(
        spread(kernel),
        stride=(spread(op.steps(x)), spread(kernel)),
        padding=(spread(op.axes("padding", x)), 0),
        dilation=(spread(op.axes("dilation", x)), 1),
        ceil_mode=(op.ceil_mode, False),
    )
    return Lowered(f"F.max_pool{len(kernel)}d({{0}}, {text})", fresh=True)


def lower_avg_pool(op: AvgPool, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.avg_pool2d``."""
    (x,) = inputs
    kernel = op.axes("kernel_size", x)
    text = arguments(
        spread(kernel),
        stride=(spread(op.steps(x)), spread(kernel)),
        padding=(spread(op.axes("padding", x)), 0),
        ceil_mode=(op.ceil_mode, False),
        count_include_pad=(op.count_include_pad, True),
    )
    return Lowered(f"F.avg_pool{len(kernel)}d({{0}}, {text})", fresh=True)


def lower_lp_pool(op: LPPool, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the root of a sum of powers; ``F.lp_pool2d`` has no gradient where a window is all zero."""
    (x,) = inputs
    kernel = op.axes("kernel_size", x)
    area = 1
    for size in kernel:
        area *= size
    degree, text = number(op.norm_type), arguments(spread(kernel), stride=(spread(op.steps(x)), spread(kernel)))
    return Lowered(f"root(F.avg_pool{len(kernel)}d({{0}}.abs().pow({degree}), {text}) * {area}, {degree})", uses=(root,), fresh=True)


def lower_adaptive_avg_pool(op: AdaptiveAvgPool, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.adaptive_avg_pool2d``."""
    size = spread(output.spatial)
    return Lowered(f"F.adaptive_avg_pool{len(output.spatial)}d({{0}}, {size})", fresh=True)


def lower_global_avg_pool(op: GlobalAvgPool, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the mean over all positions or tokens."""
    return Lowered(f"{{0}}.mean({_positions(inputs[0])})", fresh=True)


def lower_global_max_pool(op: GlobalMaxPool, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the maximum over all positions or tokens."""
    return Lowered(f"{{0}}.amax({_positions(inputs[0])})")


def _positions(x: Shape) -> int | tuple[int, ...]:
    return tuple(range(2, len(x.dims) + 1)) if x.kind == "map" and len(x.dims) > 2 else 1 if x.kind == "tokens" else 2
