"""The unravelled view of a network: every path by itself (Veit et al., arXiv:1605.06431, Figure 1).

A sum of two branches feeds the next block once. Unravelled, what comes before a block is written out for every place where its value is used, so
that a network of n residual blocks becomes a tree with 2^n leaves, each of which is the start of one path. The tree computes what the network
does: ``y2 = y1 + f2(y1)`` with ``y1 = x + f1(x)`` is ``(x + f1(x)) + f2(x + f1(x))``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from archdsl.analysis.paths import block_finder, is_weighted
from archdsl.errors import Diagnostic, UsageError
from archdsl.ir.graph import Graph, Node

MOST = 64
"""The most paths that are written out."""


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """What computes a value, with everything before it written out.

    Attributes:
        kind: A ``unit``, of what the lengths of paths count; a ``merge`` of several values; an ``input``.
        nodes: What it stands for; a strand may occur at several places.
        number: Which unit it is in the network, from 1; 0 for others.
        before: The strands whose values it takes, in order.
        places: How many places it takes with all that is before it.
    """

    kind: Literal["unit", "merge", "input"]
    nodes: tuple[Node, ...]
    number: int
    before: tuple[Strand, ...]
    places: int = 1


def unravel(graph: Graph, unit: str = "layer", most: int = MOST) -> list[Strand]:
    """Return the unravelled value of every output.

    Args:
        graph: The network.
        unit: What stands as one: a ``layer`` with weights, the body of a ``skip``, a ``block``, or the blocks of a name. All else that has one
            operand is passed over.
        most: How many paths there may be.

    Raises:
        UsageError: If the network has no block of that name, no path, or too many.

    >>> import archdsl
    >>> arch = archdsl.load("{archdsl: 1, input: [4, 8, 8], net: [{repeat: {times: 2, body: [{skip: [{conv: 4}]}]}}]}")
    >>> (top,) = unravel(arch.graph)
    >>> top.kind, [each.kind for each in top.before], [each.kind for each in top.before[1].before]
    ('merge', ['merge', 'unit'], ['merge'])
    """
    made = _Unraveled(graph, unit)
    count = sum(made.leaves(node) for node in graph.outputs)
    if count > most:
        shown = f"{count:,}" if count.bit_length() < 64 else f"2^{count.bit_length() - 1} or more"
        message = f"`{graph.name or 'the network'}` has {shown} paths, and the unravelled view writes out at most {most}"
        raise UsageError(Diagnostic("E725", message, None, "take fewer blocks with `--set`, or look at the distribution of the lengths instead"))
    if not count:
        raise UsageError(Diagnostic("E725", f"no path leads from an input of `{graph.name or 'the network'}` to an output"))
    strands = {node: made.strand(node) for node in graph.nodes}
    return [found for node in graph.outputs if (found := strands[node]) is not None]


class _Unraveled:
    """The network with every unit as one: nodes of a unit stand for each other."""

    def __init__(self, graph: Graph, unit: str) -> None:
        self.inputs = set(graph.inputs)
        self.members = _members(graph, unit)
        units = dict.fromkeys(self.members[node] for node in graph.nodes if node in self.members)
        self.numbers = {nodes: number for number, nodes in enumerate(units, 1)}
        self._leaves: dict[Node, int] = {}
        self._strands: dict[Node, Strand | None] = {}
        for node in graph.nodes:  # operands first, so that nothing recurses deeply
            self.leaves(node)

    def operands(self, node: Node) -> list[Node]:
        """Return the values that enter a node, or the unit that it belongs to; several nodes of one unit are one value."""
        if node not in self.members:
            return list({self._whole(each) or position: each for position, each in enumerate(node.inputs)}.values())
        inside = self.members[node]
        return list(dict.fromkeys(operand for each in inside for operand in each.inputs if operand not in inside))

    def _whole(self, node: Node) -> tuple[Node, ...]:
        """Return the unit of a node if it is more than this node: a value that is taken twice starts two paths."""
        members = self.members.get(node, ())
        return members if len(members) > 1 else ()

    def leaves(self, node: Node) -> int:
        """Return how many paths lead to a node."""
        if node not in self._leaves:
            self._leaves[node] = 1 if node in self.inputs else sum(map(self.leaves, self.operands(node)))
        return self._leaves[node]

    def strand(self, node: Node) -> Strand | None:
        """Return a node with all that is before it; None where no input leads to it."""
        if node not in self._strands:
            self._strands[node] = self._made(node)
        return self._strands[node]

    def _made(self, node: Node) -> Strand | None:
        if node in self.inputs:
            return Strand("input", (node,), 0, ())
        before = tuple(each for each in map(self.strand, self.operands(node)) if each is not None)
        if not before:
            return None
        places = 1 + sum(each.places for each in before)
        if node in self.members:
            nodes = self.members[node]
            return Strand("unit", nodes, self.numbers[nodes], before, places)
        return before[0] if len(before) == 1 else Strand("merge", (node,), 0, before, places)


def _members(graph: Graph, unit: str) -> dict[Node, tuple[Node, ...]]:
    """Return for every node in a unit all nodes of that unit, in order: layers with weights, and what leads to one of them from within."""
    if unit == "layer":
        return {node: (node,) for node in graph.nodes if is_weighted(node)}
    unit_of: Callable[[Node], object] = block_finder(graph, unit)
    leads: set[Node] = set()
    found: dict[object, list[Node]] = {}
    for node in reversed(graph.nodes):
        key = unit_of(node)
        if key is None or not (is_weighted(node) or node in leads):
            continue
        found.setdefault(key, []).append(node)
        leads.update(operand for operand in node.inputs if unit_of(operand) == key)
    return {node: tuple(nodes[::-1]) for nodes in found.values() for node in nodes}
