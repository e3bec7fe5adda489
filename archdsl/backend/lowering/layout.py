"""Ops that read the same numbers in another shape. Their results are views, so none is ``fresh``."""

from __future__ import annotations

from archdsl.backend.lowering.base import Lowered, always
from archdsl.ops.layout import Expand, Permute, Reshape, ToMap
from archdsl.ops.shape import Shape

lower_identity = always(Lowered("{0}"))
lower_zero = always(Lowered("torch.zeros_like({0})", fresh=True))
lower_flatten = always(Lowered("{0}.flatten(1)"))
lower_to_tokens = always(Lowered("{0}.flatten(2).transpose(1, 2)"))


def lower_reshape(op: Reshape, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``reshape``, with what is left open computed from the input."""
    return Lowered(f"{{0}}.reshape({{0}}.shape[0], {', '.join(map(str, op.shape))})")


def lower_permute(op: Permute, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``permute``."""
    return Lowered(f"{{0}}.permute(0, {', '.join(str(axis + 1) for axis in op.dims)})")


def lower_to_map(op: ToMap, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the tokens laid out in rows; a side that is not set beside one that is follows from the number of tokens."""
    height, width = output.spatial
    rows = -1 if op.height is None and op.width is not None else height
    columns = -1 if op.width is None and op.height is not None else width
    return Lowered(f"{{0}}.transpose(1, 2).unflatten(2, ({rows}, {columns}))")


def lower_expand(op: Expand, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``expand``."""
    (x,) = inputs
    if x.kind == "tokens":
        return Lowered(f"{{0}}.expand(-1, {output.dims[0]}, -1)")
    lifted = "{0}[:, :" + ", None" * len(output.spatial) + "]" if x.kind == "vector" else "{0}"
    return Lowered(f"{lifted}.expand(-1, -1, {', '.join(map(str, output.spatial))})")
