"""All cells of NAS-Bench-101 (arXiv:1902.09635) with up to five vertices: fingerprints tell exactly those apart that differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations, product

import pytest

from archdsl.analysis.fingerprint import fingerprint, is_isomorphic
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape
from archdsl.passes.canonicalize import canonicalize

SHAPE = Shape((4, 8, 8), "map")
INTERIOR: tuple[Op, ...] = (
    OPS["conv"](out_channels=4, kernel_size=1),
    OPS["conv"](out_channels=4, kernel_size=3),
    OPS["max_pool"](kernel_size=3, stride=1, padding=1),
)
MOST_EDGES = 9
UNIQUE = {2: 1, 3: 6, 4: 84, 5: 2441}
"""How many cells there are up to isomorphism, by vertices: 2,532 altogether."""

Cell = tuple[tuple[int, ...], frozenset[tuple[int, int]]]
"""The ops of the inner vertices, and the edges; vertex 0 is the input, the last is the output."""


def cells(count: int) -> Iterator[Cell]:
    """Yield every labelled cell of so many vertices: edges lead upwards, and every vertex lies on a way from the input to the output."""
    slots = list(combinations(range(count), 2))
    for chosen in product((False, True), repeat=len(slots)):
        edges = frozenset(slot for slot, taken in zip(slots, chosen) if taken)
        if len(edges) <= MOST_EDGES and _is_connected(count, edges):
            for ops in product(range(len(INTERIOR)), repeat=count - 2):
                yield ops, edges


def _is_connected(count: int, edges: frozenset[tuple[int, int]]) -> bool:
    starts, ends = {start for start, _ in edges}, {end for _, end in edges}
    return starts == set(range(count - 1)) and ends == set(range(1, count))


def canonical(cell: Cell) -> Cell:
    """Return the same cell with its inner vertices in the order that sorts first: equal exactly for isomorphic cells."""
    ops, edges = cell
    inner, last = len(ops), len(ops) + 1
    found = []
    for order in permutations(range(1, last)):
        place = {0: 0, last: last, **{vertex: position for position, vertex in enumerate(order, 1)}}
        found.append((tuple(ops[vertex - 1] for vertex in order), sorted((place[start], place[end]) for start, end in edges)))
    assert len(order) == inner
    first = min(found)
    return first[0], frozenset(first[1])


def graph_of(cell: Cell) -> Graph:
    """Return a cell as a graph: a vertex sums what enters it, then applies its op; the output is a sum."""
    ops, edges = cell
    values = [Node("input", Input(), (), SHAPE, "input")]
    nodes = list(values)
    for vertex in range(1, len(ops) + 2):
        value = _add(nodes, f"sum{vertex}", tuple(values[start] for start in range(vertex) if (start, vertex) in edges))
        if vertex <= len(ops):
            value = Node(f"op{vertex}", INTERIOR[ops[vertex - 1]], (value,), SHAPE, f"op{vertex}")
            nodes.append(value)
        values.append(value)
    return Graph("cell", tuple(nodes), (nodes[0],), (values[-1],))


def _add(nodes: list[Node], name: str, operands: tuple[Node, ...]) -> Node:
    if len(operands) == 1:
        return operands[0]
    nodes.append(Node(name, OPS["add"](), operands, SHAPE, name))
    return nodes[-1]


@pytest.mark.parametrize("count", UNIQUE)
def test_fingerprints_tell_cells_apart(count: int) -> None:
    by_form: dict[Cell, str] = {}
    by_print: dict[str, list[Cell]] = {}
    for cell in cells(count):
        form = canonical(cell)
        print_ = fingerprint(graph_of(cell))
        assert by_form.setdefault(form, print_) == print_, "isomorphic cells have one fingerprint"
        by_print.setdefault(print_, []).append(cell)
    assert len(by_form) == len(by_print) == UNIQUE[count]
    for alike in by_print.values():
        assert is_isomorphic(*(canonicalize(graph_of(cell)) for cell in (alike[0], alike[-1])))
