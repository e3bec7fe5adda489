"""Resampling of maps."""

from typing import Annotated, ClassVar, Literal

from archdsl.ops.base import Family, require
from archdsl.ops.fields import Extent, Flag, Positive, PositiveSizes, one_of
from archdsl.ops.shape import Shape, ShapeError
from archdsl.ops.window import Window, require_map


class GridSample(Window):
    """Spatial transformer (arXiv:1506.02025): reads a map, bilinearly, at the positions that a transform gives to those of the output.

    Shape: image ``(C, H, W)`` and the parameters of the transform ``theta``, a vector, give ``(C, H, W)``, or ``(C, *size)``.

    Positions run from -1 to 1 along both axes, ``x`` to the right and ``y`` down; with ``align_corners`` -1 and 1 are the centers of the outer
    pixels, else their outer edges. What is read beyond is zero, or as ``padding_mode`` says. ``theta`` for each ``grid``:

    - ``affine``: 6 numbers, the rows of ``[[a, b, c], [d, e, f]]``: reads at ``(a x + b y + c, d x + e y + f)``.
    - ``attention``: 3 numbers, ``s, tx, ty``: reads at ``(s x + tx, s y + ty)``.
    - ``projective``: 8 numbers, the rows of a 3 x 3 matrix without its last element, which is 1.
    - ``tps``: thin plate spline, ``2 * control_points ** 2`` numbers: how far each point ``(x, y)`` of a regular grid over the whole map is moved,
      row by row; all zero is the identity.

    Cost: no MACs, but for ``tps`` ``2 * (K + 3) * (K + H' * W')`` with ``K = control_points ** 2``, products of activations with constants.

    Raises:
        ShapeError: If ``theta`` has another length, or the image is not a map of two spatial axes.
    """

    name: ClassVar[str] = "grid_sample"
    family: ClassVar[Family] = "merge"
    roles: ClassVar[tuple[str, ...]] = ("image", "theta")

    grid: Annotated[Literal["affine", "attention", "projective", "tps"], one_of("affine", "attention", "projective", "tps")] = "affine"
    size: Extent | None = None
    padding_mode: Annotated[Literal["zeros", "border", "reflection"], one_of("zeros", "border", "reflection")] = "zeros"
    align_corners: Flag = False
    control_points: Positive = 4

    def numbers(self) -> int:
        """Return the length of ``theta``."""
        return {"affine": 6, "attention": 3, "projective": 8, "tps": 2 * self.control_points**2}[self.grid]

    def infer(self, *inputs: Shape) -> Shape:
        image, theta = inputs
        require(image, self, "map")
        require(theta, self, "vector")
        if len(image.spatial) != 2:
            raise ShapeError(f"`grid_sample` reads maps of 2 spatial axes, got {image}")
        if self.grid == "tps" and self.control_points < 2:
            raise ShapeError("`control_points` of `grid_sample` counts those along one side and must be at least 2, got 1")
        if theta.dims[0] != self.numbers():
            raise ShapeError(f"`grid_sample` with `grid: {self.grid}` takes {self.numbers()} numbers in `theta`, got {theta.dims[0]}")
        return image if self.size is None else image.with_spatial(self.axes("size", image))

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self.product_macs(inputs, output)

    def product_macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        points = self.control_points**2
        return 2 * (points + 3) * (points + output.size // output.channels) if self.grid == "tps" else 0


class Upsample(Window):
    """A larger map: every position repeated (``nearest``) or interpolated linearly along every axis (``bilinear``).

    Shape: ``(C, H, W) -> (C, scale_factor * H, scale_factor * W)``.

    With ``align_corners`` the outer pixels keep their places in linear interpolation, else the outer edges do.

    Raises:
        ShapeError: If ``align_corners`` is set for ``nearest``.
    """

    name: ClassVar[str] = "upsample"
    keeps_zero: ClassVar[bool] = True
    family: ClassVar[Family] = "shape"

    scale_factor: PositiveSizes = 2
    mode: Annotated[Literal["nearest", "bilinear"], one_of("nearest", "bilinear")] = "nearest"
    align_corners: Flag = False

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require_map(x, self)
        if self.align_corners and self.mode == "nearest":
            raise ShapeError("`align_corners` of `upsample` is about `mode: bilinear`", help="leave it out, or set the mode")
        return x.with_spatial(tuple(size * factor for size, factor in zip(x.spatial, self.axes("scale_factor", x))))

    def is_identity(self, *inputs: Shape) -> bool:
        return set(self.axes("scale_factor", inputs[0])) == {1}
