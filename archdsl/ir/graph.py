"""The graph that everything else works on: nodes in order, each with an op, its operands and its shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal

from archdsl.errors import Span
from archdsl.ops.base import Family, Op
from archdsl.ops.shape import Shape
from archdsl.showing import Bundle, bundle_of

GroupKind = Literal["block", "repeat", "branch", "path", "skip", "shortcut", "cell", "edge", "instance"]


class Input(Op):
    """A value that the network is given. It has no operands; its shape is declared."""

    name: ClassVar[str] = "input"
    family: ClassVar[Family] = "source"
    roles: ClassVar[tuple[str, ...]] = ()


INPUT = Input()
"""All inputs are alike: what they give is said by the shapes of their nodes."""


@dataclass(eq=False, slots=True)
class Group:
    """What a node is part of: a call of a block, a round of a repeat, a path of a branch, the way around a body.

    Groups and nodes are never changed once they are made: their fields are final for the type checker. ``frozen=True`` would hold it whenever one
    is made, which takes seven times as long.

    Attributes:
        kind: What the group is.
        label: The block's name, the loop's index name, the path's name.
        name: The prefix of the names of the nodes in it, or of the group around it when it adds none.
        parent: The group around it.
        number: Which round or path this is, from 0, of ``total``.
        place: Where the author wrote it.
    """

    kind: Final[GroupKind]
    label: Final[str]
    name: Final[str]
    parent: Final[Group | None]
    number: Final[int] = 0
    total: Final[int] = 1
    place: Final[Any] = None

    def chain(self) -> list[Group]:
        """Return the group and those around it, outermost first."""
        found: list[Group] = []
        group: Group | None = self
        while group is not None:
            found.append(group)
            group = group.parent
        return found[::-1]


@dataclass(eq=False, slots=True)
class Node:
    """One op on its operands. Nodes are compared by identity, and never changed.

    Attributes:
        name: The hierarchical name, unique in the graph: ``stage2.block1.conv``.
        op: What is computed.
        inputs: The operands, in order.
        shape: The shape of the result, without the batch.
        module: The name of the node that owns the parameters; another than ``name`` where weights are shared.
        group: What the node is part of.
        place: Where the author wrote the step.
    """

    name: Final[str]
    op: Final[Op]
    inputs: Final[tuple[Node, ...]]
    shape: Final[Shape]
    module: Final[str]
    group: Final[Group | None] = None
    place: Final[Any] = None

    @property
    def span(self) -> Span | None:
        """Where the step stands in the document."""
        return self.place.span() if self.place is not None else None

    @property
    def owns_module(self) -> bool:
        """Tell whether the node owns its parameters rather than borrowing them."""
        return self.module == self.name

    def shapes(self) -> tuple[Shape, ...]:
        """Return the shapes of the operands."""
        return tuple([node.shape for node in self.inputs])

    def taking(self, inputs: tuple[Node, ...]) -> Node:
        """Return the same node with other operands."""
        return Node(self.name, self.op, inputs, self.shape, self.module, self.group, self.place)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.op.name} {self.shape}>"


@dataclass(frozen=True, slots=True)
class Graph:
    """A network: its nodes in an order in which each follows its operands, its inputs and its outputs."""

    name: str
    nodes: tuple[Node, ...]
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    _by_name: dict[str, Node] = field(default_factory=dict, repr=False, compare=False)

    def node(self, name: str) -> Node:
        """Return a node by its name; raise KeyError when there is none."""
        if not self._by_name:
            self._by_name.update({node.name: node for node in self.nodes})
        return self._by_name[name]

    def consumers(self) -> dict[Node, list[Node]]:
        """Return for every node those that take its value, once for each time they do."""
        found: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for operand in node.inputs:
                found[operand].append(node)
        return found

    def live(self) -> set[Node]:
        """Return the nodes that an output depends on, and the inputs."""
        found: set[Node] = set(self.inputs)
        stack = list(self.outputs)
        while stack:
            node = stack.pop()
            if node not in found:
                found.add(node)
                stack.extend(node.inputs)
        return found

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        """Return what a notebook shows: the picture, and a line of text."""
        return bundle_of(self)

    def verify(self) -> None:
        """Raise AssertionError when the graph is not well-formed: that is a mistake of ours, never of a user.

        Names are unique; operands come before their users; inputs and outputs are nodes of the graph; shapes are what the ops infer; the owner of
        a shared module exists and has the same op.
        """
        seen: dict[str, Node] = {}
        members: set[Node] = set()
        for node in self.nodes:
            assert node.name not in seen, f"two nodes are called {node.name}"
            assert all(operand in members for operand in node.inputs), f"{node.name} comes before an operand"
            if not isinstance(node.op, Input):
                assert node.op.infer(*node.shapes()) == node.shape, f"{node.name} has not the shape that its op gives"
            owner = seen.get(node.module, node)
            assert node.owns_module or (owner is not node and owner.op == node.op), f"{node.name} borrows from {node.module}"
            seen[node.name] = node
            members.add(node)
        assert all(node in members for node in (*self.inputs, *self.outputs)), "an input or output is no node of the graph"


def rebuild(graph: Graph, nodes: Iterable[Node], replaced: dict[Node, Node], outputs: tuple[Node, ...] | None = None) -> Graph:
    """Return a graph of ``nodes`` in which every operand in ``replaced`` is exchanged for what replaces it (also through several steps)."""
    made: dict[Node, Node] = {}

    def now(node: Node) -> Node:
        while node in replaced:
            node = replaced[node]
        return made.get(node, node)

    kept: list[Node] = []
    for node in nodes:
        inputs = tuple(now(operand) for operand in node.inputs)
        if all(new is old for new, old in zip(inputs, node.inputs)):
            new = node
        else:
            new = Node(node.name, node.op, inputs, node.shape, node.module, node.group, node.place)
        made[node] = new
        kept.append(new)
    return Graph(graph.name, tuple(kept), tuple(now(node) for node in graph.inputs), tuple(now(node) for node in outputs or graph.outputs))
