"""Noise that is on in training only, and factors on a path.

Dropout gives its operand itself in evaluation, so it is not ``fresh``.
"""

from __future__ import annotations

from archdsl.backend.layers import DropPath, LayerScale
from archdsl.backend.lowering.base import Lowered, number
from archdsl.ops.regularization import Dropout, Scale
from archdsl.ops.regularization import DropPath as DropPathOp
from archdsl.ops.regularization import LayerScale as LayerScaleOp
from archdsl.ops.shape import Shape


def lower_dropout(op: Dropout, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``nn.Dropout``."""
    return Lowered("{m}({0})", f"nn.Dropout({number(op.p)})", overwrite="F.dropout({0}, {m}.p, {m}.training, inplace=True)")


def lower_drop_path(op: DropPathOp, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``DropPath``."""
    return Lowered("{m}({0})", f"DropPath({number(op.p)})", uses=(DropPath,))


def lower_layer_scale(op: LayerScaleOp, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``LayerScale``."""
    axes = f", axes={len(output.spatial)}" if output.spatial else ""
    return Lowered("{m}({0})", f"LayerScale({output.channels}, {number(op.value)}{axes})", uses=(LayerScale,), fresh=True)


def lower_scale(op: Scale, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a product with a constant."""
    factor = number(op.factor)
    return Lowered(f"{{0}} * {factor}", overwrite=f"{{0}}.mul_({factor})", fresh=True)
