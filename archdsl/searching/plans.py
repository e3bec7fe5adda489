"""Plans: how graphs of one make are pruned, worked out once for all of them.

Pruning asks of an op only what it does with zeros, whether it is an identity or a sum, and of shapes only which are equal. Graphs that agree in this,
and in how their nodes hang together, are pruned alike, whatever their widths and windows: the cell of a network at each of its resolutions, or cells
that differ in nothing but the size of a convolution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.analysis.fingerprint import Stretches
from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Op
from archdsl.ops.layout import Zero
from archdsl.ops.shape import Shape
from archdsl.passes.drop_zeros import keeps_zero

Pruned = tuple[Graph, Stretches]

_ZERO = Zero()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left of a graph of some make.

    Attributes:
        nodes: For each node that is left but the input: the number of the node that it was, or of the piece that it was in and its number there
            (-1 for the node itself); its operands, as numbers among those that are left; and whether it became a zero.
        output: The number of the output among those that are left.
        parts: The stretches, as numbers among those that are left.
    """

    nodes: tuple[tuple[int, int, tuple[int, ...], bool], ...]
    output: int
    parts: tuple[tuple[int, ...], ...] | None


def make_of(graph: Graph, kind_of: Callable[[Node], Any]) -> Any:
    """Return what graphs have in common that are pruned alike; ``kind_of`` tells pieces apart. None where parameters are shared."""
    number: dict[Node, int] = {}
    shapes: dict[Any, int] = {}
    found: list[Any] = []
    for position, node in enumerate(graph.nodes):
        if node.module != node.name:
            return None
        number[node] = position
        shape = node.shape
        found.append((kind_of(node), shapes.setdefault((shape.dims, shape.kind), position), *[number[operand] for operand in node.inputs]))
    return (*found, number[graph.outputs[0]])


def kind_of_op(op: Op, shapes: Sequence[Shape]) -> Any:
    """Return what pruning asks of an op."""
    name = op.name if op.name in ("add", "mul", "join") else ""
    return name, isinstance(op, Zero), keeps_zero(op), len(shapes) == 1 and op.is_identity(*shapes)


def plan_of(graph: Graph, pruned: Pruned, inside_of: Callable[[Node], Graph | None]) -> Plan | None:
    """Return how a graph was pruned, found by the names of what is left; None where a name does not tell."""
    left, parts = pruned
    origins: dict[str, tuple[int, int, Op]] = {}
    for position, node in enumerate(graph.nodes):
        origins[node.name] = (position, -1, node.op)
        inside = inside_of(node)
        for place, each in enumerate(inside.nodes if inside is not None else ()):
            origins[f"{node.name}.{each.name}"] = (position, place, each.op)
    number = {left.inputs[0]: 0}
    rows: list[tuple[int, int, tuple[int, ...], bool]] = []
    for node in left.nodes[1:]:
        position, place, op = origins.get(node.name, (-1, -1, node.op))
        zeroed = op is not node.op
        if position < 0 or (zeroed and not isinstance(node.op, Zero)) or node.module != node.name:
            return None
        number[node] = len(number)
        rows.append((position, place, tuple([number[operand] for operand in node.inputs]), zeroed))
    listed = tuple(tuple([number[node] for node in part]) for part in parts) if parts is not None else None
    return Plan(tuple(rows), number[left.outputs[0]], listed)


def pruned_by(plan: Plan, graph: Graph, inside_of: Callable[[Node], Graph | None]) -> Pruned:
    """Return what is left of a graph of the make that the plan was found for."""
    made = [graph.inputs[0]]
    for position, place, operands, zeroed in plan.nodes:
        node = graph.nodes[position]
        name = node.name
        if place >= 0:
            inside = inside_of(node)
            assert inside is not None
            node = inside.nodes[place]
            name = f"{name}.{node.name}"
        inputs = tuple([made[operand] for operand in operands])
        made.append(Node(name, _ZERO if zeroed else node.op, inputs, node.shape, name))
    parts = [[made[each] for each in part] for part in plan.parts] if plan.parts is not None else None
    return Graph(graph.name, tuple(made), graph.inputs, (made[plan.output],)), parts
