"""What the metrics look at: a network with what they all need, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from archdsl.analysis.cost import Cost, analyze
from archdsl.analysis.paths import Paths, count_paths, is_weighted
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.conv import DepthwiseConv
from archdsl.ops.window import Window
from archdsl.principles.signatures import signatures_of

Value = float | str | None
"""What a metric gives: a number, words, or None where it does not apply."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement with what it is best seen at.

    Attributes:
        value: The number or the words.
        at: The node that shows it, if there is one: the convolution with the largest kernel, the first layer without a norm.
        detail: What the number is made of: ``13 of 13``.
    """

    value: Value
    at: Node | None = None
    detail: str = ""


def share_of(found: Iterable[Node], all_of: Iterable[Node], at: Node | None = None) -> Measured:
    """Return how many of some nodes were found, from 0 to 1; not applicable where there are none."""
    part, whole = len(list(found)), len(list(all_of))
    return Measured(part / whole, at, f"{part} of {whole}") if whole else Measured(None)


class Facts:
    """A network as the metrics see it: its live nodes, their order, and the roles that they play."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that an output depends on, in order."""
        live = self.graph.live()
        return tuple(node for node in self.graph.nodes if node in live)

    @cached_property
    def consumers(self) -> dict[Node, list[Node]]:
        """The users of every live node."""
        found: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for operand in node.inputs:
                found[operand].append(node)
        return found

    @cached_property
    def cost(self) -> Cost:
        """What the network costs."""
        return analyze(self.graph)

    @cached_property
    def paths(self) -> Paths:
        """The lengths of all paths, in weighted layers."""
        return count_paths(self.graph)

    @cached_property
    def layers(self) -> tuple[Node, ...]:
        """The weighted layers: convolutions, linear layers, attention."""
        return tuple(node for node in self.nodes if is_weighted(node))

    @cached_property
    def blocks(self) -> list[tuple[str, tuple[Node, ...]]]:
        """The signature of every block, and its nodes."""
        return signatures_of(self.nodes)

    @cached_property
    def merges(self) -> tuple[Node, ...]:
        """The nodes that join several values."""
        return tuple(node for node in self.nodes if node.op.family == "merge" and len(node.inputs) > 1)

    @cached_property
    def depths(self) -> dict[Node, int]:
        """The most weighted layers from an input to a node, itself included."""
        found: dict[Node, int] = {}
        for node in self.nodes:
            found[node] = max((found[operand] for operand in node.inputs), default=0) + is_weighted(node)
        return found

    @cached_property
    def longest(self) -> tuple[Node, ...]:
        """The nodes of a longest path, in order; of several, the first."""
        node: Node | None = max(self.graph.outputs, key=self.depths.__getitem__)
        found: list[Node] = []
        while node is not None:
            found.append(node)
            node = max(node.inputs, key=self.depths.__getitem__, default=None)
        return tuple(found[::-1])

    @cached_property
    def spine(self) -> tuple[Node, ...]:
        """The weighted layers of a longest path, in order."""
        return tuple(node for node in self.longest if is_weighted(node))

    @cached_property
    def reach(self) -> tuple[dict[Node, int], dict[Node, int]]:
        """For every node the number of the first layer of the spine behind it, and that of the last before it.

        Because these layers stand on one path, those between two nodes are all from the first behind the one to the last before the other.
        """
        number = {node: position for position, node in enumerate(self.spine)}
        last: dict[Node, int] = {}
        for node in self.nodes:
            last[node] = max((max(last[operand], number.get(operand, -1)) for operand in node.inputs), default=-1)
        first: dict[Node, int] = {}
        for node in reversed(self.nodes):
            first[node] = min((number.get(user, first[user]) for user in self.consumers[node]), default=len(number))
        return first, last

    @cached_property
    def stem(self) -> Node | None:
        """The lowest layer: the one convolution that every path enters first; None where several layers read the input."""
        first = self.entries
        return first[0] if len(first) == 1 and is_conv(first[0]) else None

    @cached_property
    def entries(self) -> tuple[Node, ...]:
        """The weighted layers that have none before them."""
        return tuple(node for node in self.layers if self.depths[node] == 1)

    @cached_property
    def spatial(self) -> tuple[Node, ...]:
        """The convolutions that look around, without the stem."""
        return tuple(node for node in self.layers if is_conv(node) and max(kernel_of(node)) > 1 and node is not self.stem)

    def before(self, node: Node, wanted: Callable[[Node], bool]) -> Node | None:
        """Return the nearest node that is wanted on the straight way to a node, back to the next weighted layer or merge."""
        while len(node.inputs) == 1:
            node = node.inputs[0]
            if wanted(node):
                return node
            if is_weighted(node) or isinstance(node.op, Input):
                return None
        return None

    def after(self, node: Node, wanted: Callable[[Node], bool]) -> Node | None:
        """Return the nearest node that is wanted straight behind a node, as far as the next weighted layers and merges."""
        stack = list(self.consumers[node])
        while stack:
            each = stack.pop(0)
            if wanted(each):
                return each
            if not is_weighted(each) and len(each.inputs) == 1:
                stack += self.consumers[each]
        return None

    def heaviest(self, nodes: Iterable[Node]) -> Node | None:
        """Return the node with the most multiply-adds."""
        return max(nodes, key=lambda node: self.cost.by_node[node.name].macs, default=None)


def is_conv(node: Node) -> bool:
    """Tell whether a node is a convolution of any kind."""
    return node.op.family == "conv"


def kernel_of(node: Node) -> tuple[int, ...]:
    """Return the extent of a convolution along each axis.

    >>> import archdsl
    >>> graph = archdsl.load("{archdsl: 1, input: [3, 8, 8], net: [{conv: {out_channels: 4, kernel_size: [1, 7]}}, {conv: 4}]}").graph
    >>> [kernel_of(node) for node in graph.nodes[1:]]
    [(1, 7), (1, 1)]
    """
    op = node.op
    if isinstance(op, Window) and "kernel_size" in type(op).model_fields:
        return op.axes("kernel_size", node.inputs[0].shape)
    return (1,)


def is_dense(node: Node) -> bool:
    """Tell whether every output channel of a convolution sees every input channel."""
    return getattr(node.op, "groups", 1) == 1 and not isinstance(node.op, DepthwiseConv)


def is_depthwise(node: Node) -> bool:
    """Tell whether every output channel of a convolution sees one input channel of several."""
    if isinstance(node.op, DepthwiseConv):
        return True
    return is_conv(node) and 1 < getattr(node.op, "groups", 1) == node.inputs[0].shape.channels


def is_pointwise(node: Node) -> bool:
    """Tell whether a layer is a 1x1 convolution, or a linear layer at every token, which is the same."""
    if node.op.family == "linear":
        return node.inputs[0].shape.kind != "vector"
    return is_conv(node) and max(kernel_of(node)) == 1


def is_spatial(node: Node) -> bool:
    """Tell whether a layer is a convolution that looks around."""
    return is_conv(node) and max(kernel_of(node)) > 1


def widths_of(node: Node) -> tuple[int, int]:
    """Return the channels that enter a layer, and those that leave it."""
    return node.inputs[0].shape.channels, node.shape.channels
