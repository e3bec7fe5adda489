"""Metrics of paths: how short and how many they are, and what is carried along without being changed."""

from __future__ import annotations

from archdsl.ir.graph import Node
from archdsl.principles.facts import Facts, Measured

CARRYING = frozenset(("identity", "dropout", "drop_path", "add", "mean", "join", "concat", "pad", "subsample", "channel_shuffle"))
"""Ops whose result holds their operands' values, but for those that are left out."""

SUMMING = frozenset(("add", "mean", "join", "concat"))
"""Merges under which an operand is carried past the others."""


def shortest_path(facts: Facts) -> Measured:
    """Return the weighted layers on the shortest path."""
    return Measured(facts.paths.shortest)


def longest_path(facts: Facts) -> Measured:
    """Return the weighted layers on the longest path, which is the depth."""
    return Measured(facts.paths.longest)


def mean_path(facts: Facts) -> Measured:
    """Return the mean number of weighted layers on all paths."""
    return Measured(facts.paths.mean)


def mean_path_share(facts: Facts) -> Measured:
    """Return the mean length of the paths as a share of the longest: 1 where there is one path."""
    paths = facts.paths
    if not paths.longest:
        return Measured(None)
    return Measured(paths.mean / paths.longest, None, f"{paths.mean:.4g} of {paths.longest} layers")


def log2_paths(facts: Facts) -> Measured:
    """Return the binary logarithm of the number of paths: 0 for one path, n for n residual blocks."""
    return Measured(facts.paths.bits)


def identity_coverage(facts: Facts) -> Measured:
    """Return the share of the longest path's weighted layers that lie under a pass-through without parameters.

    A pass-through is an operand of a sum or a concatenation that comes, through nothing but such merges and ops that keep values as they are, from a
    node before the layer. Pools and activations are none, nor are gates.

    >>> import archdsl
    >>> graph = archdsl.load("resnet18").graph
    >>> identity_coverage(Facts(graph)).detail
    '10 of 18'
    """
    layers = facts.spine
    covered: set[int] = set()
    for low, high in _carried(facts):
        covered.update(range(low, high + 1))
    bare = [number for number in range(len(layers)) if number not in covered]
    if not layers:
        return Measured(None)
    return Measured(len(covered) / len(layers), layers[_start_of_longest_run(bare)] if bare else None, f"{len(covered)} of {len(layers)}")


def _start_of_longest_run(numbers: list[int]) -> int:
    """Return where the longest run of successive numbers begins.

    >>> _start_of_longest_run([0, 3, 4, 5, 9])
    3
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return max(runs, key=len)[0]


def _carried(facts: Facts) -> list[tuple[int, int]]:
    """Return the stretches of the longest path that values are carried past: the numbers of the first and the last layer."""
    first, last = facts.reach
    carried: dict[Node, int] = {}
    found = []
    for node in facts.nodes:
        sources = min((carried[operand] for operand in node.inputs), default=len(facts.spine))
        carried[node] = min(first[node], sources) if node.op.name in CARRYING else first[node]
        if node.op.name in SUMMING and len(node.inputs) > 1 and sources <= last[node]:
            found.append((sources, last[node]))
    return found


def longest_skip(facts: Facts) -> Measured:
    """Return the most weighted layers of the longest path that one pass-through without parameters leads around.

    >>> import archdsl
    >>> longest_skip(Facts(archdsl.load("resnet50").graph)).value
    3
    """
    longest = max(_skips(facts), key=lambda pair: pair[1], default=None)
    return Measured(longest[1], longest[0]) if longest else Measured(None)


def longest_skip_share(facts: Facts) -> Measured:
    """Return the most weighted layers that one pass-through leads around, as a share of the depth."""
    longest = max(_skips(facts), key=lambda pair: pair[1], default=None)
    if longest is None:
        return Measured(None)
    merge, length = longest
    return Measured(length / len(facts.spine), merge, f"{length} of {len(facts.spine)}")


def mean_skip(facts: Facts) -> Measured:
    """Return the mean number of weighted layers that a pass-through without parameters leads around."""
    lengths = [length for _, length in _skips(facts)]
    return Measured(sum(lengths) / len(lengths)) if lengths else Measured(None)


def _skips(facts: Facts) -> list[tuple[Node, int]]:
    """Return the merges that an operand reaches unchanged, each with the layers that it has skipped."""
    first, last = facts.reach
    lengths = [
        (node, last[node] - first[_source(operand)] + 1) for node in facts.merges if node.op.name in SUMMING for operand in dict.fromkeys(node.inputs)
    ]
    return [(node, length) for node, length in lengths if length > 0]


def _source(node: Node) -> Node:
    while node.op.name in CARRYING and len(node.inputs) == 1:
        node = node.inputs[0]
    return node
