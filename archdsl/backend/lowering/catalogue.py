"""The lowering of every op."""

from __future__ import annotations

from archdsl.backend.lowering import activation, attention, conv, layout, merge, norm, pool, regularization, sampling, selection, source
from archdsl.backend.lowering.base import Lowered, Lowering
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape

_BY_NAME: dict[str, Lowering] = {
    "conv": conv.lower_conv,
    "conv_transpose": conv.lower_conv_transpose,
    "depthwise_conv": conv.lower_depthwise_conv,
    "linear": conv.lower_linear,
    "attention": attention.lower_attention,
    "batch_norm": norm.lower_batch_norm,
    "layer_norm": norm.lower_layer_norm,
    "rms_norm": norm.lower_rms_norm,
    "group_norm": norm.lower_group_norm,
    "instance_norm": norm.lower_instance_norm,
    "local_response_norm": norm.lower_local_response_norm,
    "relu": activation.lower_relu,
    "leaky_relu": activation.lower_leaky_relu,
    "prelu": activation.lower_prelu,
    "elu": activation.lower_elu,
    "gelu": activation.lower_gelu,
    "silu": activation.lower_silu,
    "hardswish": activation.lower_hardswish,
    "relu6": activation.lower_relu6,
    "hardsigmoid": activation.lower_hardsigmoid,
    "softplus": activation.lower_softplus,
    "mish": activation.lower_mish,
    "abs": activation.lower_abs,
    "sigmoid": activation.lower_sigmoid,
    "tanh": activation.lower_tanh,
    "softmax": activation.lower_softmax,
    "maxout": activation.lower_maxout,
    "pow": activation.lower_pow,
    "max_pool": pool.lower_max_pool,
    "avg_pool": pool.lower_avg_pool,
    "lp_pool": pool.lower_lp_pool,
    "adaptive_avg_pool": pool.lower_adaptive_avg_pool,
    "global_avg_pool": pool.lower_global_avg_pool,
    "global_max_pool": pool.lower_global_max_pool,
    "dropout": regularization.lower_dropout,
    "drop_path": regularization.lower_drop_path,
    "layer_scale": regularization.lower_layer_scale,
    "scale": regularization.lower_scale,
    "identity": layout.lower_identity,
    "zero": layout.lower_zero,
    "flatten": layout.lower_flatten,
    "reshape": layout.lower_reshape,
    "permute": layout.lower_permute,
    "to_tokens": layout.lower_to_tokens,
    "to_map": layout.lower_to_map,
    "expand": layout.lower_expand,
    "slice": selection.lower_slice,
    "split": selection.lower_split,
    "pad": selection.lower_pad,
    "subsample": selection.lower_subsample,
    "shift": selection.lower_shift,
    "channel_shuffle": selection.lower_channel_shuffle,
    "upsample": sampling.lower_upsample,
    "parameter": source.lower_parameter,
    "position_table": source.lower_position_table,
    "cls_token": source.lower_cls_token,
    "embedding": source.lower_embedding,
    "add": merge.lower_add,
    "mul": merge.lower_mul,
    "sub": merge.lower_sub,
    "mean": merge.lower_mean,
    "max": merge.lower_max,
    "concat": merge.lower_concat,
    "join": merge.lower_join,
    "freeze_drop_path": merge.lower_freeze_drop_path,
    "gate": merge.lower_gate,
    "gather": merge.lower_gather,
    "grid_sample": sampling.lower_grid_sample,
}

LOWERINGS: dict[type[Op], Lowering] = {OPS[name]: lowering for name, lowering in _BY_NAME.items()}


def lower(op: Op, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the torch form of an op; an op of the user's own brings a method ``lower``."""
    lowering = LOWERINGS.get(type(op))
    if lowering is None:
        return op.lower(inputs, output)  # type: ignore[attr-defined, no-any-return]
    return lowering(op, inputs, output)
