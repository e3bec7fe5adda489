"""How far a position of a value looks back: receptive field and stride."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.base import Op
from archdsl.ops.conv import ConvTranspose
from archdsl.ops.pool import Pool
from archdsl.ops.shape import Shape
from archdsl.ops.window import Window


@dataclass(frozen=True, slots=True)
class Extent:
    """How one position of a value sees an input, along one axis.

    Attributes:
        reach: From the first input position that it depends on to the last; the whole input where it says None.
        stride: The number of input positions from one position to the next; below 1 after upsampling.
    """

    reach: Fraction | None
    stride: Fraction

    @property
    def field(self) -> int | None:
        """The number of input positions that it can depend on; None for the whole input.

        It is counted by strides, as is usual; where a map that was pooled grows again, its outermost cells may reach a little further.
        """
        return None if self.reach is None else 1 + ceil(self.reach)

    def through(self, reach: int, step: Fraction) -> Extent:
        """Return the extent behind a window over ``reach`` positions that moves by ``step``."""
        return Extent(None if self.reach is None else self.reach + (reach - 1) * self.stride, self.stride * step)


START = Extent(Fraction(0), Fraction(1))
WHOLE = Extent(None, Fraction(0))


def extents(graph: Graph) -> dict[str, Extent]:
    """Return the extent of every node by its name, along the axis (rows before columns) in which it is larger.

    Where several ways lead to a node, the longest look counts.

    >>> import archdsl
    >>> found = extents(archdsl.load("resnet50").graph)
    >>> found["max_pool"].field, int(found["max_pool"].stride)
    (11, 4)
    """
    return {node.name: extent for node, extent in extents_of(graph.nodes).items()}


def extents_of(nodes: Iterable[Node]) -> dict[Node, Extent]:
    """Return the extent of every node; each comes behind its operands."""
    found: dict[Node, tuple[Extent, ...]] = {}
    for node in nodes:
        found[node] = _of(node, found)
    return {node: max(each, key=_reach) for node, each in found.items()}


def _reach(extent: Extent) -> float:
    return float("inf") if extent.reach is None else float(extent.reach)


def _of(node: Node, found: dict[Node, tuple[Extent, ...]]) -> tuple[Extent, ...]:
    if isinstance(node.op, Input):
        return (START,) * max(1, len(node.shape.spatial))
    if not node.inputs:
        return (START,)
    widest = tuple(max(column, key=_reach) for column in zip(*_aligned([found[operand] for operand in node.inputs])))
    shape = node.inputs[0].shape
    if len(shape.spatial) != len(node.shape.spatial) or node.op.family == "attention" or node.op.name in ("grid_sample", "adaptive_avg_pool"):
        return (WHOLE,) * max(1, len(node.shape.spatial)) if shape.spatial or node.op.family == "attention" else widest
    if not shape.spatial or not isinstance(node.op, Window):
        return widest
    return tuple(extent.through(reach, step) for extent, reach, step in zip(widest, _reaches(node.op, shape), _steps(node.op, shape)))


def _aligned(rows: list[tuple[Extent, ...]]) -> list[tuple[Extent, ...]]:
    axes = max(len(row) for row in rows)
    return [row if len(row) == axes else (max(row, key=_reach),) * axes for row in rows]


def _reaches(op: Op, shape: Shape) -> tuple[int, ...]:
    """Return how many positions of its operand a position behind a window depends on, along each axis."""
    if getattr(op, "mode", "") == "bilinear":
        return (2,) * len(shape.spatial)
    one = (1,) * len(shape.spatial)
    kernel = op.axes("kernel_size", shape) if "kernel_size" in type(op).model_fields and isinstance(op, Window) else one
    dilation = op.axes("dilation", shape) if "dilation" in type(op).model_fields and isinstance(op, Window) else one
    steps = op.axes("stride", shape) if isinstance(op, ConvTranspose) else one
    return tuple(d * (k - 1) // step + 1 for k, d, step in zip(kernel, dilation, steps))


def _steps(op: Window, shape: Shape) -> tuple[Fraction, ...]:
    """Return by how many positions a window moves along each axis; less than 1 where the map grows."""
    fields = type(op).model_fields
    if "scale_factor" in fields:
        return tuple(Fraction(1, each) for each in op.axes("scale_factor", shape))
    if isinstance(op, ConvTranspose):
        return tuple(Fraction(1, each) for each in op.axes("stride", shape))
    if isinstance(op, Pool):
        return tuple(map(Fraction, op.steps(shape)))
    return tuple(map(Fraction, op.axes("stride", shape))) if "stride" in fields else (Fraction(1),) * len(shape.spatial)
