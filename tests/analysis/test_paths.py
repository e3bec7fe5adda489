"""Paths against enumeration on small graphs, against the literature on large ones."""

from __future__ import annotations

from math import comb

import pytest

import archdsl
from archdsl.analysis.ensemble import ensemble_of
from archdsl.analysis.paths import count_paths, is_weighted
from archdsl.ir.graph import Graph, Node

HEAD = "archdsl: 1\ninput: [4, 8, 8]\n"


def enumerated(graph: Graph) -> dict[int, int]:
    """Return the number of paths by length, by walking every single one."""
    found: dict[int, int] = {}

    def walk(node: Node, length: int) -> None:
        length += is_weighted(node)
        if node in graph.inputs:
            found[length] = found.get(length, 0) + 1
        for operand in node.inputs:
            walk(operand, length)

    for output in graph.outputs:
        walk(output, 0)
    return found


@pytest.mark.parametrize(
    "net",
    [
        "[relu]",
        "[{conv: 4}, {conv: 4}]",
        "[{skip: [{conv: 4}]}, {skip: [{conv: 4}, {skip: [{conv: 4}]}]}]",
        "[{conv: 4, as: x}, {merge: add, from: [x, x]}]",
        "[{branch: {times: 3, index: i, path: [{repeat: {times: $i, body: [{conv: 4}]}}], merge: concat}}]",
        "[{repeat: {times: 3, body: [{skip: {body: [{conv: 2}], merge: concat}}]}}]",
        "[{cell: {nodes: 4, edges: {'0->1': [{conv: 4}], '0->2': [], '1->2': [relu], '0->3': [{conv: 4}], '1->3': [], '2->3': [{conv: 4}]}}}]",
    ],
)
def test_counts_are_those_of_enumeration(net: str) -> None:
    graph = archdsl.load(f"{HEAD}net: {net}").graph
    paths = count_paths(graph)
    assert {length: count for length, count in enumerate(paths.lengths) if count} == enumerated(graph)


@pytest.mark.parametrize(
    ("name", "shortest", "longest", "count", "mean"),
    [
        ("resnet18", 5, 18, 2**8, 11.5),
        ("resnet50", 6, 50, 2**16, 28),
        ("densenet121", 5, 121, 2**58, 63),
        ("fractalnet-20", 6, 21, 5**5, 14),
        ("fractalnet-40", 6, 41, 26**5, 26.19),
    ],
)
def test_networks_of_the_catalogue(name: str, shortest: int, longest: int, count: int, mean: float) -> None:
    paths = count_paths(archdsl.load(name).graph)
    assert (paths.shortest, paths.longest, paths.count) == (shortest, longest, count)
    assert paths.mean == pytest.approx(mean, abs=0.005)


def test_the_ensemble_view_of_residual_networks() -> None:
    """54 modules: the figures of Veit et al., arXiv:1605.06431."""
    blocks = "blocks: {unit: {body: [{skip: [{conv: 4}, relu, {conv: 4}]}, relu]}}\n"
    paths = count_paths(archdsl.load(f"{HEAD}{blocks}net: [{{conv: 4}}, {{repeat: {{times: 54, body: [unit]}}}}]").graph, "unit")
    assert paths.lengths == tuple(comb(54, k) for k in range(55))
    assert 100 * paths.share(5, 17) == pytest.approx(0.4537, abs=5e-5)
    assert 100 * paths.share(19, 35) == pytest.approx(98.0, abs=0.05)


@pytest.mark.parametrize("count", range(2, 12))
def test_the_middle_of_an_ensemble_holds_the_half(count: int) -> None:
    view = ensemble_of(archdsl.load(f"{HEAD}net: [{{repeat: {{times: {count}, body: [{{skip: [{{conv: 4}}]}}]}}}}]").graph)
    assert view is not None
    assert view.middle[0] <= count / 2 <= view.middle[1]
    assert view.middle[0] + view.middle[1] == count


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_fractals_follow_their_rule(columns: int) -> None:
    count = 1
    for _ in range(columns - 1):
        count = count**2 + 1
    paths = count_paths(archdsl.load("fractalnet-20", set={"widths": [8], "dropouts": [0], "columns": columns}).graph)
    assert paths.count == count
    assert paths.longest == 2 ** (columns - 1) + 1
