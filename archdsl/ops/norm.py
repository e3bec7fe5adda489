"""Normalizations."""

from __future__ import annotations

from typing import ClassVar

from archdsl.ops.base import Family, Op, require
from archdsl.ops.fields import Flag, InitField, PositiveNumber, Probability
from archdsl.ops.shape import Shape


class BatchNorm(Op):
    """Batch normalization (arXiv:1502.03167): every channel to zero mean and unit variance over the batch, then scaled and shifted.

    Shape: unchanged; a map or a vector. Params: ``2 * C`` with ``affine``. The running statistics are buffers and never counted.
    """

    name: ClassVar[str] = "batch_norm"
    family: ClassVar[Family] = "norm"

    eps: PositiveNumber = 1e-5
    momentum: Probability = 0.1
    affine: Flag = True
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map", "vector")
        return x

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        channels = (inputs[0].channels,)
        return {"weight": channels, "bias": channels} if self.affine else {}
