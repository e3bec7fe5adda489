"""Linear layers."""

from typing import ClassVar

from archdsl.ops.base import Family, Op, require
from archdsl.ops.fields import Flag, InitField, Positive
from archdsl.ops.shape import Shape


class Linear(Op):
    """Affine map of the features: ``y = x W^T + b``, at every token.

    Shape: ``(C,) -> (out_features,)`` or ``(N, C) -> (N, out_features)``.

    Cost: ``C * out_features`` MACs for a vector, times ``N`` for tokens.

    Raises:
        ShapeError: If the operand is a map: flatten or pool it first.
    """

    name: ClassVar[str] = "linear"
    family: ClassVar[Family] = "linear"

    out_features: Positive
    bias: Flag = True
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "vector", "tokens")
        return x.with_channels(self.out_features)

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        weight: dict[str, tuple[int, ...]] = {"weight": (self.out_features, inputs[0].channels)}
        return {**weight, "bias": (self.out_features,)} if self.bias else weight

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return inputs[0].size * self.out_features
