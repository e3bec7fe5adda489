"""Ops that bring values of their own. Those without an input give a batch of 1."""

from __future__ import annotations

from archdsl.backend.layers import ClsToken, LearnedValue, SinCosTable, sincos
from archdsl.backend.lowering.base import Lowered
from archdsl.ops.shape import Shape
from archdsl.ops.source import ClsToken as ClsTokenOp
from archdsl.ops.source import Embedding, Parameter, PositionTable


def lower_parameter(op: Parameter, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``LearnedValue``."""
    return Lowered("{m}()", f"LearnedValue({', '.join(map(str, op.shape))})", uses=(LearnedValue,))


def lower_position_table(op: PositionTable, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``LearnedValue``, or a table that is a buffer."""
    count, width = op.shape
    if op.kind == "learned":
        return Lowered("{m}()", f"LearnedValue({count}, {width})", uses=(LearnedValue,))
    grid = ", grid=True" if op.kind == "sincos2d" else ""
    return Lowered("{m}()", f"SinCosTable({count}, {width}{grid})", uses=(SinCosTable, sincos))


def lower_cls_token(op: ClsTokenOp, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``ClsToken``."""
    return Lowered("{m}({0})", f"ClsToken({output.channels})", uses=(ClsToken,), fresh=True)


def lower_embedding(op: Embedding, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Embedding``."""
    return Lowered("{m}({0}.long())", f"nn.Embedding({op.num_embeddings}, {op.embedding_dim})", fresh=True)
