"""The paths of a network: how many, how long, and how their lengths are spread.

A network with skips is a bundle of paths of different lengths, most of them short (Veit et al., arXiv:1605.06431). The lengths are counted by dynamic
programming over the graph, with polynomials whose k-th coefficient is the number of paths of length k: exact, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log2, log10
from typing import Any

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.ir.graph import Graph, Group, Node

WEIGHTED = frozenset(("conv", "linear", "attention"))
"""The families that count as layers."""

Polynomial = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """The lengths of all paths from the inputs to the outputs.

    Attributes:
        unit: What a path's length counts: ``layer`` for weighted layers, ``skip`` for the bodies of skips, or the name of a block.
        lengths: The number of paths of length k, for every k from 0.
    """

    unit: str
    lengths: Polynomial

    @property
    def count(self) -> int:
        """The number of paths."""
        return sum(self.lengths)

    @property
    def bits(self) -> float:
        """The binary logarithm of the number of paths; 0 when there is none.

        >>> Paths("block", (1, 2, 1)).bits
        2.0
        """
        count = self.count
        spare = max(0, count.bit_length() - 1000)
        return spare + log2(count >> spare) if count else 0.0

    @property
    def shortest(self) -> int:
        """The length of the shortest path."""
        return next((length for length, count in enumerate(self.lengths) if count), 0)

    @property
    def longest(self) -> int:
        """The length of the longest path."""
        return max((length for length, count in enumerate(self.lengths) if count), default=0)

    @property
    def mean(self) -> float:
        """The mean length of all paths."""
        if not self.count:
            return 0.0
        return float(Fraction(sum(length * count for length, count in enumerate(self.lengths)), self.count))

    def share(self, low: int, high: int) -> float:
        """Return the share of the paths whose length lies between two bounds, both included.

        >>> Paths("block", (1, 2, 1)).share(1, 1)
        0.5
        """
        return float(Fraction(sum(self.lengths[max(low, 0) : high + 1]), self.count)) if self.count else 0.0

    def bulk(self, share: float = 0.95) -> tuple[int, int]:
        """Return the lengths between which the middle ``share`` of the paths lies; from 0 to 0 when there is no path.

        >>> Paths("block", (1, 8, 28, 56, 70, 56, 28, 8, 1)).bulk(0.9)
        (2, 6)
        """
        if not self.count:
            return 0, 0
        tail = Fraction(1 - share) / 2 * self.count
        below = above = 0
        low, high = self.shortest, self.longest
        while below + self.lengths[low] <= tail:
            below += self.lengths[low]
            low += 1
        while above + self.lengths[high] <= tail:
            above += self.lengths[high]
            high -= 1
        return low, high


def count_paths(graph: Graph, unit: str = "layer") -> Paths:
    """Count the paths of a graph by their length.

    Args:
        graph: The network.
        unit: ``layer`` counts convolutions, linear layers and attention; ``block`` the outermost blocks that have weighted layers on the path;
            ``skip`` the innermost bodies that skips lead around; the name of a block counts those blocks alone. A block or body counts once for a
            path that passes a weighted layer in it.

    Raises:
        UsageError: If the network has no block of that name.

    Two residual blocks: a path goes around or through each.

    >>> import archdsl
    >>> arch = archdsl.load("{archdsl: 1, input: [4, 8, 8], net: [{repeat: {times: 2, body: [{skip: [{conv: 4}]}]}}]}")
    >>> count_paths(arch.graph).lengths
    (1, 2, 1)
    """
    if unit == "layer":
        return Paths(unit, _by_layer(graph))
    return Paths(unit, _by_block(graph, block_finder(graph, unit)))


def block_finder(graph: Graph, unit: str) -> Callable[[Node], object]:
    """Return what tells of a node which block it is counted with, or None, for every unit but ``layer``.

    Raises:
        UsageError: If the network has no block of that name.
    """
    known = units(graph)
    if unit not in known:
        help = did_you_mean(unit, known) or "it has " + ", ".join(f"`{each}`" for each in known[:20])
        raise UsageError(Diagnostic("E721", f"`{graph.name or 'the network'}` has no block `{unit}` to count", None, help))
    return _skip_finder(graph) if unit == "skip" else _named_finder(unit)


def units(graph: Graph) -> list[str]:
    """Return what paths can be counted by: ``layer``, ``block``, ``skip``, and the names of the blocks in the graph."""
    labels = {group.label: None for node in graph.nodes for group in _chain(node) if group.kind == "block"}
    return list(dict.fromkeys(["layer", "block", "skip", *labels]))


def _by_layer(graph: Graph) -> Polynomial:
    inputs = set(graph.inputs)
    found: dict[Node, list[int]] = {}
    for node, done in _with_done(graph):
        total = [1] if node in inputs else _sum([found[operand] for operand in node.inputs])
        found[node] = [0, *total] if total and is_weighted(node) else total
        for each in done:
            del found[each]
    return tuple(_sum([found[node] for node in graph.outputs]))


def _with_done(graph: Graph) -> Iterator[tuple[Node, list[Node]]]:
    """Yield every node with those whose values nothing behind it takes: lengths of deep networks take too much memory to keep them all."""
    last = {operand: node for node in graph.nodes for operand in node.inputs}
    done: dict[Node, list[Node]] = {}
    for operand, node in last.items():
        if operand not in graph.outputs:
            done.setdefault(node, []).append(operand)
    return ((node, done.get(node, [])) for node in graph.nodes)


def is_weighted(node: Node) -> bool:
    """Tell whether a node counts as a layer."""
    return node.op.family in WEIGHTED


def _sum(polynomials: list[list[int]]) -> list[int]:
    if len(polynomials) == 1:
        return polynomials[0]
    total = [0] * max((len(each) for each in polynomials), default=0)
    for each in polynomials:
        for power, coefficient in enumerate(each):
            total[power] += coefficient
    return total


def _by_block(graph: Graph, block_of: Callable[[Node], object]) -> Polynomial:
    """Count blocks: every node keeps the paths that have not passed a layer in its block yet apart from those that have."""
    inputs = set(graph.inputs)
    blocks = {node: block_of(node) for node in graph.nodes}
    fresh: dict[Node, list[int]] = {}
    counted: dict[Node, list[int]] = {}
    for node, done in _with_done(graph):
        new = [[1]] if node in inputs else []
        old = []
        for operand in node.inputs:
            same = blocks[operand] is not None and blocks[operand] == blocks[node]
            new += [fresh[operand]] if same else [fresh[operand], counted[operand]]
            old += [counted[operand]] if same else []
        start, rest = _sum(new), _sum(old)
        if blocks[node] is not None and is_weighted(node):
            start, rest = [], _sum([[0, *start] if start else [], rest])
        fresh[node], counted[node] = start, rest
        for each in done:
            del fresh[each], counted[each]
    return tuple(_sum([each for node in graph.outputs for each in (fresh[node], counted[node])]))


def _named_finder(unit: str) -> Callable[[Node], object]:
    def block_of(node: Node) -> object:
        found = [group for group in _chain(node) if group.kind == "block" and unit in ("block", group.label)]
        return found[-1] if found else None

    return block_of


def _skip_finder(graph: Graph) -> Callable[[Node], object]:
    """Return what finds the skip whose body a node lies in, if it is not the way around it and no other skip lies in the body."""
    chains = {node: _skips(node) for node in graph.nodes}
    outer = {skip for chain in chains.values() for skip in chain[1:]}

    def body_of(node: Node) -> object:
        chain = chains[node]
        return chain[0] if chain and chain[0] not in outer else None

    return body_of


def _skips(node: Node) -> list[Group]:
    """Return the skips in whose bodies a node lies, innermost first."""
    found: list[Group] = []
    around = False
    for group in _chain(node):
        if group.kind == "skip" and not around:
            found.append(group)
        around = group.kind == "shortcut" or (around and group.kind != "skip")
    return found


def _chain(node: Node) -> list[Group]:
    """Return the groups around a node, innermost first."""
    return node.group.chain()[::-1] if node.group is not None else []


def as_data(paths: Paths) -> dict[str, Any]:
    """Return a count of paths as plain data, as ``archdsl paths --json`` prints it; numbers of thousands of digits become texts."""
    low, high = paths.bulk()
    return {
        "unit": paths.unit,
        "shortest": paths.shortest,
        "longest": paths.longest,
        "mean": paths.mean,
        "count": plain_count(paths.count),
        "log2_count": paths.bits,
        "bulk": {"from": low, "to": high, "share": paths.share(low, high)},
        "histogram": {str(length): plain_count(count) for length, count in enumerate(paths.lengths) if count},
    }


def plain_count(number: int) -> int | str:
    """Return a number that JSON readers can bear.

    >>> plain_count(7), plain_count(1 << 20_000)
    (7, 'about 10^6020')
    """
    return number if number.bit_length() < 13_000 else f"about 10^{int((number.bit_length() - 1) * log10(2))}"
