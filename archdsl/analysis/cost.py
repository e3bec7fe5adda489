"""What a network costs, counted on its graph: parameters, multiply-adds, activations.

Counts are exact integers for one sample. **params** are trainable scalars, shared weights once and running statistics never; **macs** are the
multiply-adds of convolutions, linear layers and matrix products, wherever they are computed, without biases, norms, activations and pooling;
**flops** are twice that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from math import prod
from operator import attrgetter
from typing import Final

from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Op
from archdsl.ops.conv import Conv, ConvTranspose, DepthwiseConv
from archdsl.ops.window import Window

COUNTED_OUTPUTS = ("conv", "linear", "attention")
"""The families whose outputs are activations (arXiv:2003.13678)."""


@dataclass(unsafe_hash=True, slots=True)
class Count:
    """The counts of a node, a block, a kind or a network.

    Attributes:
        params: Trainable scalars.
        weights: Those of them that are neither biases nor part of norms.
        macs: Multiply-adds for one sample.
        product_macs: The part of ``macs`` that multiplies activations with each other: attention's scores, and its sums of values.
        activations: Scalars in the outputs of convolutions, linear layers and attention, for one sample.
        nodes: Nodes of the graph, inputs among them.
    """

    params: Final[int] = 0
    weights: Final[int] = 0
    macs: Final[int] = 0
    product_macs: Final[int] = 0
    activations: Final[int] = 0
    nodes: Final[int] = 0

    @property
    def flops(self) -> int:
        """Floating-point operations: twice ``macs``."""
        return 2 * self.macs

    def __add__(self, other: Count) -> Count:
        return Count(
            self.params + other.params,
            self.weights + other.weights,
            self.macs + other.macs,
            self.product_macs + other.product_macs,
            self.activations + other.activations,
            self.nodes + other.nodes,
        )

    def __mul__(self, times: int) -> Count:
        return Count(*[each * times for each in _ROW(self)])

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name, ``flops`` among them."""
        found = {each.name: getattr(self, each.name) for each in fields(Count)}
        return {**found, "flops": self.flops}


_NODE = Count(nodes=1)
_ROW = attrgetter(*(each.name for each in fields(Count)))


@dataclass(frozen=True)
class Cost:
    """What a network costs: totals, and the same by node, by block and by kind.

    Attributes:
        total: The counts of everything.
        by_node: The counts of every node by its name, in the order of the graph; with several networks behind the network's name.
        counted: The nodes, in the same order.
        networks: The cost of each network by its name, if there are several.
    """

    total: Count
    by_node: Mapping[str, Count]
    counted: tuple[Node, ...] = field(repr=False, compare=False)
    networks: Mapping[str, Cost] = field(default_factory=dict)

    @property
    def params(self) -> int:
        """Trainable scalars; shared weights once, running statistics never."""
        return self.total.params

    @property
    def weights(self) -> int:
        """Trainable scalars without biases and norms."""
        return self.total.weights

    @property
    def macs(self) -> int:
        """Multiply-adds for one sample, ``product_macs`` among them."""
        return self.total.macs

    @property
    def product_macs(self) -> int:
        """Multiply-adds of attention's two products of activations, for one sample."""
        return self.total.product_macs

    @property
    def flops(self) -> int:
        """Floating-point operations for one sample: twice ``macs``."""
        return self.total.flops

    @property
    def activations(self) -> int:
        """Scalars in the outputs of convolutions, linear layers and attention, for one sample."""
        return self.total.activations

    @property
    def nodes(self) -> int:
        """Nodes of the graph, inputs among them."""
        return self.total.nodes

    @cached_property
    def by_kind(self) -> dict[str, Count]:
        """The totals of every kind of node, such as ``conv 3x3``, in order of first appearance."""
        found: dict[str, list[Count]] = {}
        for node, count in zip(self.counted, self.by_node.values()):
            found.setdefault(kind_of(node), []).append(count)
        return {kind: total_of(counts) for kind, counts in found.items()}

    @cached_property
    def by_stage(self) -> dict[str, Count]:
        """The totals of everything of one resolution, such as ``56x56``, in order of first appearance; behind the name of the network if several."""
        if self.networks:
            return {f"{name} {stage}": count for name, part in self.networks.items() for stage, count in part.by_stage.items()}
        found: dict[str, list[Count]] = {}
        for node, count in zip(self.counted, self.by_node.values()):
            found.setdefault(stage_of(node), []).append(count)
        return {stage: total_of(counts) for stage, counts in found.items()}

    @cached_property
    def by_block(self) -> dict[str, Count]:
        """The totals of every block by its name, which is what the names of its nodes begin with: ``stage1``, ``stage1.i0``, ...

        A block's total holds those of the blocks in it. Outer blocks come before inner ones.
        """
        own: dict[str, list[Count]] = {}
        for name, count in self.by_node.items():
            block = name.rpartition(".")[0]
            for outer in _not_in(block, own):
                own[outer] = []
            if block:
                own[block].append(count)
        totals: dict[str, Count] = {}
        for block in sorted(own, key=_depth, reverse=True):
            totals[block] = total_of(own[block])
            around = block.rpartition(".")[0]
            if around:
                own[around].append(totals[block])
        return {block: totals[block] for block in own}


