"""Pieces: what block calls give, worked out once for equal calls on equal shapes.

In the graph of a sample a call of a block without holes is a single node, whose op is a :class:`Piece`. It knows what the call costs, as it is
written and pruned, and the tokens of its fingerprint. Where that is not enough, because something from outside reaches into the block, as a sum that
goes on in the next one does, the node is exchanged for the nodes of the block.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from archdsl.analysis.cost import Count, count_node, is_free, total_of
from archdsl.analysis.fingerprint import Stretches, spell, stretches, tokens
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.base import Family, Op
from archdsl.ops.shape import Shape
from archdsl.passes.canonicalize import canonicalize
from archdsl.passes.drop_zeros import zero_values
from archdsl.passes.fold_sums import is_sum
from archdsl.searching.plans import Plan, Pruned, Traits, kind_of_op, make_of, plan_of, pruned_by


@dataclass(frozen=True)
class Fragment:
    """What a block call gives on a value of some shape.

    Attributes:
        shape: The shape of the value that leaves.
        nodes: How many nodes there are as it is written, without the one that enters.
        steps: How many steps its expansion took.
        depth: How deep the calls inside it are nested.
        pruned: What the pruned graph costs.
        tokens: The tokens of the pruned graph, without that of its input.
        traits: What it is like.
    """

    shape: Shape
    nodes: int
    steps: int
    depth: int
    pruned: Count
    tokens: tuple[str, ...]
    traits: Traits
    made: Callable[[], Graph] = field(repr=False)
    written: Callable[[], Count] = field(repr=False)

    @cached_property
    def graph(self) -> Graph:
        """Its pruned graph, which may hold further pieces."""
        return self.made()

    @cached_property
    def declared(self) -> Count:
        """What it costs as it is written."""
        return self.written()


class Piece(Op):
    """A block call as an op."""

    name: ClassVar[str] = "piece"
    family: ClassVar[Family] = "shape"
    fragment: ClassVar[Fragment]
    """What the call gives; set on the instance, and no field."""
    call: ClassVar[Any] = None
    """What equal calls on any shape have in common; None for several calls in a row."""
    moves: ClassVar[bool] = False
    """Whether an equal call gives the same on any other shape."""

    @classmethod
    def of(cls, fragment: Fragment, call: Any = None, moves: bool = False) -> Piece:
        """Return the op that stands for a block call."""
        piece = cls()
        piece.__dict__.update(fragment=fragment, call=call, moves=moves)
        return piece

    def infer(self, *inputs: Shape) -> Shape:
        """Return the shape of the value that leaves."""
        return self.fragment.shape

    def is_identity(self, *inputs: Shape) -> bool:
        """Tell whether what enters leaves."""
        return self.fragment.traits.is_identity


def make_fragment(graph: Graph, steps: int, depth: int, plans: dict[Any, Plan | None]) -> Fragment | None:
    """Return what a block call gives, from its graph as it is written; None where it cannot stand for the block whatever is around it.

    That is so where the value that enters is not used, or a join might go on outside.
    """
    entry, output = graph.inputs[0], graph.outputs[0]
    if output.op.name == "join" or any(node.op.name == "join" and entry in node.inputs for node in graph.nodes):
        return None
    if output is entry and len(graph.nodes) > 1:
        return None
    pruned, parts, traits, _ = prune(graph, plans)
    if parts is None or traits is None:
        return None
    return Fragment(
        shape=output.shape,
        nodes=count_inside(graph.nodes[1:]),
        steps=steps,
        depth=depth,
        pruned=count_nodes(pruned.nodes[1:]),
        tokens=tokens(pruned, spell_piece, parts)[1:],
        traits=traits,
        made=lambda: pruned,
        written=lambda: count_nodes(graph.nodes[1:], declared=True),
    )


def prune(graph: Graph, plans: dict[Any, Plan | None]) -> Pruned:
    """Return the canonical form of a graph with pieces; those that do not stand for their blocks where they are, are opened."""
    while True:
        found = _pruned_closed(graph, plans)
        if not found.leaky:
            return found
        graph = _opened(found.graph, found.leaky)


def _pruned_closed(graph: Graph, plans: dict[Any, Plan | None]) -> Pruned:
    """Return the canonical form of a graph with no piece opened; by a plan, if one was found for a graph of the same make."""
    make = make_of(graph, kind_of)
    plan = plans.get(make)
    if plan is not None:
        return pruned_by(plan, graph)
    left = canonicalize(graph)
    parts = stretches(left)
    found = Pruned(left, parts, _traits_of(left, parts) if parts is not None else None, _leaky(left, parts))
    if make is not None and make not in plans:
        plans[make] = plan_of(graph, found)
    return found


def _traits_of(pruned: Graph, parts: list[list[Node]]) -> Traits:
    users = pruned.consumers()[pruned.inputs[0]]
    return Traits(
        in_a_row=all(len(nodes) == 1 and len(nodes[0].inputs) == 1 and _is_in_a_row(nodes[0]) for nodes in parts),
        begins_in_sum=len(users) == 1 and (is_sum(users[0]) or _begins_in_sum(users[0])),
        ends_in_sum=_ends_in_sum(pruned.outputs[0]),
        is_identity=pruned.outputs[0] is pruned.inputs[0],
        is_zero=pruned.outputs[0] in zero_values(pruned),
    )


def kind_of(node: Node) -> Any:
    """Return what pruning asks of a node."""
    return node.op.fragment.traits if isinstance(node.op, Piece) else kind_of_op(node)


def power(piece: Piece, times: int) -> Piece | None:
    """Return the piece for several calls in a row of a block that keeps the shape; None where a sum goes on from one to the next."""
    one = piece.fragment
    if one.traits.begins_in_sum and one.traits.ends_in_sum:
        return None
    fragment = Fragment(
        shape=one.shape,
        nodes=one.nodes * times,
        steps=one.steps * times,
        depth=one.depth,
        pruned=one.pruned * times,
        tokens=one.tokens * times,
        traits=one.traits,
        made=lambda: _row(piece, times),
        written=lambda: one.declared * times,
    )
    return Piece.of(fragment)


def _row(piece: Piece, times: int) -> Graph:
    """Return the graph of several calls in a row."""
    shape = piece.fragment.shape
    nodes = [Node("input", Input(), (), shape, "input")]
    for number in range(times):
        nodes.append(Node(f"piece{number}", piece, (nodes[-1],), shape, f"piece{number}"))
    return Graph("", tuple(nodes), (nodes[0],), (nodes[-1],))


def _is_in_a_row(node: Node) -> bool:
    return not isinstance(node.op, Piece) or node.op.fragment.traits.in_a_row


def _is_zero(node: Node) -> bool:
    return isinstance(node.op, Piece) and node.op.fragment.traits.is_zero


def _begins_in_sum(node: Node) -> bool:
    return isinstance(node.op, Piece) and node.op.fragment.traits.begins_in_sum


def _ends_in_sum(node: Node) -> bool:
    return node.op.fragment.traits.ends_in_sum if isinstance(node.op, Piece) else is_sum(node)


def spell_piece(node: Node) -> tuple[str, ...]:
    """Return the tokens of a node."""
    return node.op.fragment.tokens if isinstance(node.op, Piece) else spell(node)


def count_nodes(nodes: Iterable[Node], declared: bool = False) -> Count:
    """Return what nodes cost, pieces as they are written or pruned."""
    found: list[Count] = []
    free = 0
    for node in nodes:
        op = node.op
        if isinstance(op, Piece):
            found.append(op.fragment.declared if declared else op.fragment.pruned)
        elif is_free(type(op)):
            free += 1
        else:
            found.append(count_node(node))
    return total_of([Count(nodes=free), *found])


def count_inside(nodes: Iterable[Node]) -> int:
    """Return how many nodes there are, those inside pieces among them."""
    return sum(node.op.fragment.nodes if isinstance(node.op, Piece) else 1 for node in nodes)


def _leaky(graph: Graph, parts: Stretches) -> set[Node]:
    """Return the pieces into which something reaches from outside.

    1. A zero enters, which may go on inside, or leaves.
    2. A sum that nothing else takes enters, and goes into a sum inside; or leaves, and goes into a sum outside.
    3. The piece has branches, and stands on a branch: a stretch is refined as a whole.
    """
    pieces = [node for node in graph.nodes if isinstance(node.op, Piece)]
    if not pieces:
        return set()
    zeros = zero_values(graph)
    alone = {nodes[0] for nodes in parts if len(nodes) == 1} if parts is not None else set()
    found = {node for node in pieces if node.inputs[0] in zeros or _is_zero(node)}
    found |= {node for node in pieces if parts is None or (node not in alone and not _is_in_a_row(node))}
    takers = [node for node in graph.nodes if _begins_in_sum(node) or is_sum(node)]
    givers = {operand for node in takers for operand in node.inputs if _ends_in_sum(operand)}
    if givers:
        consumers = graph.consumers()
        for giver in givers:
            taker = consumers[giver][0]
            if len(consumers[giver]) == 1 and (_begins_in_sum(taker) or taker.shape == giver.shape):
                found.update(node for node in (giver, taker) if isinstance(node.op, Piece))
    return found


def _opened(graph: Graph, pieces: Collection[Node]) -> Graph:
    """Return a graph in which the nodes of blocks stand in the place of pieces."""
    made: dict[Node, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = tuple([made[operand] for operand in node.inputs])
        if node not in pieces:
            made[node] = node if inputs == node.inputs else node.taking(inputs)
            nodes.append(made[node])
            continue
        assert isinstance(node.op, Piece)
        fragment = node.op.fragment
        inside = {fragment.graph.inputs[0]: inputs[0]}
        for each in fragment.graph.nodes[1:]:
            operands = tuple([inside[operand] for operand in each.inputs])
            inside[each] = Node(f"{node.name}.{each.name}", each.op, operands, each.shape, f"{node.name}.{each.module}")
            nodes.append(inside[each])
        made[node] = inside[fragment.graph.outputs[0]]
    return Graph(graph.name, tuple(nodes), graph.inputs, tuple(made[node] for node in graph.outputs))
