"""Metrics of repetition: of how few kinds of layers and blocks a network is made, and which it shares with others."""

from __future__ import annotations

from collections import Counter

from archdsl.analysis.cost import kind_of
from archdsl.analysis.paths import is_weighted
from archdsl.ir.graph import Node
from archdsl.principles.facts import Facts, Measured, share_of


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
    found = {signature for signature, _ in facts.blocks}
    return Measured(len(found)) if found else Measured(None)


def repeated_share(facts: Facts) -> Measured:
    """Return the share of the weighted layers that lie in a block of which the network has several, widths and strides aside."""
    counts = Counter(signature for signature, _ in facts.blocks)
    inside = {node for signature, nodes in facts.blocks if counts[signature] > 1 for node in nodes if is_weighted(node)}
    return share_of(inside, facts.layers, facts.heaviest(node for node in facts.layers if node not in inside))


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
