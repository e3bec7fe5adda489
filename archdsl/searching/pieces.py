"""Pieces: what block calls give, worked out once for equal calls on equal shapes.

In the graph of a sample a call of a block without holes is a single node, whose op is a :class:`Piece`. It knows what the call costs, as it is written
and pruned, and the tokens of its fingerprint. Where that is not enough, because something from outside reaches into the block, as a sum that goes on
in the next one does, the node is exchanged for the nodes of the block.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from archdsl.analysis.cost import Count, count_node, total_of
from archdsl.analysis.fingerprint import spell, stretches, tokens
from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Family, Op
from archdsl.ops.shape import Shape
from archdsl.passes.canonicalize import canonicalize
from archdsl.passes.drop_zeros import zero_values
from archdsl.passes.fold_sums import is_sum


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a block call gives on a value of some shape.

    Attributes:
        graph: Its pruned graph, which may hold further pieces.
        declared: What it costs as it is written.
        steps: How many steps its expansion took.
        depth: How deep the calls inside it are nested.
        pruned: What the pruned graph costs.
        tokens: The tokens of the pruned graph, without that of its input.
        in_a_row: Whether all its nodes follow one another.
        begins_in_sum: Whether nothing but a sum takes the value that enters.
    """

    graph: Graph
    declared: Count
    steps: int
    depth: int
    pruned: Count
    tokens: tuple[str, ...]
    in_a_row: bool
    begins_in_sum: bool

    @property
    def output(self) -> Node:
        """The node that gives the value that leaves."""
        return self.graph.outputs[0]

    @property
    def is_identity(self) -> bool:
        """Tell whether what enters leaves."""
        return self.output is self.graph.inputs[0]


class Piece(Op):
    """A block call as an op."""

    name: ClassVar[str] = "piece"
    family: ClassVar[Family] = "shape"
    fragment: ClassVar[Fragment]
    """What the call gives; set on the instance, and no field."""

    @classmethod
    def of(cls, fragment: Fragment) -> Piece:
        """Return the op that stands for a block call."""
        piece = cls()
        piece.__dict__["fragment"] = fragment
        return piece

    def infer(self, *inputs: Shape) -> Shape:
        """Return the shape of the value that leaves."""
        return self.fragment.output.shape

    def is_identity(self, *inputs: Shape) -> bool:
        """Tell whether what enters leaves."""
        return self.fragment.is_identity


def make_fragment(graph: Graph, steps: int, depth: int) -> Fragment | None:
    """Return what a block call gives, from its graph as it is written; None where it cannot stand for the block whatever is around it.

    That is so where the value that enters is not used, the one that leaves is zero, or a join might go on outside.
    """
    entry, output = graph.inputs[0], graph.outputs[0]
    consumers = graph.consumers()
    if output.op.name == "join" or any(node.op.name == "join" for node in consumers[entry]) or (output is entry and len(graph.nodes) > 1):
        return None
    pruned = condense(graph)
    found = stretches(pruned)
    if found is None or pruned.outputs[0] in zero_values(pruned):
        return None
    users = pruned.consumers()[pruned.inputs[0]]
    return Fragment(
        graph=pruned,
        declared=count_nodes(graph.nodes[1:], declared=True),
        steps=steps,
        depth=depth,
        pruned=count_nodes(pruned.nodes[1:]),
        tokens=tokens(pruned, spell_piece)[1:],
        in_a_row=all(len(nodes) == 1 and len(nodes[0].inputs) == 1 and _is_in_a_row(nodes[0]) for nodes in found),
        begins_in_sum=len(users) == 1 and is_sum(users[0]) or any(_begins_in_sum(node) for node in users),
    )


def _is_in_a_row(node: Node) -> bool:
    return not isinstance(node.op, Piece) or node.op.fragment.in_a_row


def _begins_in_sum(node: Node) -> bool:
    return isinstance(node.op, Piece) and node.op.fragment.begins_in_sum


def _ends_in_sum(node: Node) -> bool:
    while isinstance(node.op, Piece):
        node = node.op.fragment.output
    return is_sum(node)


def spell_piece(node: Node) -> tuple[str, ...]:
    """Return the tokens of a node."""
    return node.op.fragment.tokens if isinstance(node.op, Piece) else spell(node)


def count_nodes(nodes: Iterable[Node], declared: bool = False) -> Count:
    """Return what nodes cost, pieces as they are written or pruned."""
    return total_of(_count(node, declared) for node in nodes)


def _count(node: Node, declared: bool) -> Count:
    if not isinstance(node.op, Piece):
        return count_node(node)
    return node.op.fragment.declared if declared else node.op.fragment.pruned


def condense(graph: Graph) -> Graph:
    """Return the canonical form of a graph with pieces, of which those are opened that do not stand for their blocks where they are."""
    while True:
        graph = canonicalize(graph)
        leaky = _leaky(graph)
        if not leaky:
            return graph
        graph = _opened(graph, leaky)


def _leaky(graph: Graph) -> set[Node]:
    """Return the pieces into which something reaches from outside.

    1. A zero enters, which may go on inside.
    2. A sum that nothing else takes enters, and goes into a sum inside; or leaves, and goes into a sum outside.
    3. The piece has branches, and stands on a branch: a stretch is refined as a whole.
    """
    pieces = [node for node in graph.nodes if isinstance(node.op, Piece)]
    if not pieces:
        return set()
    zeros = zero_values(graph)
    consumers = graph.consumers()
    found: set[Node] = set()
    for node in pieces:
        operand = node.inputs[0]
        if operand in zeros:
            found.add(node)
        if _begins_in_sum(node) and _ends_in_sum(operand) and len(consumers[operand]) == 1:
            found.update(each for each in (operand, node) if isinstance(each.op, Piece))
        users = consumers[node]
        if _ends_in_sum(node) and len(users) == 1 and is_sum(users[0]) and users[0].shape == node.shape:
            found.add(node)
    parts = stretches(graph)
    alone = {nodes[0] for nodes in parts if len(nodes) == 1} if parts is not None else set()
    return found | {node for node in pieces if node not in alone and (parts is None or not _is_in_a_row(node))}


def _opened(graph: Graph, pieces: set[Node]) -> Graph:
    """Return a graph in which the nodes of blocks stand in the place of pieces."""
    made: dict[Node, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = tuple([made[operand] for operand in node.inputs])
        if node not in pieces:
            made[node] = node if inputs == node.inputs else replace(node, inputs=inputs)
            nodes.append(made[node])
            continue
        assert isinstance(node.op, Piece)
        fragment = node.op.fragment
        inside = {fragment.graph.inputs[0]: inputs[0]}
        for each in fragment.graph.nodes[1:]:
            operands = tuple([inside[operand] for operand in each.inputs])
            inside[each] = replace(each, name=f"{node.name}.{each.name}", inputs=operands, module=f"{node.name}.{each.module}")
            nodes.append(inside[each])
        made[node] = inside[fragment.output]
    return Graph(graph.name, tuple(nodes), graph.inputs, tuple(made[node] for node in graph.outputs))
