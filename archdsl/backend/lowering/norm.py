"""Normalizations."""

from __future__ import annotations

from archdsl.backend.layers import ChannelNorm
from archdsl.backend.lowering.base import Lowered, arguments
from archdsl.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm, RMSNorm
from archdsl.ops.shape import Shape


def lower_batch_norm(op: BatchNorm, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.BatchNorm2d``, or ``nn.BatchNorm1d`` for vectors."""
    (x,) = inputs
    text = arguments(x.channels, eps=(op.eps, 1e-5), momentum=(op.momentum, 0.1), affine=(op.affine, True))
    return Lowered("{m}({0})", f"nn.BatchNorm{max(1, len(x.spatial))}d({text})", fresh=True)


def lower_layer_norm(op: LayerNorm, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.LayerNorm``, or its form for channels-first maps."""
    (x,) = inputs
    text = arguments(x.channels, eps=(op.eps, 1e-5), elementwise_affine=(op.affine, True))
    if x.kind == "map":
        return Lowered("{m}({0})", f"ChannelNorm({text})", uses=(ChannelNorm,), fresh=True)
    return Lowered("{m}({0})", f"nn.LayerNorm({text})", fresh=True)


def lower_rms_norm(op: RMSNorm, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.RMSNorm``, whose own epsilon depends on the type of the numbers."""
    text = arguments(inputs[0].channels, eps=(op.eps, None), elementwise_affine=(op.affine, True))
    return Lowered("{m}({0})", f"nn.RMSNorm({text})", fresh=True)


def lower_group_norm(op: GroupNorm, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.GroupNorm``."""
    text = arguments(op.num_groups, inputs[0].channels, eps=(op.eps, 1e-5), affine=(op.affine, True))
    return Lowered("{m}({0})", f"nn.GroupNorm({text})", fresh=True)


def lower_instance_norm(op: InstanceNorm, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.InstanceNorm2d``."""
    (x,) = inputs
    text = arguments(x.channels, eps=(op.eps, 1e-5), affine=(op.affine, False))
    return Lowered("{m}({0})", f"nn.InstanceNorm{len(x.spatial)}d({text})", fresh=True)


def lower_local_response_norm(op: LocalResponseNorm, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.local_response_norm``."""
    text = arguments(op.size, alpha=(op.alpha, 1e-4), beta=(op.beta, 0.75), k=(op.k, 1))
    return Lowered(f"F.local_response_norm({{0}}, {text})", fresh=True)
