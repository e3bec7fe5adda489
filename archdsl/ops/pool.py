"""Pools. None has parameters or costs MACs."""

from typing import ClassVar

from archdsl.ops.base import Family, Op, require
from archdsl.ops.fields import AtLeastOne, Extent, Flag, NaturalSizes, PositiveSizes
from archdsl.ops.shape import Shape, ShapeError
from archdsl.ops.window import Window, check_reach, require_map


class Pool(Window):
    """What pools share."""

    family: ClassVar[Family] = "pool"
    keeps_zero: ClassVar[bool] = True

    def steps(self, shape: Shape) -> tuple[int, ...]:
        """Return the stride of each spatial axis: that of the kernel unless it is set."""
        return self.axes("kernel_size" if getattr(self, "stride", None) is None else "stride", shape)

    def is_idle(self, shape: Shape) -> bool:
        """Tell whether a window of one position moves by one position and nothing is padded."""
        one = (1,) * len(shape.spatial)
        return shape.kind == "map" and self.axes("kernel_size", shape) == self.steps(shape) == one and getattr(self, "padding") == 0  # noqa: B009


class MaxPool(Pool):
    """Largest value under a window, channel by channel; padding counts as minus infinity.

    Shape: ``(C, H, W) -> (C, H', W')`` with ``H' = (H + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1``, rounded down, or up with
    ``ceil_mode`` unless the last window would start beyond the map. The stride is the kernel size unless it is set.

    Raises:
        ShapeError: If the padding is more than half of the kernel, or the window reaches over more than the padded map.
    """

    name: ClassVar[str] = "max_pool"

    kernel_size: PositiveSizes
    stride: PositiveSizes | None = None
    padding: NaturalSizes = 0
    dilation: PositiveSizes = 1
    ceil_mode: Flag = False

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        reaches = tuple(d * (k - 1) + 1 for k, d in zip(self.axes("kernel_size", x), self.axes("dilation", x)))
        return x.with_spatial(pooled(self, x, reaches, self.axes("padding", x), self.ceil_mode))

    def is_identity(self, *inputs: Shape) -> bool:
        return self.is_idle(*inputs)


class AvgPool(Pool):
    """Mean under a window, channel by channel; ``count_include_pad`` says whether padding counts as zeros or not at all.

    Shape: ``(C, H, W) -> (C, H', W')`` as ``max_pool``. The stride is the kernel size unless it is set.

    Raises:
        ShapeError: If the padding is more than half of the kernel, or the kernel reaches over more than the padded map.
    """

    name: ClassVar[str] = "avg_pool"

    kernel_size: PositiveSizes
    stride: PositiveSizes | None = None
    padding: NaturalSizes = 0
    ceil_mode: Flag = False
    count_include_pad: Flag = True

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        kernels = self.axes("kernel_size", x)
        if len(kernels) == 3 and any(kernel > size for kernel, size in zip(kernels, x.spatial)):
            raise ShapeError(f"the kernel of `avg_pool` is larger than the map {x}, which torch refuses for three axes even where it is padded")
        return x.with_spatial(pooled(self, x, kernels, self.axes("padding", x), self.ceil_mode))

    def is_identity(self, *inputs: Shape) -> bool:
        return self.is_idle(*inputs)


class LPPool(Pool):
    """Norm under a window, channel by channel: ``(sum |x| ** norm_type) ** (1 / norm_type)`` (arXiv:1204.3968).

    Shape: ``(C, H, W) -> (C, H', W')`` with ``H' = (H - kernel_size) // stride + 1``. The stride is the kernel size unless it is set.
    A window of zeros gives zero and has the gradient zero.

    Raises:
        ShapeError: If the kernel reaches over more than the map.
    """

    name: ClassVar[str] = "lp_pool"

    kernel_size: PositiveSizes
    stride: PositiveSizes | None = None
    norm_type: AtLeastOne = 2

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        return x.with_spatial(pooled(self, x, self.axes("kernel_size", x), (0,) * len(x.spatial), False))


class AdaptiveAvgPool(Window):
    """Mean over bins of nearly equal size, as many as asked for; the output has the same size whatever the input has.

    Shape: ``(C, H, W) -> (C, *output_size)``; one number is the size of every axis.
    """

    name: ClassVar[str] = "adaptive_avg_pool"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "pool"

    output_size: Extent

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        return x.with_spatial(self.axes("output_size", x))


class GlobalAvgPool(Op):
    """Mean over all positions of a map or over all tokens (arXiv:1312.4400).

    Shape: ``(C, H, W) -> (C,)`` or ``(N, C) -> (C,)``.
    """

    name: ClassVar[str] = "global_avg_pool"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "pool"

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map", "tokens")
        return Shape((x.channels,), "vector")


class GlobalMaxPool(Op):
    """Largest value over all positions of a map or over all tokens.

    Shape: ``(C, H, W) -> (C,)`` or ``(N, C) -> (C,)``.
    """

    name: ClassVar[str] = "global_max_pool"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "pool"

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "map", "tokens")
        return Shape((x.channels,), "vector")


def pooled(op: Pool, shape: Shape, reaches: tuple[int, ...], paddings: tuple[int, ...], ceil_mode: bool) -> tuple[int, ...]:
    """Return the spatial extent of a pool whose window reaches over so many positions."""
    out = []
    for size, kernel, reach, stride, padding in zip(shape.dims[1:], op.axes("kernel_size", shape), reaches, op.steps(shape), paddings):
        if padding * 2 > kernel:  # torch asks the same, with dilation too when it compiles
            raise ShapeError(
                f"`padding` of `{op.name}` is {padding}, more than half of its kernel of {kernel}",
                help=f"use at most {kernel // 2}, or `pad` before it",
            )
        extent = (size + 2 * padding - reach + (stride - 1 if ceil_mode else 0)) // stride + 1
        if ceil_mode and (extent - 1) * stride >= size + padding:
            extent -= 1
        if extent < 1:
            check_reach(op, reach, size + 2 * padding)
        out.append(extent)
    return tuple(out)
