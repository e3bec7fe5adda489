"""NAS-Bench-201: costs in closed form, and equivalent cells. All 15,625 networks are counted by ``benchmarks/nasbench201.py``."""

from __future__ import annotations

import pytest

from archdsl.analysis.cost import analyze, total_of
from archdsl.searching.space import Space
from benchmarks.nasbench201 import ONE, Cell, draw, form_of, same_classes
from tests.reference.nasbench201 import benchmark_form, cell_of, cells, functional_form, macs, params

STRIDE = 61
SOME = list(cells())[::STRIDE]


@pytest.fixture(scope="module")
def space() -> Space:
    return Space.load("nasbench201")


def test_costs_equal_the_closed_forms(space: Space) -> None:
    for cell in SOME:
        sample = draw(space, cell)
        assert sample.folded is not None
        cost = total_of(sample.folded.declared().values())
        assert (cost.params, cost.macs) == (params(cell), macs(cell)), cell


@pytest.mark.parametrize(
    ("text", "size", "figure"),
    [
        ("|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|", 1_073_466, 153.27297),
        ("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|", 559_386, 78.56193),
        ("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|", 1_531_546, 220.11969),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", 73_306, 7.78305),
    ],
)
def test_networks_that_are_known(space: Space, text: str, size: int, figure: float) -> None:
    cost = analyze(draw(space, cell_of(text)).architecture)
    assert cost.params == size == params(cell_of(text))
    assert round((cost.macs + 10) / 1e6, 5) == figure


def test_the_classes_by_strings() -> None:
    every = list(cells())
    assert len(every) == 15_625
    assert len({benchmark_form(cell, zero=False) for cell in every}) == 12_751
    assert len({benchmark_form(cell) for cell in every}) == 6_466
    assert len({functional_form(cell, flat=False) for cell in every}) == 6_585
    assert len({functional_form(cell, flat=True) for cell in every}) == 5_650
    assert len({(params(cell), macs(cell)) for cell in every}) == 28


def test_fingerprints_tell_the_same_cells_apart_as_strings(space: Space) -> None:
    some = [cell for cell in cells() if cell[0] in ("none", "skip_connect") and cell[1] == cell[4]][:150]
    prints = [draw(space, cell).fingerprint for cell in some]
    assert same_classes(prints, [functional_form(cell, flat=True) for cell in some])
    assert len(set(prints)) < len(some)


def test_the_rule_of_the_benchmark_on_graphs() -> None:
    one = Space.load("nasbench201", set=ONE)

    def by_graph(cell: Cell) -> str:
        return form_of(draw(one, cell).architecture.graph)

    assert all(by_graph(cell) == benchmark_form(cell) for cell in SOME[::3])
