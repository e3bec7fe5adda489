"""Plans: how graphs of one make are pruned, worked out once for all of them.

Pruning asks of an op only what it does with zeros, whether it is an identity or a sum, and of shapes only which are equal. Graphs that agree in this,
and in how their nodes hang together, are pruned alike, whatever their widths and windows: the cell of a network at each of its resolutions, or cells
that differ in nothing but the size of a convolution. What is inside a piece is not asked: pieces that must be opened are told
apart, and the graph in which they are is one of another make.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from archdsl.analysis.fingerprint import Stretches
from archdsl.ir.graph import Graph, Node
from archdsl.ops.layout import Zero
from archdsl.passes.drop_zeros import keeps_zero

_ZERO = Zero()


class Traits(NamedTuple):
    """What a graph is like, seen from outside: all that pruning asks of a piece.

    Attributes:
        in_a_row: Whether all its nodes follow one another.
        begins_in_sum: Whether nothing but a sum takes the value that enters.
        ends_in_sum: Whether a sum gives the value that leaves.
        is_identity: Whether what enters leaves.
        is_zero: Whether what leaves is zero.
    """

    in_a_row: bool
    begins_in_sum: bool
    ends_in_sum: bool
    is_identity: bool
    is_zero: bool


class Pruned(NamedTuple):
    """A pruned graph.

    Attributes:
        graph: The canonical form.
        parts: Its stretches.
        traits: What it is like; None where it has no stretches.
        leaky: The pieces in it that are to be opened.
    """

    graph: Graph
    parts: Stretches
    traits: Traits | None
    leaky: Collection[Node]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left of a graph of some make.

    Attributes:
        nodes: For each node that is left but the input: the number of the node that it was; its operands, as numbers among those that are left; and
            whether it became a zero.
        output: The number of the output among those that are left.
        parts: The stretches, as numbers among those that are left.
        traits: What is left is like this.
        leaky: The pieces that are to be opened, as numbers among those that are left.
    """

    nodes: tuple[tuple[int, tuple[int, ...], bool], ...]
    output: int
    parts: tuple[tuple[int, ...], ...] | None
    traits: Traits | None
    leaky: tuple[int, ...]


def make_of(graph: Graph, kind_of: Callable[[Node], Any]) -> Any:
    """Return what graphs have in common that are pruned alike; None where that is too much to say: several inputs, or shared parameters."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return None
    number: dict[Node, int] = {}
    shapes: dict[Any, int] = {}
    found: list[Any] = []
    for position, node in enumerate(graph.nodes):
        if node.module != node.name:
            return None
        number[node] = position
        alike = shapes.setdefault((node.shape.dims, node.shape.kind), position)
        found.append((kind_of(node), alike, *[number[operand] for operand in node.inputs]))
    return (*found, number[graph.outputs[0]])


def kind_of_op(node: Node) -> Any:
    """Return what pruning asks of a node that is no piece."""
    op, inputs = node.op, node.inputs
    name = op.name if op.name in ("add", "mul", "join") else ""
    return name, isinstance(op, Zero), keeps_zero(op), len(inputs) == 1 and op.is_identity(inputs[0].shape)


def plan_of(graph: Graph, pruned: Pruned) -> Plan | None:
    """Return how a graph was pruned, found by the names of what is left; None where a name does not tell."""
    origins = {node.name: (position, node.op) for position, node in enumerate(graph.nodes)}
    number = {pruned.graph.inputs[0]: 0}
    rows: list[tuple[int, tuple[int, ...], bool]] = []
    for node in pruned.graph.nodes[1:]:
        position, op = origins.get(node.name, (-1, node.op))
        zeroed = op is not node.op
        if position < 0 or (zeroed and not isinstance(node.op, Zero)) or node.module != node.name:
            return None
        number[node] = len(number)
        rows.append((position, tuple([number[operand] for operand in node.inputs]), zeroed))
    parts = tuple(tuple([number[node] for node in part]) for part in pruned.parts) if pruned.parts is not None else None
    return Plan(tuple(rows), number[pruned.graph.outputs[0]], parts, pruned.traits, tuple([number[node] for node in pruned.leaky]))


def pruned_by(plan: Plan, graph: Graph) -> Pruned:
    """Return what is left of a graph of the make that the plan was found for."""
    made = [graph.inputs[0]]
    for position, operands, zeroed in plan.nodes:
        node = graph.nodes[position]
        inputs = tuple([made[operand] for operand in operands])
        same = inputs == node.inputs and not zeroed
        made.append(node if same else Node(node.name, _ZERO if zeroed else node.op, inputs, node.shape, node.name))
    parts = [[made[each] for each in part] for part in plan.parts] if plan.parts is not None else None
    return Pruned(Graph(graph.name, tuple(made), graph.inputs, (made[plan.output],)), parts, plan.traits, [made[each] for each in plan.leaky])
