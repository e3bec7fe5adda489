"""Attention."""

from __future__ import annotations

from archdsl.backend.layers import CrossAttention, SelfAttention
from archdsl.backend.lowering.base import Lowered, arguments
from archdsl.ops.attention import Attention
from archdsl.ops.shape import Shape


def lower_attention(op: Attention, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``SelfAttention`` for one operand, else ``CrossAttention``."""
    flags = {
        "bias": (op.bias, True),
        "out_bias": (op.out_bias, True),
        "dropout": (op.dropout, 0),
        "causal": (op.causal, False),
    }
    if len(inputs) == 1:
        text = arguments(output.channels, op.heads, op.inner(output), **flags)
        return Lowered("{m}({0})", f"SelfAttention({text})", uses=(SelfAttention,), fresh=True)
    text = arguments(op.widths(inputs), op.heads, op.inner(output), **flags)
    mask = f", {_mask(inputs[3])}" if len(inputs) > 3 else ""
    values = "{2}" if len(inputs) > 2 else "{1}"
    return Lowered(f"{{m}}({{0}}, {{1}}, {values}{mask})", f"CrossAttention({text})", uses=(CrossAttention,), fresh=True)


def _mask(mask: Shape) -> str:
    """Return the mask with the axes of the scores, ``(B, heads, N, M)``."""
    return {1: "{3}[:, None, None]", 2: "{3}[:, None]"}.get(len(mask.dims), "{3}")
