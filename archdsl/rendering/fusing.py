"""A convolution, its norm and its activation as one box."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from archdsl.ir.graph import Group, Node

CORES = ("conv", "linear", "attention")
"""Families that a box is built around."""

DRESSING = ("norm", "activation", "regularization")
"""Families that go with one."""

DRESSING_OPS = ("flatten", "to_tokens", "to_map", "channel_shuffle")
"""Ops of other families that go with one."""


def is_core(node: Node) -> bool:
    """Tell whether a box is built around a node."""
    return node.op.family in CORES and len(node.inputs) == 1


def is_dressing(node: Node) -> bool:
    """Tell whether a node goes with a convolution before or after it."""
    return (node.op.family in DRESSING or node.op.name in DRESSING_OPS) and len(node.inputs) == 1


def chains(nodes: Iterable[Node], consumers: dict[Node, list[Node]], outputs: set[Node]) -> list[list[Node]]:
    """Return nodes as chains: each node is the only user of the one before it, and both may stand in one box."""
    chain_of: dict[Node, list[Node]] = {}
    found: list[list[Node]] = []
    for node in nodes:
        before = node.inputs[0] if len(node.inputs) == 1 else None
        chain = chain_of.get(before) if before is not None else None
        if chain is None or before is None or not _joins(before, node, consumers, outputs):
            chain = []
            found.append(chain)
        chain.append(node)
        chain_of[node] = chain
    return found


def _joins(before: Node, node: Node, consumers: dict[Node, list[Node]], outputs: set[Node]) -> bool:
    fusible = (is_core(before) or is_dressing(before)) and (is_core(node) or is_dressing(node))
    return fusible and len(consumers[before]) == 1 and before not in outputs and _related(before.group, node.group)


def _related(one: Group | None, other: Group | None) -> bool:
    """Tell whether one group lies in the other, or both in the same call."""
    if one is other or one is None or other is None:
        return True
    first, second = one.chain(), other.chain()
    return one in second or other in first or _calls(first) == _calls(second) or _in_sequence(first, second)


def _calls(chain: list[Group]) -> list[Group]:
    return [group for group in chain if group.kind in ("block", "instance")]


def _in_sequence(first: list[Group], second: list[Group]) -> bool:
    """Tell whether the innermost calls of two chains of groups stand one after the other in the same call, as in ``[conv_norm, act]``."""
    return _calls(first)[:-1] == _calls(second)[:-1] and bool(_calls(first)) and bool(_calls(second))


def fuse(chain: list[Node]) -> list[tuple[Node, ...]]:
    """Cut a chain into boxes, each around one core.

    What stands before the first core, say a norm and an activation, stands before every other core too, as far as it is there (pre-activation);
    the rest goes with the core before it.
    """
    cores = [number for number, node in enumerate(chain) if is_core(node)]
    if not cores:
        return [tuple(chain)]
    prefix = [node.op.family for node in chain[: cores[0]]]
    cuts = [0]
    for before, core in pairwise(cores):
        between = chain[before + 1 : core]
        families = [node.op.family for node in between]
        own = len(prefix) if prefix and families[-len(prefix) :] == prefix else 0
        cuts.append(core - max(own, _of_its_call(chain[before], between, chain[core]), _reshaped(between)))
    return [tuple(chain[start:stop]) for start, stop in zip(cuts, [*cuts[1:], len(chain)])]


def _reshaped(between: list[Node]) -> int:
    """Return how many of the nodes before a core, from the first that changes the layout, prepare for it."""
    return next((len(between) - number for number, node in enumerate(between) if node.op.name in DRESSING_OPS), 0)


def _of_its_call(before: Node, between: list[Node], core: Node) -> int:
    """Return how many of the nodes before a core stand in a call with it that the core before is not part of."""
    calls = _calls(core.group.chain()) if core.group else []
    if not calls or (before.group and calls[-1] in before.group.chain()):
        return 0
    count = 0
    while count < len(between) and between[-1 - count].group and calls[-1] in between[-1 - count].group.chain():  # type: ignore[union-attr]
        count += 1
    return count
