"""Pruned graphs: what they cost and the tokens of their fingerprints, by a plan where one was found for a graph of the same make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from archdsl.analysis.cost import Count, count_node, total_of
from archdsl.analysis.fingerprint import Stretches, label_of, spell, stretches, tokens, words_of
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.base import Op
from archdsl.ops.shape import Shape
from archdsl.passes.canonicalize import canonicalize
from archdsl.passes.drop_zeros import zero_values
from archdsl.passes.fold_sums import is_sum
from archdsl.searching.pieces import Fragment, Piece
from archdsl.searching.plans import ZERO, Plan, Sketch, Traits, is_shapeless, kind_of_op, make_of, plan_of, pruned_by, sketch_of


@dataclass(frozen=True)
class Known:
    """What is remembered of graphs and ops, for all draws from a space.

    Attributes:
        plans: How graphs are pruned, by what they have in common.
        plain: What pruning asks of ops on whatever shapes.
        kinds: What it asks of other ops on shapes.
        counts: What ops on shapes cost.
    """

    plans: dict[Any, Plan | None] = field(default_factory=dict)
    plain: dict[int, tuple[Op, int]] = field(default_factory=dict)
    kinds: dict[tuple[int, ...], tuple[Op, tuple[Shape, ...], int]] = field(default_factory=dict)
    counts: dict[tuple[int, ...], tuple[Op, tuple[Shape, ...], Count]] = field(default_factory=dict)

    def memories(self) -> tuple[dict[Any, Any], ...]:
        """Return all that is remembered."""
        return self.plans, self.plain, self.kinds, self.counts

    def kind(self, op: Op, shapes: tuple[Shape, ...]) -> int:
        """Return the number of what pruning asks of an op that is no piece."""
        if is_shapeless(type(op)):
            plain = self.plain.get(id(op))
            if plain is None:
                plain = self.plain[id(op)] = op, kind_of_op(op, shapes)
            return plain[1]
        key = (id(op), *map(id, shapes))  # cheap: what is remembered keeps ops and shapes, and so their ids, alive
        found = self.kinds.get(key)
        if found is None:
            found = self.kinds[key] = op, shapes, kind_of_op(op, shapes)
        return found[2]

    def count(self, sketch: Sketch, place: int) -> Count:
        """Return what a node costs that is no piece."""
        op = sketch.ops[place]
        shapes = sketch.shapes[place], *sketch.entering(place)
        key = (id(op), *map(id, shapes))
        found = self.counts.get(key)
        if found is None:
            node = Node("", op, tuple([Node("", op, (), shape, "") for shape in shapes[1:]]), shapes[0], "")
            found = self.counts[key] = op, shapes, count_node(node)
        return found[2]


class Pruned(ABC):
    """What is left of a graph.

    Attributes:
        written: The graph as it was written.
        traits: What is left is like this; None where it has no stretches.
    """

    written: Graph | Sketch
    traits: Traits | None

    @property
    @abstractmethod
    def graph(self) -> Graph:
        """The canonical form, which may hold pieces."""

    @abstractmethod
    def leaky(self) -> Collection[Node]:
        """Return the pieces in it that are to be opened."""

    @abstractmethod
    def count(self) -> Count:
        """Return what it costs, its inputs not counted."""

    @abstractmethod
    def tokens(self) -> tuple[str, ...]:
        """Return the tokens of its fingerprint."""

    @cached_property
    def declared(self) -> Count:
        """What it costs as it is written, its inputs not counted."""
        graph = self.written if isinstance(self.written, Graph) else self.written.graph()
        return total_of([node.op.fragment.inside.declared if type(node.op) is Piece else count_node(node) for node in _but_inputs(graph)])


class Found(Pruned):
    """What is left of a graph that is pruned by itself."""

    def __init__(self, graph: Graph) -> None:
        self._graph = canonicalize(graph)
        self.parts = stretches(self._graph)
        self.traits = _traits_of(self._graph, self.parts) if self.parts is not None else None

    @property
    def graph(self) -> Graph:
        """The canonical form."""
        return self._graph

    def leaky(self) -> Collection[Node]:
        """Return the pieces that are to be opened."""
        return _leaky(self._graph, self.parts)

    def count(self) -> Count:
        """Return the sum over its nodes."""
        return total_of([node.op.fragment.pruned if type(node.op) is Piece else count_node(node) for node in _but_inputs(self._graph)])

    def tokens(self) -> tuple[str, ...]:
        """Return the tokens of its stretches."""
        return tokens(self._graph, _spell, self.parts)


class Planned(Pruned):
    """What is left of a graph, by the plan for graphs of its make."""

    def __init__(self, plan: Plan, sketch: Sketch, known: Known) -> None:
        self.plan = plan
        self.sketch = sketch
        self.known = known
        self.traits = plan.traits

    @cached_property
    def graph(self) -> Graph:
        """The canonical form."""
        return pruned_by(self.plan, self.sketch)

    def leaky(self) -> Collection[Node]:
        """Return the pieces that are to be opened."""
        return [self.graph.nodes[each] for each in self.plan.leaky] if self.plan.leaky else ()

    def count(self) -> Count:
        """Return the sum over what is not free."""
        sketch, ops, count = self.sketch, self.sketch.ops, self.known.count
        counts = [op.fragment.pruned if type(op := ops[place]) is Piece else count(sketch, place) for place in self.plan.counted]
        return total_of([*counts, self.plan.free])

    def tokens(self) -> tuple[str, ...]:
        """Return the tokens of its stretches."""
        if self.plan.parts is None:
            return tokens(self.graph, _spell)
        ops = self.sketch.ops
        found = [label_of(ops[0], self.sketch.shapes[0])]
        for places, outline in self.plan.parts:
            words = [op.fragment.tokens if type(op := ZERO if place is None else ops[place]) is Piece else words_of(op) for place in places]
            if outline is None:
                found += words[0]
            else:
                found.append(outline.token(words))
        return tuple(found)


def prune(written: Graph | Sketch, known: Known, plan: Plan | None = None) -> Pruned:
    """Return the canonical form of a graph with pieces; those that do not stand for their blocks where they are, are opened.

    ``plan`` is that for graphs of its make, where it is known beforehand.
    """
    sketch = sketch_of(written) if isinstance(written, Graph) else written
    found = Planned(plan, sketch, known) if plan is not None and sketch is not None else _closed(sketch or written, known)
    leaky = found.leaky()
    while leaky:
        graph = _opened(found.graph, leaky)
        found = _closed(sketch_of(graph) or graph, known)
        leaky = found.leaky()
    found.written = written
    return found


def _closed(sketch: Sketch | Graph, known: Known) -> Pruned:
    """Return the canonical form of a graph with no piece opened; by the plan for graphs of its make, if it has one."""
    if isinstance(sketch, Graph):
        return Found(sketch)
    plain, kinds = known.plain, []
    for place, op in enumerate(sketch.ops):
        kinds.append(op.kind if type(op) is Piece else plain[id(op)][1] if id(op) in plain else known.kind(op, sketch.entering(place)))
    make = make_of(sketch, kinds)
    if make not in known.plans:
        found = Found(sketch.graph())
        known.plans[make] = plan_of(sketch, found.graph, found.parts, found.traits, found.leaky())
    plan = known.plans[make]
    return Planned(plan, sketch, known) if plan is not None else Found(sketch.graph())


def make_fragment(pruned: Pruned, steps: int, depth: int) -> Fragment | None:
    """Return what a block call gives, from what is left of it; None where it has no stretches."""
    if pruned.traits is None:
        return None
    ops, shape = _ops_and_result(pruned.written)
    nodes = sum([op.fragment.nodes if type(op) is Piece else 1 for op in ops]) - 1
    return Fragment(shape, nodes, steps, depth, pruned.count(), pruned.tokens()[1:], pruned.traits, pruned)


def _ops_and_result(written: Graph | Sketch) -> tuple[Sequence[Op], Shape]:
    if isinstance(written, Graph):
        return [node.op for node in written.nodes], written.outputs[0].shape
    return written.ops, written.shapes[written.output]


def stands_alone(graph: Graph) -> bool:
    """Tell whether a graph can be a piece whatever is around it: the value that enters is used, and no join might go on outside."""
    entry, output = graph.inputs[0], graph.outputs[0]
    if output.op.name == "join" or any(node.op.name == "join" and entry in node.inputs for node in graph.nodes):
        return False
    return output is not entry or len(graph.nodes) == 1


def _but_inputs(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if type(node.op) is not Input]


def _spell(node: Node) -> tuple[str, ...]:
    return node.op.fragment.tokens if type(node.op) is Piece else spell(node)


def _traits_of(pruned: Graph, parts: list[list[Node]]) -> Traits:
    users = pruned.consumers()[pruned.inputs[0]]
    return Traits(
        in_a_row=all(len(nodes) == 1 and len(nodes[0].inputs) == 1 and _is_in_a_row(nodes[0]) for nodes in parts),
        begins_in_sum=len(users) == 1 and (is_sum(users[0]) or _begins_in_sum(users[0])),
        ends_in_sum=_ends_in_sum(pruned.outputs[0]),
        is_identity=pruned.outputs[0] is pruned.inputs[0],
        is_zero=pruned.outputs[0] in zero_values(pruned),
    )


def _is_in_a_row(node: Node) -> bool:
    return type(node.op) is not Piece or node.op.fragment.traits.in_a_row


def _is_zero(node: Node) -> bool:
    return type(node.op) is Piece and node.op.fragment.traits.is_zero


def _begins_in_sum(node: Node) -> bool:
    return type(node.op) is Piece and node.op.fragment.traits.begins_in_sum


def _ends_in_sum(node: Node) -> bool:
    return node.op.fragment.traits.ends_in_sum if type(node.op) is Piece else is_sum(node)


def _leaky(graph: Graph, parts: Stretches) -> set[Node]:
    """Return the pieces into which something reaches from outside.

    1. A zero enters, which may go on inside, or leaves.
    2. A sum that nothing else takes enters, and goes into a sum inside; or leaves, and goes into a sum outside.
    3. The piece has branches, and stands on a branch: a stretch is refined as a whole.
    """
    pieces = [node for node in graph.nodes if type(node.op) is Piece]
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
                found.update(node for node in (giver, taker) if type(node.op) is Piece)
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
        assert type(node.op) is Piece
        piece = node.op.fragment.inside.graph
        inside = {piece.inputs[0]: inputs[0]}
        for each in piece.nodes[1:]:
            operands = tuple([inside[operand] for operand in each.inputs])
            inside[each] = Node(f"{node.name}.{each.name}", each.op, operands, each.shape, f"{node.name}.{each.module}")
            nodes.append(inside[each])
        made[node] = inside[piece.outputs[0]]
    return Graph(graph.name, tuple(nodes), graph.inputs, tuple(made[node] for node in graph.outputs))
