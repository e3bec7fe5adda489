"""Metrics of repetition: of how few kinds of layers and blocks a network is made, and which it shares with others."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b

from archdsl.analysis.cost import kind_of
from archdsl.analysis.paths import is_weighted
from archdsl.ir.graph import Group, Node
from archdsl.principles.facts import Facts, Measured, share_of

BLOCKS = ("block", "skip", "repeat", "cell", "instance")
"""The groups that count as blocks."""

ABSTRACTED = (
    frozenset(("out_channels", "out_features", "groups", "multiplier", "num_groups", "heads", "bias", "init"))
    | frozenset(("stride", "padding", "kernel_size"))
    | frozenset(("p", "drop_path", "factor", "value"))
)
"""The fields in which blocks of one signature may differ, or which the kind of a node says already: widths, strides and kernels, rates."""


def layer_kinds(facts: Facts) -> Measured:
    """Return how many kinds of weighted layers there are, by op, kernel, and whether they are depthwise or grouped.

    >>> import archdsl
    >>> layer_kinds(Facts(archdsl.load("resnet50").graph)).detail
    'conv 7x7, conv 1x1, conv 3x3, linear'
    """
    kinds = list(dict.fromkeys(kind_of(node) for node in facts.layers))
    return Measured(len(kinds), None, ", ".join(kinds)) if kinds else Measured(None)


def block_kinds(facts: Facts) -> Measured:
    """Return how many kinds of blocks there are, widths and strides aside: calls of blocks, skips, rounds of loops, with two layers or more."""
    found = {signature for signature, _ in signatures(facts)}
    return Measured(len(found)) if found else Measured(None)


def repeated_share(facts: Facts) -> Measured:
    """Return the share of the weighted layers that lie in a block of which the network has several, widths and strides aside."""
    found = signatures(facts)
    counts = Counter(signature for signature, _ in found)
    inside = {node for signature, nodes in found if counts[signature] > 1 for node in nodes if is_weighted(node)}
    return share_of(inside, facts.layers, facts.heaviest(node for node in facts.layers if node not in inside))


def signatures(facts: Facts) -> list[tuple[str, tuple[Node, ...]]]:
    """Return the signature of every block with two weighted layers or more, and its nodes; blocks of the same nodes are one."""
    members: dict[Group, list[Node]] = {}
    for node in facts.nodes:
        group = node.group
        while group is not None:
            if group.kind in BLOCKS:
                members.setdefault(group, []).append(node)
            group = group.parent
    alike = {tuple(nodes): None for nodes in members.values() if sum(map(is_weighted, nodes)) > 1}
    words = {node: _word(node) for node in facts.nodes}
    return [(_signature(nodes, words), nodes) for nodes in alike]


def units(facts: Facts) -> list[str]:
    """Return the kinds of weighted layers with the norms and activations straight behind them, each once.

    >>> import archdsl
    >>> units(Facts(archdsl.load("mobilenet-v1").graph))
    ['conv 3x3, batch_norm, relu', 'conv dw 3x3, batch_norm, relu', 'conv 1x1, batch_norm, relu']
    """
    found = (", ".join([kind_of(node), *_behind(facts, node)]) for node in facts.layers)
    return [unit for unit in dict.fromkeys(found) if ", " in unit]


def _behind(facts: Facts, node: Node) -> list[str]:
    found = []
    while len(facts.consumers[node]) == 1:
        (node,) = facts.consumers[node]
        if node.op.family not in ("norm", "activation", "regularization"):
            break
        found += [node.op.name] if node.op.family != "regularization" else []
    return found


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
