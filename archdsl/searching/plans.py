"""Plans: how graphs of one make are pruned, worked out once for all of them.

Pruning asks of an op only what it does with zeros, whether it is an identity or a sum, and of shapes only which are equal. Graphs that agree in this,
and in how their nodes hang together, are pruned alike, whatever their widths and windows: the cell of a network at each of its resolutions, or cells
that differ in nothing but the size of a convolution. What is inside a piece is not asked: pieces that must be opened are told
apart, and the graph in which they are is one of another make.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from archdsl.analysis.cost import Count, is_free
from archdsl.analysis.fingerprint import Outline, Stretches, is_step, outline_of
from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Op
from archdsl.ops.layout import Zero
from archdsl.ops.shape import Shape
from archdsl.passes.drop_zeros import keeps_zero

ZERO = Zero()
"""What a value becomes that is known to be zero."""


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


_kinds: dict[Any, int] = {}


@cache
def is_shapeless(op: type[Op]) -> bool:
    """Tell whether pruning asks the same of an op of a class on all shapes."""
    return op.is_identity is Op.is_identity


def number_of(kind: Any) -> int:
    """Return a number for what pruning asks of a node: the same for what is equal. There are few such kinds."""
    return _kinds.setdefault(kind, len(_kinds))


def kind_of_op(op: Op, shapes: tuple[Shape, ...]) -> int:
    """Return the number of what pruning asks of a node that is no piece, and what counting and fingerprints ask that is the same for all shapes."""
    name = op.name if op.name in ("add", "mul", "join") else ""
    identity = len(shapes) == 1 and op.is_identity(shapes[0])
    return number_of((name, op.gives_zero, keeps_zero(op), identity, op.commutes, is_free(type(op))))


class Sketch(NamedTuple):
    """A graph of one input and one output in which no parameters are shared, taken apart.

    Attributes:
        names: What the nodes are called.
        operands: For each node the places of its operands.
        output: The place of the output.
        ops: What each node computes.
        shapes: What each node gives.
    """

    names: tuple[str, ...]
    operands: tuple[tuple[int, ...], ...]
    output: int
    ops: tuple[Op, ...]
    shapes: tuple[Shape, ...]

    def graph(self) -> Graph:
        """Return the graph."""
        made: list[Node] = []
        for name, operands, op, shape in zip(self.names, self.operands, self.ops, self.shapes):
            made.append(Node(name, op, tuple([made[place] for place in operands]), shape, name))
        return Graph("", tuple(made), (made[0],), (made[self.output],))

    def entering(self, place: int) -> tuple[Shape, ...]:
        """Return the shapes of the operands of a node."""
        return tuple(map(self.shapes.__getitem__, self.operands[place]))


def sketch_of(graph: Graph) -> Sketch | None:
    """Return a graph taken apart; None where it has several inputs or outputs, or shares parameters."""
    nodes = graph.nodes
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or nodes[0] is not graph.inputs[0]:
        return None
    place: dict[Node, int] = {}
    operands: list[tuple[int, ...]] = []
    names: list[str] = []
    for node in nodes:
        if node.module != node.name:
            return None
        operands.append((place[node.inputs[0]],) if len(node.inputs) == 1 else tuple([place[operand] for operand in node.inputs]))
        place[node] = len(place)
        names.append(node.name)
    ops, shapes = tuple([node.op for node in nodes]), tuple([node.shape for node in nodes])
    return Sketch(tuple(names), tuple(operands), place[graph.outputs[0]], ops, shapes)


def make_of(sketch: Sketch, kinds: list[int]) -> Any:
    """Return what graphs have in common that are pruned alike, from the kinds of their nodes."""
    alike: list[int] = []
    first: dict[Any, int] = {}
    seen: dict[int, int] = {}
    for shape in sketch.shapes:
        place = seen.get(id(shape))
        if place is None:
            place = seen[id(shape)] = first.setdefault((shape.dims, shape.kind), len(first))
        alike.append(place)
    return sketch.operands, sketch.output, tuple(kinds), tuple(alike)


class Part(NamedTuple):
    """A stretch of what is left: the places of its nodes in the graph that was pruned, and how they hang together.

    A place is None where a node became a zero, and there is no outline of a single node on a single value.
    """

    places: tuple[int | None, ...]
    outline: Outline | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left of a graph of some make.

    Attributes:
        nodes: For each node that is left but the input: the place of the node that it was; its operands, as numbers among those that are left; and
            whether it became a zero.
        output: The number of the output among those that are left.
        parts: The stretches.
        traits: What is left is like this.
        leaky: The pieces that are to be opened, as numbers among those that are left.
        free: What those that cost nothing cost together, which is that they are nodes.
        counted: The places of the others.
    """

    nodes: tuple[tuple[int, tuple[int, ...], bool], ...]
    output: int
    parts: tuple[Part, ...] | None
    traits: Traits | None
    leaky: tuple[int, ...]
    free: Count
    counted: tuple[int, ...]


def plan_of(sketch: Sketch, pruned: Graph, parts: Stretches, traits: Traits | None, leaky: Collection[Node]) -> Plan | None:
    """Return how a graph was pruned, found by the names of what is left; None where a name does not tell."""
    origins = {name: place for place, name in enumerate(sketch.names)}
    number = {pruned.inputs[0]: 0}
    places: dict[Node, int | None] = {}
    rows: list[tuple[int, tuple[int, ...], bool]] = []
    counted: list[int] = []
    for node in pruned.nodes[1:]:
        place = origins.get(node.name, -1)
        zeroed = place >= 0 and node.op is not sketch.ops[place]
        if place < 0 or (zeroed and not node.op.gives_zero) or node.module != node.name:
            return None
        if not is_free(type(node.op)):
            counted.append(place)
            if node.shapes() != sketch.entering(place):
                return None
        number[node] = len(number)
        places[node] = None if zeroed else place
        rows.append((place, tuple([number[operand] for operand in node.inputs]), zeroed))
    taken = None if parts is None else tuple(_parts(pruned.inputs[0], parts, places))
    return Plan(
        nodes=tuple(rows),
        output=number[pruned.outputs[0]],
        parts=taken,
        traits=traits,
        leaky=tuple([number[node] for node in leaky]),
        free=Count(nodes=len(rows) - len(counted)),
        counted=tuple(counted),
    )


def _parts(entry: Node, parts: list[list[Node]], places: dict[Node, int | None]) -> list[Part]:
    found: list[Part] = []
    for nodes in parts:
        found.append(Part(tuple([places[node] for node in nodes]), None if is_step(nodes) else outline_of(entry, nodes)))
        entry = nodes[-1]
    return found


def pruned_by(plan: Plan, sketch: Sketch) -> Graph:
    """Return what is left of a graph of the make that the plan was found for."""
    made = [Node(sketch.names[0], sketch.ops[0], (), sketch.shapes[0], sketch.names[0])]
    for place, operands, zeroed in plan.nodes:
        name = sketch.names[place]
        inputs = tuple([made[operand] for operand in operands])
        made.append(Node(name, ZERO if zeroed else sketch.ops[place], inputs, sketch.shapes[place], name))
    return Graph("", tuple(made), (made[0],), (made[plan.output],))
