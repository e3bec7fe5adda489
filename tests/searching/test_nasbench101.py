"""NAS-Bench-101: networks whose parameters are known, and which cells are rejected."""

from __future__ import annotations

import pytest

from archdsl.errors import ExpansionError, ExpectationError
from archdsl.searching.size import size_of
from archdsl.searching.space import Sample, Space

Edges = list[tuple[int, int]]

OPS = ("conv3x3", "conv1x1", "maxpool3x3")
CHAIN = [(vertex, vertex + 1) for vertex in range(6)]


@pytest.fixture(scope="module")
def space() -> Space:
    return Space.load("nasbench101")


def draw(space: Space, edges: Edges, ops: list[str]) -> Sample:
    fixed = {f"|vars/{start + 1}.{end - start - 1}": int((start, end) in edges) for start in range(6) for end in range(start + 1, 7)}
    return space.draw(0, {**fixed, **{f"|vars/7.{place}": OPS.index(op) for place, op in enumerate(ops)}})


@pytest.mark.parametrize(
    ("edges", "ops", "params"),
    [
        pytest.param(
            [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)],
            ["conv1x1", "conv3x3", "conv3x3", "conv3x3", "maxpool3x3"],
            2_694_282,
            id="the benchmark's example, like Inception",
        ),
        pytest.param([*CHAIN, (0, 2), (0, 3), (0, 4)], ["conv3x3"] * 5, 49_979_274, id="the largest"),
        pytest.param([(0, 1), *((1, v) for v in range(2, 6)), *((v, 6) for v in range(2, 6))], ["maxpool3x3"] * 5, 227_274, id="the smallest"),
    ],
)
def test_networks_that_are_known(space: Space, edges: Edges, ops: list[str], params: int) -> None:
    sample = draw(space, edges, ops)
    assert sample.cost.params == params
    assert draw(Space.load(sample_as_space(sample)), edges, ops).fingerprint == sample.fingerprint


def sample_as_space(sample: Sample) -> str:
    """Return a space that holds nothing but a sample: its text, with a var more that is drawn and not used."""
    return sample.text().replace("  most: 9\n", "  most: 9\n  unused: {choice: [0]}\n")


def test_channels_that_do_not_divide_evenly(space: Space) -> None:
    edges = [(0, 1), (0, 2), (0, 3), (1, 6), (2, 6), (3, 6), (1, 2), (2, 3)]
    graph = draw(space, edges, ["conv1x1", "conv3x3", "maxpool3x3", "conv1x1", "conv1x1"]).architecture.graph
    join = next(node for node in graph.nodes if node.op.name == "concat")
    assert [node.shape.channels for node in join.inputs] == [43, 43, 42]
    assert sum(node.op.name == "slice" for node in graph.nodes) == 9  # one in each cell


def test_vertices_on_no_way_are_left_out(space: Space) -> None:
    plain = draw(space, [(0, 1), (1, 6)], ["conv3x3"] * 5)
    beside = draw(space, [(0, 1), (1, 6), (0, 2), (2, 3), (4, 6), (1, 5)], ["conv3x3"] * 5)
    assert beside.fingerprint == plain.fingerprint
    assert len(beside.architecture.graph.nodes) == len(plain.architecture.graph.nodes)


def test_what_is_no_cell(space: Space) -> None:
    with pytest.raises(ExpectationError, match="E502"):
        draw(space, [*CHAIN, (0, 2), (0, 3), (0, 4), (0, 5)], ["conv3x3"] * 5)
    with pytest.raises(ExpansionError, match="E202"):
        draw(space, [(0, 1), (2, 6)], ["conv3x3"] * 5)


def test_its_size(space: Space) -> None:
    found = size_of(space)
    assert (found.count, found.exact) == (2**21 * 3**5, True)
