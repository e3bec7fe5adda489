"""Metrics of 1x1 convolutions: where they reduce, expand, and stand beside those that look around."""

from __future__ import annotations

from archdsl.analysis.paths import is_weighted
from archdsl.ir.graph import Node
from archdsl.principles.facts import Facts, Measured, is_depthwise, is_pointwise, is_spatial, share_of, widths_of

WIDENING = 2
"""By what factor a 1x1 convolution widens at least to turn a bottleneck inside out."""


def bottlenecks(facts: Facts) -> Measured:
    """Return how often a 1x1 convolution reduces, others look around, and a 1x1 convolution expands.

    The first may keep the width when what follows mixes channels, as in the first block of a ResNet.

    >>> import archdsl
    >>> bottlenecks(Facts(archdsl.load("resnet50").graph)).value
    16
    """
    return _count([node for node in facts.layers if is_pointwise(node) and _expansion(facts, node) is not None])


def reductions(facts: Facts) -> Measured:
    """Return how often a 1x1 convolution reduces, or keeps the width, before one that looks around, and none expands behind it."""
    return _count([node for node in facts.layers if is_pointwise(node) and _reduces(facts, node) and _expansion(facts, node) is None])


def inverted_bottlenecks(facts: Facts) -> Measured:
    """Return how often a 1x1 convolution widens at least twofold and the next one, with only depthwise ones between, narrows back.

    >>> import archdsl
    >>> inverted_bottlenecks(Facts(archdsl.load("convnext-tiny").graph)).value
    18
    """
    return _count([node for node in facts.layers if is_pointwise(node) and _narrows_back(facts, node)])


def separable_convs(facts: Facts) -> Measured:
    """Return how often a 1x1 convolution follows straight on a depthwise one."""
    return _count([node for node in facts.spatial if is_depthwise(node) and _next(facts, node, is_pointwise)])


def pointwise_beside_spatial(facts: Facts) -> Measured:
    """Return the share of the convolutions that look around, stem excluded, with a 1x1 convolution straight before or behind them."""
    beside = {node for node in facts.spatial if _before(facts, node, is_pointwise) or _next(facts, node, is_pointwise)}
    return share_of(beside, facts.spatial, facts.heaviest(node for node in facts.spatial if node not in beside))


def _count(nodes: list[Node]) -> Measured:
    return Measured(len(nodes), nodes[0] if nodes else None)


def _before(facts: Facts, node: Node, wanted: object) -> Node | None:
    """Return the weighted layer straight before one, if it is wanted."""
    found = facts.before(node, is_weighted)
    return found if found is not None and wanted(found) else None  # type: ignore[operator]


def _next(facts: Facts, node: Node, wanted: object) -> Node | None:
    """Return the weighted layer straight behind one, if it is wanted."""
    return facts.after(node, lambda each: is_weighted(each) and wanted(each))  # type: ignore[operator]


def _reduces(facts: Facts, node: Node) -> Node | None:
    """Return the convolution behind a 1x1 convolution that reduces for it."""
    into, out = widths_of(node)
    spatial = _next(facts, node, is_spatial) if out <= into else None
    return spatial if spatial is not None and (out < into or not is_depthwise(spatial)) else None


def _expansion(facts: Facts, node: Node) -> Node | None:
    """Return the 1x1 convolution that expands what another one has reduced."""
    spatial = _reduces(facts, node)
    while spatial is not None:
        found = _next(facts, spatial, is_pointwise)
        if found is not None:
            into, out = widths_of(found)
            return found if out > into else None
        spatial = _next(facts, spatial, is_spatial)
    return None


def _narrows_back(facts: Facts, node: Node) -> bool:
    into, out = widths_of(node)
    if out < WIDENING * into:
        return False
    behind = _next(facts, node, is_weighted)
    while behind is not None and is_depthwise(behind):
        behind = _next(facts, behind, is_weighted)
    return behind is not None and is_pointwise(behind) and WIDENING * widths_of(behind)[1] <= out
