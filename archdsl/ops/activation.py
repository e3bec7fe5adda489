"""Non-linearities. All keep the shape and cost no MACs."""

from __future__ import annotations

from typing import ClassVar

from archdsl.ops.base import Family, Op
from archdsl.ops.shape import Shape


class _Activation(Op):
    family: ClassVar[Family] = "activation"

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x


class ReLU(_Activation):
    """Rectified linear unit, ``max(x, 0)`` (Nair & Hinton 2010). Shape: unchanged."""

    name: ClassVar[str] = "relu"


class Sigmoid(_Activation):
    """Logistic function, ``1 / (1 + exp(-x))``. Shape: unchanged."""

    name: ClassVar[str] = "sigmoid"
