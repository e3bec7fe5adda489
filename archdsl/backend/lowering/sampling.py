"""Resampling of maps."""

from __future__ import annotations

from archdsl.backend.layers import ThinPlateSpline, grid_axes, read_at, sample_affine, sample_projective
from archdsl.backend.lowering.base import Lowered, arguments, spread
from archdsl.ops.sampling import GridSample, Upsample
from archdsl.ops.shape import Shape


def lower_grid_sample(op: GridSample, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.grid_sample`` behind the grid of the transform."""
    text = arguments(
        size=(None if op.size is None else output.spatial, None),
        padding_mode=(op.padding_mode, "zeros"),
        align_corners=(op.align_corners, False),
    )
    more = f", {text}" if text else ""
    if op.grid == "tps":
        uses = (ThinPlateSpline, grid_axes, read_at)
        return Lowered("{m}({0}, {1})", f"ThinPlateSpline({op.control_points}{more})", uses=uses, fresh=True)
    function = sample_projective if op.grid == "projective" else sample_affine
    return Lowered(f"{function.__name__}({{0}}, {{1}}{more})", uses=(function, grid_axes, read_at), fresh=True)


def lower_upsample(op: Upsample, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.interpolate``, whose linear mode has a name for every number of axes."""
    mode = "nearest" if op.mode == "nearest" else ("linear", "bilinear", "trilinear")[len(output.spatial) - 1]
    factor = spread(op.axes("scale_factor", output))
    text = arguments(mode=(mode, "nearest"), align_corners=(op.align_corners, False))
    return Lowered(f"F.interpolate({{0}}, scale_factor={factor}{', ' + text if text else ''})", fresh=True)
