"""The vocabulary: every op by its word. Adding an op is a class in its family's file and a line here."""

from __future__ import annotations

from archdsl.ops.activation import ReLU, Sigmoid
from archdsl.ops.base import Op
from archdsl.ops.conv import Conv
from archdsl.ops.linear import Linear
from archdsl.ops.merge import Add, Concat
from archdsl.ops.norm import BatchNorm

_ALL: tuple[type[Op], ...] = (
    Conv,
    Linear,
    BatchNorm,
    ReLU,
    Sigmoid,
    Add,
    Concat,
)

OPS: dict[str, type[Op]] = {op.name: op for op in _ALL}
