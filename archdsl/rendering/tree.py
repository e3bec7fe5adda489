"""The hierarchy that the author wrote, read off the groups of the nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from archdsl.ir.graph import Graph, Group, Node
from archdsl.ops.base import Op


@dataclass(eq=False, slots=True)
class Part:
    """A group of nodes with what is in it, in order; the network itself has no group.

    Attributes:
        group: Which call, round or path this is.
        items: What stands directly in it: nodes and further parts.
        nodes: All nodes in it, at any depth.
    """

    group: Group | None
    items: list[Part | Node] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What the part is: ``network``, or the kind of its group."""
        return self.group.kind if self.group else "network"

    @property
    def label(self) -> str:
        """The name of the block, the loop or the path."""
        return self.group.label if self.group else ""

    @property
    def name(self) -> str:
        """What the names of its nodes begin with, without the dot at the end."""
        return self.group.name.rstrip(".") if self.group else ""

    @property
    def round(self) -> int:
        """Which round of a loop or path of a branch this is."""
        return self.group.number if self.group else 0


def part_of(graph: Graph) -> Part:
    """Return the tree of a graph.

    >>> import archdsl
    >>> root = part_of(archdsl.load('''
    ... archdsl: 1
    ... input: [8, 4, 4]
    ... blocks: {unit: {body: [{conv: 8}, relu]}}
    ... net: [unit, {repeat: {times: 2, index: i, body: [unit]}}]
    ... ''').graph)
    >>> [(item.kind, item.name) for item in root.items if isinstance(item, Part)]
    [('block', 'unit'), ('repeat', 'i0'), ('repeat', 'i1')]
    """
    root = Part(None)
    parts: dict[Group, Part] = {}
    for node in graph.nodes:
        part = root
        root.nodes.append(node)
        for group in node.group.chain() if node.group else ():
            inner = parts.get(group)
            if inner is None:
                inner = parts[group] = Part(group)
                part.items.append(inner)
            inner.nodes.append(node)
            part = inner
        part.items.append(node)
    return root


def walk_parts(part: Part) -> list[Part]:
    """Return a part and all parts in it, outer ones first."""
    found, stack = [], [part]
    while stack:
        each = stack.pop()
        found.append(each)
        stack += [item for item in reversed(each.items) if isinstance(item, Part)]
    return found


def core(part: Part) -> Part:
    """Return the only thing in a part, as deep as there is one: the block in a round of a loop."""
    while len(part.items) == 1 and isinstance(part.items[0], Part):
        part = part.items[0]
    return part


Signature = tuple[object, ...]


class Signatures:
    """Structures of parts as values: two parts are alike when their signatures are equal.

    An exact signature holds the ops with their fields, and how they are wired; values from outside are numbered in the order of their use. Rates
    of dropping do not count: they often change from block to block. A loose one leaves out strides and the ways around skips, which is what the
    first block of a stage has more than the rest. A skeleton leaves out all sizes.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[int, str], tuple[Op, object]] = {}
        self._found: dict[tuple[Part, str], tuple[Signature, list[Node]]] = {}

    def exact(self, part: Part) -> Signature:
        """Return everything about the structure of a part."""
        return self._signature(part, "exact")[0]

    def loose(self, part: Part) -> Signature:
        """Return the structure without strides and projections."""
        return self._signature(part, "loose")[0]

    def skeleton(self, part: Part) -> Signature:
        """Return the structure without widths, strides and projections."""
        return self._signature(part, "skeleton")[0]

    def entering(self, part: Part) -> list[Node]:
        """Return the values that enter a part, in the order of their first use in its loose signature."""
        return self._signature(part, "loose")[1]

    def _signature(self, part: Part, mode: str) -> tuple[Signature, list[Node]]:
        found = self._found.get((part, mode))
        if found is None:
            found = self._found[part, mode] = self._read(part, mode)
        return found

    def _read(self, part: Part, mode: str) -> tuple[Signature, list[Node]]:
        nodes = part.nodes if mode == "exact" else body_nodes(part)
        hidden = set(part.nodes) - set(nodes)
        index = {node: number for number, node in enumerate(nodes)}
        outside: dict[Node, int] = {}
        rows = []
        for node in nodes:
            refs = []
            for operand in node.inputs:
                while operand in hidden:
                    operand = operand.inputs[0]
                refs.append(index[operand] if operand in index else -1 - outside.setdefault(operand, len(outside)))
            rows.append((self._key(node.op, mode), tuple(refs)))
        return tuple(rows), list(outside)

    def _key(self, op: Op, mode: str) -> object:
        found = self._keys.get((id(op), mode))
        if found is None:
            found = self._keys[id(op), mode] = (op, _key_of(op, mode))
        return found[1]


def _key_of(op: Op, mode: str) -> object:
    if op.family == "regularization":
        return op.name
    fields = {name: repr(value) for name, value in op.changed().items() if name != "init"}
    if mode != "exact":
        fields.pop("stride", None)
    if mode == "skeleton":
        fields = {name: value for name, value in fields.items() if name in ("sections", "dim")}
    return op.name, tuple(fields.items())


def body_nodes(part: Part) -> list[Node]:
    """Return the nodes of a part but for those on ways around skips that begin in it."""
    ways = {each.group for each in walk_parts(part) if each.kind == "shortcut" and each is not part}
    if not ways:
        return part.nodes
    return [node for node in part.nodes if node.group is None or not any(group in ways for group in node.group.chain())]
