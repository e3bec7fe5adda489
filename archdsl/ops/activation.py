"""Non-linearities. All but `maxout` keep the shape, and none costs MACs."""

from typing import Annotated, ClassVar, Literal

from archdsl.ops.base import DENSE, Family, Op, require, require_axis
from archdsl.ops.fields import Flag, InitField, Natural, Number, Positive, PositiveNumber, one_of
from archdsl.ops.shape import Shape, ShapeError


class _Activation(Op):
    family: ClassVar[Family] = "activation"

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if x.kind == "index":
            require(x, self, *DENSE)
        return x


class ReLU(_Activation):
    """Rectified linear unit, ``max(x, 0)`` (Nair & Hinton 2010). Shape: unchanged."""

    name: ClassVar[str] = "relu"
    keeps_zero: ClassVar[bool] = True


class LeakyReLU(_Activation):
    """Leaky rectifier, ``x`` where positive and ``negative_slope * x`` elsewhere (Maas et al. 2013). Shape: unchanged."""

    name: ClassVar[str] = "leaky_relu"
    keeps_zero: ClassVar[bool] = True

    negative_slope: Number = 0.01


class PReLU(_Activation):
    """Rectifier with a learned negative slope (arXiv:1502.01852), which starts at 0.25.

    Shape: unchanged. Params: 1, or one for each channel with ``per_channel``.
    """

    name: ClassVar[str] = "prelu"
    keeps_zero: ClassVar[bool] = True

    per_channel: Flag = False
    init: InitField = None

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (inputs[0].channels if self.per_channel else 1,)}


class ELU(_Activation):
    """Exponential linear unit, ``x`` where positive and ``alpha * (exp(x) - 1)`` elsewhere (arXiv:1511.07289). Shape: unchanged."""

    name: ClassVar[str] = "elu"
    keeps_zero: ClassVar[bool] = True

    alpha: PositiveNumber = 1.0


class GELU(_Activation):
    """Gaussian error linear unit, ``x * Phi(x)`` (arXiv:1606.08415); ``approximate: tanh`` is its cheaper form. Shape: unchanged."""

    name: ClassVar[str] = "gelu"
    keeps_zero: ClassVar[bool] = True

    approximate: Annotated[Literal["none", "tanh"], one_of("none", "tanh")] = "none"


class SiLU(_Activation):
    """Sigmoid linear unit, ``x * sigmoid(x)``, also known as swish (arXiv:1702.03118). Shape: unchanged."""

    name: ClassVar[str] = "silu"
    keeps_zero: ClassVar[bool] = True


class HardSwish(_Activation):
    """Piecewise form of swish, ``x * relu6(x + 3) / 6`` (arXiv:1905.02244). Shape: unchanged."""

    name: ClassVar[str] = "hardswish"
    keeps_zero: ClassVar[bool] = True


class Sigmoid(_Activation):
    """Logistic function, ``1 / (1 + exp(-x))``. Shape: unchanged."""

    name: ClassVar[str] = "sigmoid"


class ReLU6(_Activation):
    """Rectifier with a ceiling, ``min(max(x, 0), 6)`` (arXiv:1801.04381). Shape: unchanged."""

    name: ClassVar[str] = "relu6"
    keeps_zero: ClassVar[bool] = True


class HardSigmoid(_Activation):
    """Piecewise form of the logistic function, ``relu6(x + 3) / 6`` (arXiv:1905.02244). Shape: unchanged."""

    name: ClassVar[str] = "hardsigmoid"


class Softplus(_Activation):
    """Smooth rectifier, ``log(1 + exp(x))``. Shape: unchanged."""

    name: ClassVar[str] = "softplus"


class Mish(_Activation):
    """Smooth unit ``x * tanh(softplus(x))`` (arXiv:1908.08681). Shape: unchanged."""

    name: ClassVar[str] = "mish"
    keeps_zero: ClassVar[bool] = True


class Abs(_Activation):
    """Absolute value. Shape: unchanged."""

    name: ClassVar[str] = "abs"
    keeps_zero: ClassVar[bool] = True


class Tanh(_Activation):
    """Hyperbolic tangent. Shape: unchanged."""

    name: ClassVar[str] = "tanh"
    keeps_zero: ClassVar[bool] = True


class Softmax(_Activation):
    """Normalized exponential, ``exp(x) / sum(exp(x))`` along one axis; by default along the channels.

    Shape: unchanged. ``dim`` counts the axes of one sample from 0.

    Raises:
        ShapeError: If there is no such axis.
    """

    name: ClassVar[str] = "softmax"

    dim: Natural | None = None

    def axis(self, shape: Shape) -> int:
        """Return the axis of one sample that sums to 1."""
        return shape.channel_axis if self.dim is None else self.dim

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        require_axis(self, x, self.axis(x))
        return x


class Maxout(Op):
    """Maximum over ``pieces`` neighboring channels (arXiv:1302.4389): output ``c`` is the largest of the inputs from ``pieces * c`` on.

    Shape: ``C -> C / pieces`` channels.

    Raises:
        ShapeError: If ``pieces`` does not divide the channels.
    """

    name: ClassVar[str] = "maxout"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "activation"

    pieces: Positive = 2

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        if x.channels % self.pieces:
            raise ShapeError(f"`pieces` of `maxout` is {self.pieces}, which does not divide its {x.channels} channels")
        return x.with_channels(x.channels // self.pieces)


class Pow(_Activation):
    """Power of every element, ``x ** exponent`` (the squared branch of Smith & Topin's Taylor series network, arXiv:1611.00847).

    Shape: unchanged. A negative element has no fractional power and gives NaN.
    """

    name: ClassVar[str] = "pow"

    exponent: Number = 2

    def is_identity(self, *inputs: Shape) -> bool:
        return self.exponent == 1
