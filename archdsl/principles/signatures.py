"""What blocks of the same kind have in common: their structure, widths and strides aside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b

from archdsl.analysis.cost import kind_of
from archdsl.analysis.paths import is_weighted
from archdsl.ir.graph import Group, Node

BLOCKS = ("block", "skip", "repeat", "cell", "instance")
"""The groups that count as blocks."""

ABSTRACTED = (
    frozenset(("out_channels", "out_features", "groups", "multiplier", "num_groups", "heads", "bias", "init"))
    | frozenset(("stride", "padding", "kernel_size"))
    | frozenset(("p", "drop_path", "factor", "value"))
)
"""The fields in which blocks of one signature may differ, or which the kind of a node says already: widths, strides and kernels, rates."""


def signatures_of(nodes: Iterable[Node]) -> list[tuple[str, tuple[Node, ...]]]:
    """Return the signature of every block with two weighted layers or more, and its nodes; blocks of the same nodes are one.

    >>> import archdsl
    >>> found = signatures_of(archdsl.load("resnet50").graph.nodes)
    >>> blocks = {signature for signature, nodes in found if nodes[-1].name.endswith("bottleneck.relu") and len(nodes) < 15}
    >>> len(blocks), "with and without a projection"
    (2, 'with and without a projection')
    """
    words = {node: _word(node) for node in nodes}
    members: dict[Group, list[Node]] = {}
    for node in words:
        group = node.group
        while group is not None:
            if group.kind in BLOCKS:
                members.setdefault(group, []).append(node)
            group = group.parent
    alike = {tuple(inside): None for inside in members.values() if sum(map(is_weighted, inside)) > 1}
    return [(_signature(inside, words), inside) for inside in alike]


def _signature(nodes: tuple[Node, ...], words: dict[Node, str]) -> str:
    """Return a hash of a block's structure: what each node does but for widths, and from where in the block or outside it takes its operands."""
    marks: dict[Node, str] = {}
    used: set[Node] = set()
    for node in nodes:
        operands = [marks.get(operand, "outside") for operand in node.inputs]
        marks[node] = _hash(words[node], *(sorted(operands) if node.op.commutes else operands))
        used.update(node.inputs)
    return _hash(*sorted(marks[node] for node in nodes if node not in used), str(len(nodes)))


def _word(node: Node) -> str:
    """Return what a node does, widths and strides aside."""
    fields = {key: value for key, value in node.op.changed().items() if key not in ABSTRACTED}
    return kind_of(node) + (json.dumps(fields, sort_keys=True, default=str) if fields else "")


def _hash(*parts: str) -> str:
    return blake2b("|".join(parts).encode(), digest_size=8).hexdigest()
