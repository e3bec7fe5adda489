"""Noise that is on in training only, and factors on a path."""

from typing import ClassVar

from archdsl.ops.base import DENSE, Family, Op, require
from archdsl.ops.fields import InitField, Number, Probability
from archdsl.ops.shape import Shape


class _Keeping(Op):
    family: ClassVar[Family] = "regularization"
    keeps_zero: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if x.kind == "index":
            require(x, self, *DENSE)
        return x


class Dropout(_Keeping):
    """Dropout (arXiv:1207.0580): in training every element is zero with probability ``p`` and scaled by ``1 / (1 - p)`` otherwise.

    Shape: unchanged. In evaluation it is the identity.
    """

    name: ClassVar[str] = "dropout"

    p: Probability = 0.5

    def is_identity(self, *inputs: Shape) -> bool:
        return self.p == 0


class DropPath(_Keeping):
    """Stochastic depth (arXiv:1603.09382): in training a sample's whole value is zero with probability ``p``, else scaled by ``1 / (1 - p)``.

    Shape: unchanged. In evaluation it is the identity. It is the last step of a residual branch; the drop-path of FractalNet is in ``join``.
    """

    name: ClassVar[str] = "drop_path"

    p: Probability

    def is_identity(self, *inputs: Shape) -> bool:
        return self.p == 0


class LayerScale(_Keeping):
    """Learned factor for every channel, which starts at ``value`` (arXiv:2103.17239).

    Shape: unchanged. Params: ``C``.
    """

    name: ClassVar[str] = "layer_scale"

    value: Number = 1e-6
    init: InitField = None

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (inputs[0].channels,)}


class Scale(_Keeping):
    """Constant factor (the residual scaling of Inception-ResNet, arXiv:1602.07261).

    Shape: unchanged.
    """

    name: ClassVar[str] = "scale"

    factor: Number

    def is_identity(self, *inputs: Shape) -> bool:
        return self.factor == 1
