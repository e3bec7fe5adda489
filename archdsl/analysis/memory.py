"""How much memory a network takes, in bytes, before anything is built.

Counted are the tensors that a straightforward run holds at once: parameters, buffers, gradients, the optimizer's state, and values. Workspaces of
kernels and what an allocator wastes are not; a test holds the figures against torch's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.ir.graph import Graph, Input, Node

VIEWS = frozenset(("identity", "flatten", "reshape", "permute", "to_tokens", "to_map", "slice", "split", "expand", "subsample"))
"""Ops whose result looks into the memory of their operand."""

IN_PLACE = frozenset(("relu", "leaky_relu", "elu", "add"))
"""Ops that write over an operand which nobody else needs."""

FRESH = frozenset(("conv", "linear", "norm"))
"""Families whose result is memory of its own, which their backward pass does not need."""

KEEPS_RESULT = frozenset(("relu", "leaky_relu", "elu", "sigmoid", "tanh", "softmax"))
KEEPS_NOTHING = frozenset(("add", "mean", "join", "concat", "scale", "pad", "shift", "zero", "upsample", "global_avg_pool", "gather", *VIEWS))


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes for one batch.

    Attributes:
        parameters: The trainable tensors and the running statistics.
        inference: The most that values take at once in a forward pass, the inputs among them.
        saved: What a forward pass keeps for the backward pass, the inputs among it.
        training: Parameters, gradients, the optimizer's state and what is saved.
    """

    parameters: int
    inference: int
    saved: int
    training: int


def measure_memory(graph: Graph, batch: int = 1, *, size: int = 4, states: int = 1) -> Memory:
    """Return what a network takes.

    Args:
        graph: The network.
        batch: Samples in a batch.
        size: Bytes of a number: 4 for float32.
        states: Numbers that the optimizer keeps for each parameter: 1 for SGD with momentum, 2 for Adam.

    >>> import archdsl
    >>> memory = measure_memory(archdsl.load("resnet50").graph, batch=32)
    >>> memory.parameters // 10**6, memory.saved // 10**6
    (102, 2749)
    """
    owners = [node for node in graph.nodes if node.owns_module and not isinstance(node.op, Input)]
    trainable = size * sum(node.op.count_params(*node.shapes()) for node in owners)
    statistics = sum(2 * size * node.shape.channels + 8 for node in owners if node.op.name == "batch_norm")
    storage = _storage(graph)
    sizes = {node: batch * size * node.shape.size for node in graph.nodes}
    saved = sum(sizes[owner] for owner in _saved(graph, storage)) + sum(_extra(node, batch) for node in graph.nodes)
    training = trainable * (2 + states) + statistics + saved
    return Memory(trainable + statistics, _peak(graph, storage, sizes), saved, training)


def _storage(graph: Graph) -> dict[Node, Node]:
    """Return for every node the node whose memory its value lies in."""
    consumers = graph.consumers()
    outputs = set(graph.outputs)
    found: dict[Node, Node] = {}
    for node in graph.nodes:
        spare = [
            operand
            for operand in node.inputs[: 2 if node.op.commutes and len(node.inputs) == 2 else 1]
            if len(consumers[operand]) == 1 and operand.shape == node.shape and operand not in outputs and _is_fresh(operand)
        ]
        if node.op.name in VIEWS and node.inputs:
            found[node] = found[node.inputs[0]]
        elif node.op.name in IN_PLACE and spare:
            found[node] = found[spare[0]]
        else:
            found[node] = node
    return found


def _is_fresh(node: Node) -> bool:
    return node.op.family in FRESH or (node.op.name == "add" and len(node.inputs) > 1)


def _saved(graph: Graph, storage: dict[Node, Node]) -> set[Node]:
    """Return the memory that the backward pass needs, each once."""
    kept: set[Node] = set()
    for node in graph.nodes:
        if isinstance(node.op, Input) or node.op.name in KEEPS_NOTHING:
            continue
        kept.update([storage[node]] if node.op.name in KEEPS_RESULT else [storage[operand] for operand in node.inputs])
    return kept


def _extra(node: Node, batch: int) -> int:
    """Return what an op keeps beside its operands and its result: 8 bytes for the place of a maximum, 1 for a mask."""
    return batch * node.shape.size * {"max_pool": 8, "dropout": 1}.get(node.op.name, 0)


def _peak(graph: Graph, storage: dict[Node, Node], sizes: dict[Node, int]) -> int:
    last: dict[Node, int] = {}
    for step, node in enumerate(graph.nodes):
        last[storage[node]] = step
        for operand in node.inputs:
            last[storage[operand]] = step
    for node in (*graph.outputs, *graph.inputs):
        last[storage[node]] = len(graph.nodes)
    held = peak = 0
    ends: dict[int, list[Node]] = {}
    for owner, step in last.items():
        ends.setdefault(step, []).append(owner)
    for step, node in enumerate(graph.nodes):
        held += sizes[node] if storage[node] is node else 0
        peak = max(peak, held)
        held -= sum(sizes[owner] for owner in ends.get(step, ()))
    return peak
