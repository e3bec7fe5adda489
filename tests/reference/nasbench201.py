"""What is known of the cells of NAS-Bench-201 (arXiv:2001.00326) without any graph: costs in closed form, and equivalences on strings.

A cell is six ops, for the edges 0->1, 0->2, 1->2, 0->3, 1->3, 2->3, in the benchmark's own names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import Any

OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
STAGES = ((16, 32), (32, 16), (64, 8))
"""Channels and size of the three stages, each of five cells."""

Cell = Sequence[str]


def cells() -> Iterator[tuple[str, ...]]:
    """Yield all 15,625 cells."""
    yield from product(OPS, repeat=len(EDGES))


def cell_of(text: str) -> tuple[str, ...]:
    """Return the cell of the benchmark's own notation: ``|nor_conv_3x3~0|+|none~0|...``."""
    return tuple(part.partition("~")[0] for node in text.split("+") for part in node.strip("|").split("|"))


def params(cell: Cell) -> int:
    """Return the parameters of the network with this cell; a batch norm has two for each channel."""
    one, three = cell.count("nor_conv_1x1"), cell.count("nor_conv_3x3")
    return 73_306 + 5 * sum(one * (width**2 + 2 * width) + three * (9 * width**2 + 2 * width) for width, _ in STAGES)


def macs(cell: Cell) -> int:
    """Return the multiply-adds of the network with this cell; the figures of the benchmark add the ten biases of the classifier."""
    one, three = cell.count("nor_conv_1x1"), cell.count("nor_conv_3x3")
    return 7_783_040 + 5 * sum((one * width**2 + three * 9 * width**2) * size**2 for width, size in STAGES)


def benchmark_form(cell: Cell, zero: bool = True) -> str:
    """Return the benchmark's own string for cells that it takes for one: skips are collapsed; with ``zero`` nothing is computed from a lone zero.

    A zero term stays in its sum, and what follows a sum of zeros is computed.
    """
    nodes = ["0"]
    for target in (1, 2, 3):
        terms = []
        for op, (source, end) in zip(cell, EDGES):
            if end != target:
                continue
            if zero and (op == "none" or nodes[source] == "#"):
                terms.append("#")
            else:
                terms.append(nodes[source] if op == "skip_connect" else f"({nodes[source]})@{op}")
        nodes.append("+".join(sorted(terms)))
    return nodes[-1]


def functional_form(cell: Cell, flat: bool) -> Any:
    """Return what equal functions have in common: zero terms are dropped from sums, and with ``flat`` sums that a skip nests are one.

    A convolution of zeros gives what its norm adds, whatever its window. Two edges are two sets of weights: what is computed once and used twice is
    not what is computed twice.
    """
    values: list[Any] = [("input",)]
    for target in (1, 2, 3):
        terms = [_term(op, edge, values[edge[0]]) for op, edge in zip(cell, EDGES) if edge[1] == target]
        values.append(_sum([term for term in terms if term is not None], flat))
    return _canonical(values[-1])


def _term(op: str, edge: tuple[int, int], value: Any) -> Any:
    if op == "none" or (value is None and op != "nor_conv_1x1" and op != "nor_conv_3x3"):
        return None
    if op == "skip_connect":
        return value
    return ("norm of zero", edge) if value is None else (op, edge, value)


def _sum(terms: list[Any], flat: bool) -> Any:
    if flat:
        terms = [part for term in terms for part in (term[1] if term[0] == "sum" else [term])]
    return None if not terms else terms[0] if len(terms) == 1 else ("sum", terms)


def _canonical(value: Any) -> Any:
    """Return a form that does not know the names of edges, only which stand several times, nor the order of terms."""
    if value is None:
        return None
    edges = [edge for edge in EDGES if _count(value, edge) > 1]
    numberings = permutations(range(1, len(edges) + 1))
    return min((_spelled(value, dict(zip(edges, numbers))) for numbers in numberings), key=repr)


def _count(value: Any, edge: tuple[int, int]) -> int:
    if value[0] == "sum":
        return sum(_count(term, edge) for term in value[1])
    inside = _count(value[2], edge) if len(value) > 2 else 0
    return inside + (len(value) > 1 and value[1] == edge)


def _spelled(value: Any, numbers: dict[Any, int]) -> Any:
    if value[0] == "sum":
        return ("sum", tuple(sorted((_spelled(term, numbers) for term in value[1]), key=repr)))
    return (value[0], *(numbers.get(each, 0) for each in value[1:2]), *(_spelled(each, numbers) for each in value[2:]))