def _depth(name: str) -> int:
    return name.count(".")


def _not_in(block: str, known: Mapping[str, object]) -> list[str]:
    """Return a block and those around it, outermost first, as far as they are not known yet."""
    new: list[str] = []
    while block and block not in known:
        new.append(block)
        block = block.rpartition(".")[0]
    return new[::-1]


def total_of(counts: Iterable[Count]) -> Count:
    """Return the sum of counts."""
    rows = [*map(_ROW, counts)]
    return Count(*map(sum, zip(*rows))) if rows else Count()


def analyze(network: Architecture | Graph) -> Cost:
    """Return what a network costs, for one sample of its input; no module is built.

    >>> import archdsl
    >>> cost = analyze(archdsl.load('''
    ... archdsl: 1
    ... input: [3, 32, 32]
    ... net: [{conv: {out_channels: 16, kernel_size: 3}}, batch_norm, relu, global_avg_pool, {linear: 10}]
    ... '''))
    >>> cost.params, cost.weights, cost.macs, cost.flops, cost.activations
    (634, 592, 442528, 885056, 16394)
    >>> cost.by_kind["conv 3x3"].macs, cost.by_node["linear"].params
    (442368, 170)
    """
    if isinstance(network, Graph):
        return _of_graph(network)
    graphs = network.graphs
    if len(graphs) == 1:
        return _of_graph(next(iter(graphs.values())))
    parts = {name: _of_graph(graph) for name, graph in graphs.items()}
    by_node = {f"{name}.{node}": count for name, part in parts.items() for node, count in part.by_node.items()}
    nodes = tuple(node for graph in graphs.values() for node in graph.nodes)
    return Cost(total_of(part.total for part in parts.values()), by_node, nodes, parts)


def _of_graph(graph: Graph) -> Cost:
    by_node = dict(_counts(graph.nodes))
    return Cost(total_of(by_node.values()), by_node, graph.nodes)


def _counts(nodes: Iterable[Node]) -> Iterator[tuple[str, Count]]:
    known: dict[tuple[object, ...], Count] = {}
    for node in nodes:
        if is_free(type(node.op)):
            yield node.name, _NODE
            continue
        key = (id(node.op), id(node.shape), node.module == node.name, *[id(operand.shape) for operand in node.inputs])  # the nodes keep them alive
        if key not in known:
            known[key] = count_node(node)
        yield node.name, known[key]


@cache
def is_free(op: type[Op]) -> bool:
    """Tell whether no op of a class has parameters, multiply-adds or counted outputs."""
    plain = op.parameters is Op.parameters and op.macs is Op.macs and op.product_macs is Op.product_macs
    return plain and op.family not in COUNTED_OUTPUTS


def count_node(node: Node) -> Count:
    """Return the counts of one node; one that borrows its module has no parameters of its own."""
    op, inputs = node.op, node.shapes()
    params = weights = 0
    if node.owns_module:
        sizes = {name: prod(shape) for name, shape in op.parameters(*inputs).items()}
        params = sum(sizes.values())
        weights = 0 if op.family == "norm" else sum(size for name, size in sizes.items() if not name.endswith("bias"))
    outputs = node.shape.size if op.family in COUNTED_OUTPUTS else 0
    return Count(params, weights, op.macs(inputs, node.shape), op.product_macs(inputs, node.shape), outputs, 1)


def stage_of(node: Node) -> str:
    """Return the resolution of a node's result, or of what kind it is: ``56x56``, ``tokens``, ``vector``."""
    return "x".join(map(str, node.shape.spatial)) or node.shape.kind


def kind_of(node: Node) -> str:
    """Return the kind of a node: the op, for a convolution whether it is depthwise or grouped, and the size of the window.

    >>> import archdsl
    >>> graph = archdsl.load('''
    ... archdsl: 1
    ... input: [4, 8, 8]
    ... net: [{conv: {out_channels: 4, kernel_size: 3, groups: 2}}, depthwise_conv, {max_pool: 2}, flatten]
    ... ''').graph
    >>> [kind_of(node) for node in graph.nodes]
    ['input', 'conv grouped 3x3', 'conv dw 3x3', 'max_pool 2x2', 'flatten']
    """
    op = node.op
    kernel = getattr(op, "kernel_size", None) if isinstance(op, Window) else None
    if kernel is None:
        return op.name
    sizes = (kernel,) * len(node.inputs[0].shape.spatial) if isinstance(kernel, int) else kernel
    words = [op.name, "x".join(map(str, sizes))]
    if isinstance(op, DepthwiseConv):
        words[:1] = ["conv", "dw"]
    elif isinstance(op, (Conv, ConvTranspose)) and op.groups > 1:
        words.insert(1, "dw" if op.groups == node.inputs[0].shape.channels else "grouped")
    return " ".join(words)
