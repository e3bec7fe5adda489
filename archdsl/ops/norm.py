"""Normalizations. All keep the shape and cost no MACs."""

from typing import ClassVar

from archdsl.ops.base import DENSE, Family, Op, require
from archdsl.ops.fields import Flag, InitField, Number, Positive, PositiveNumber, Probability
from archdsl.ops.shape import Shape, ShapeError


def _affine(channels: int, affine: bool) -> dict[str, tuple[int, ...]]:
    return {"weight": (channels,), "bias": (channels,)} if affine else {}


class BatchNorm(Op):
    """Batch normalization (arXiv:1502.03167): every channel to zero mean and unit variance over the batch, then scaled and shifted.

    Shape: unchanged; a map or a vector.

    Params: ``2 * C`` with ``affine``. The running statistics are buffers and never counted.
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
        return _affine(inputs[0].channels, self.affine)


class LayerNorm(Op):
    """Layer normalization over the channels (arXiv:1607.06450): every token, or every position of a map, by itself.

    Shape: unchanged; tokens, a vector, or a channels-first map, where it is the normalization of ConvNeXt (arXiv:2201.03545).

    Params: ``2 * C`` with ``affine``.
    """

    name: ClassVar[str] = "layer_norm"
    family: ClassVar[Family] = "norm"

    eps: PositiveNumber = 1e-6
    affine: Flag = True
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, *DENSE)
        return x

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return _affine(inputs[0].channels, self.affine)


class RMSNorm(Op):
    """Root-mean-square normalization over the channels of every token (arXiv:1910.07467): nothing is subtracted, and there is no bias.

    Shape: unchanged; tokens or a vector.

    Params: ``C`` with ``affine``.
    """

    name: ClassVar[str] = "rms_norm"
    family: ClassVar[Family] = "norm"

    eps: PositiveNumber = 1e-6
    affine: Flag = True
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "tokens", "vector")
        return x

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (inputs[0].channels,)} if self.affine else {}


class GroupNorm(Op):
    """Group normalization (arXiv:1803.08494): each of ``num_groups`` slices of the channels over its channels and positions, sample by sample.

    Shape: unchanged; a map or a vector.

    Params: ``2 * C`` with ``affine``.

    Raises:
        ShapeError: If ``num_groups`` does not divide the channels, or a group holds one value only.
    """

    name: ClassVar[str] = "group_norm"
    family: ClassVar[Family] = "norm"

    num_groups: Positive
    eps: PositiveNumber = 1e-5
    affine: Flag = True
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map", "vector")
        if x.channels % self.num_groups:
            raise ShapeError(f"`num_groups` of `group_norm` is {self.num_groups}, which does not divide its {x.channels} channels")
        if x.size == self.num_groups:
            message = f"`group_norm` would normalize {self.num_groups} groups of one value each, which makes every one zero"
            raise ShapeError(message, help="use fewer groups")
        return x

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return _affine(inputs[0].channels, self.affine)


class InstanceNorm(Op):
    """Instance normalization (arXiv:1607.08022): every channel of every sample over its positions.

    Shape: unchanged; a map.

    Params: ``2 * C`` with ``affine``, which is off by default.

    Raises:
        ShapeError: If the map has one position only.
    """

    name: ClassVar[str] = "instance_norm"
    family: ClassVar[Family] = "norm"

    eps: PositiveNumber = 1e-5
    affine: Flag = False
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map")
        if x.size == x.channels:
            message = f"`instance_norm` of a map of one position makes it zero, got {x}"
            raise ShapeError(message, help="put it before the map is pooled to one position")
        return x

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return _affine(inputs[0].channels, self.affine)


class LocalResponseNorm(Op):
    """Local response normalization of AlexNet: every value is divided by what its neighbors in ``size`` channels give at the same place.

    Shape: unchanged; a map.

    A value is divided by ``(k + alpha / size * sum of their squares) ** beta``; as in torch ``alpha`` is shared among the neighbors, while the
    paper has it for each.

    Source: Krizhevsky et al. 2012.
    """

    name: ClassVar[str] = "local_response_norm"
    family: ClassVar[Family] = "norm"

    size: Positive = 5
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map")
        return x
