"""Metrics of merges: by which ops paths are joined, and where."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from archdsl.ir.graph import Node
from archdsl.principles.facts import Facts, Measured, is_spatial, kernel_of, share_of

SUMS = frozenset(("add", "mean", "join", "freeze_drop_path"))


def merge_ops(facts: Facts) -> Measured:
    """Return the ops that join paths, in order of their names; `none` where there is one path."""
    return Measured(", ".join(sorted({node.op.name for node in facts.merges})) or "none")


def summing_share(facts: Facts) -> Measured:
    """Return the share of the merges that sum or average."""
    others = [node for node in facts.merges if node.op.name not in SUMS]
    return share_of((node for node in facts.merges if node.op.name in SUMS), facts.merges, others[0] if others else None)


def concat_at_downsampling(facts: Facts) -> Measured:
    """Return the share of the merges whose branches make the map smaller that concatenate.

    >>> import archdsl
    >>> concat_at_downsampling(Facts(archdsl.load("inception-v4").graph)).value
    1.0
    """
    merges = [node for node in facts.merges if any(_halves(_fork(facts, operand), node) for operand in node.inputs)]
    others = [node for node in merges if node.op.name != "concat"]
    return share_of((node for node in merges if node.op.name == "concat"), merges, others[0] if others else None)


def max_share(facts: Facts) -> Measured:
    """Return the share of the merges of branches with different kernels that take the maximum."""
    merges = [node for node in facts.merges if len({_kernel(facts, operand) for operand in node.inputs} - {None}) > 1]
    others = [node for node in merges if node.op.name != "max"]
    return share_of((node for node in merges if node.op.name == "max"), merges, others[0] if others else None)


def _branch(facts: Facts, node: Node) -> Iterator[Node]:
    """Yield the nodes of a branch from its end back to the fork or merge where it begins, which is the last."""
    yield node
    while len(facts.consumers[node]) == 1 and len(node.inputs) == 1:
        node = node.inputs[0]
        yield node


def _fork(facts: Facts, node: Node) -> Node | None:
    """Return the value of several users that a branch begins with, if it is not the end of the branch itself."""
    *branch, start = _branch(facts, node)
    return start if branch and len(facts.consumers[start]) > 1 else None


def _halves(before: Node | None, after: Node) -> bool:
    """Tell whether a map has at most half the area of another one."""
    if before is None or not before.shape.spatial or not after.shape.spatial:
        return False
    return 2 * prod(after.shape.spatial) <= prod(before.shape.spatial)


def _kernel(facts: Facts, node: Node) -> tuple[int, ...] | None:
    """Return the kernel of the last convolution of a branch that looks around, or None."""
    kernels = (kernel_of(each) for each in _branch(facts, node) if is_spatial(each) and len(facts.consumers[each]) == 1)
    return next(kernels, None)
