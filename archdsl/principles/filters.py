"""Metrics of filters: how large they are, whether they are factorised, and what the kinds of layers cost."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.analysis.cost import kind_of
from archdsl.ir.graph import Node
from archdsl.principles.facts import Facts, Measured, is_conv, is_dense, is_pointwise, is_spatial, kernel_of, share_of


def largest_kernel(facts: Facts) -> Measured:
    """Return the longest side of the largest kernel outside the stem.

    >>> import archdsl
    >>> largest_kernel(Facts(archdsl.load("convnext-tiny").graph)).detail
    'conv dw 7x7'
    """
    convs = [node for node in facts.layers if is_conv(node) and node is not facts.stem]
    largest = max(convs, key=lambda node: max(kernel_of(node)), default=None)
    return Measured(max(kernel_of(largest)), largest, kind_of(largest)) if largest else Measured(None)


def stem_kernel(facts: Facts) -> Measured:
    """Return the longest side of the stem's kernel; not applicable where several layers read the input."""
    stem = facts.stem
    return Measured(max(kernel_of(stem)), stem, kind_of(stem)) if stem else Measured(None)


def factorised_share(facts: Facts) -> Measured:
    """Return the share of the convolutions that look around, stem excluded, that are depthwise, grouped, or of 1xn and nx1."""
    whole = [node for node in facts.spatial if not is_factorised(node)]
    return share_of((node for node in facts.spatial if is_factorised(node)), facts.spatial, facts.heaviest(whole))


def is_factorised(node: Node) -> bool:
    """Tell whether a convolution does not see all channels, or not all directions, at once."""
    return not is_dense(node) or min(kernel_of(node)) == 1 < max(kernel_of(node))


def pointwise_params_share(facts: Facts) -> Measured:
    """Return the share of the weights (no biases, no norms) that 1x1 convolutions have, linear layers at every token among them."""
    return _share(facts, "weights", (node for node in facts.layers if is_pointwise(node)))


def pointwise_macs_share(facts: Facts) -> Measured:
    """Return the share of the multiply-adds that 1x1 convolutions take, linear layers at every token among them."""
    return _share(facts, "macs", (node for node in facts.layers if is_pointwise(node)))


def dense_spatial_macs_share(facts: Facts) -> Measured:
    """Return the share of the multiply-adds that whole kxk convolutions take, the stem among them."""
    return _share(facts, "macs", (node for node in facts.layers if is_spatial(node) and not is_factorised(node)))


def linear_params_share(facts: Facts) -> Measured:
    """Return the share of the weights that fully connected layers have."""
    return _share(facts, "weights", (node for node in facts.layers if node.op.family == "linear" and not is_pointwise(node)))


def _share(facts: Facts, count: str, nodes: Iterable[Node]) -> Measured:
    total = getattr(facts.cost, count)
    if not total:
        return Measured(None)
    costs = {node: getattr(facts.cost.by_node[node.name], count) for node in nodes}
    part = sum(costs.values())
    heaviest = max(costs, key=costs.__getitem__, default=None)
    return Measured(part / total, heaviest, f"{part:,} of {total:,}")
