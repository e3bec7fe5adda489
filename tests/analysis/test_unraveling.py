"""The unravelled view: as many leaves as there are paths, each as long as its path."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given, settings

import archdsl
from archdsl.analysis.paths import count_paths
from archdsl.analysis.unraveling import Strand, unravel
from archdsl.errors import UsageError
from tests.strategies import texts

HEAD = "archdsl: 1\ninput: [4, 8, 8]\n"
THREE = HEAD + "net: [{conv: 4}, {repeat: {times: 3, body: [{skip: [batch_norm, relu, {conv: 4}, batch_norm]}, relu]}}, {conv: 4}]"


def lengths(strand: Strand, below: int = 0) -> Counter[int]:
    """Return how many leaves lie under how many units."""
    below += strand.kind == "unit"
    if strand.kind == "input":
        return Counter([below])
    return sum((lengths(each, below) for each in strand.before), Counter[int]())


def total(text: str, unit: str) -> tuple[Counter[int], Counter[int]]:
    """Return the lengths of the unravelled paths, and those that are counted."""
    graph = archdsl.load(text).graph
    found = sum((lengths(each) for each in unravel(graph, unit)), Counter[int]())
    return found, Counter({length: count for length, count in enumerate(count_paths(graph, unit).lengths) if count})


@pytest.mark.parametrize("unit", ["layer", "skip"])
def test_three_blocks_have_eight_paths(unit: str) -> None:
    more = 2 if unit == "layer" else 0
    found, counted = total(THREE, unit)
    assert found == counted == Counter({more: 1, more + 1: 3, more + 2: 3, more + 3: 1})


def test_figure_one_of_veit() -> None:
    """y3 = y2 + f3(y2), y2 = y1 + f2(y1), y1 = x + f1(x): f1 stands four times, f2 twice, f3 once."""
    (top,) = unravel(archdsl.load(THREE).graph, "skip")
    uses: Counter[int] = Counter()
    stack = [top]
    while stack:
        strand = stack.pop()
        uses[strand.number] += strand.kind == "unit"
        stack += strand.before
    assert {number: uses[number] for number in (1, 2, 3)} == {1: 4, 2: 2, 3: 1}
    assert [each.op.name for each in top.nodes] == ["add"]


@pytest.mark.parametrize(
    ("net", "unit", "leaves"),
    [
        ("[relu]", "layer", 1),
        ("[{merge: add, from: [input, input]}, {conv: 4}]", "layer", 2),
        ("[{conv: 4, as: x}, {merge: add, from: [x, x]}, {conv: 4}]", "layer", 2),
        ("[{parameter: [4, 8, 8], as: p}, {merge: add, from: [input, p]}]", "layer", 1),
        ("[{skip: {body: [{conv: 4}], merge: {gate: [{conv: 4}, sigmoid]}}}]", "skip", 3),
        ("[{skip: [{branch: {times: 3, path: [{conv: 4}], merge: add}}]}]", "skip", 2),
        ("[{skip: [{branch: {times: 3, path: [{conv: 4}], merge: add}}]}]", "layer", 4),
        ("[{skip: [{conv: 8}, relu]}, {skip: {body: [{conv: 8}], shortcut: project}}]", "skip", 4),
    ],
)
def test_small_networks(net: str, unit: str, leaves: int) -> None:
    (top,) = unravel(archdsl.load(f"{HEAD}net: {net}").graph, unit)
    assert sum(lengths(top).values()) == leaves


def test_too_many_paths_are_refused() -> None:
    with pytest.raises(UsageError, match="has 65,536 paths, and the unravelled view writes out at most 64"):
        unravel(archdsl.load("resnet50").graph)
    with pytest.raises(UsageError, match=r"has 2\^130 or more paths"):
        unravel(archdsl.load("densenet264").graph)
    with pytest.raises(UsageError, match="has no block `skpi`"):
        unravel(archdsl.load("resnet50").graph, "skpi")
    deep = archdsl.load(HEAD + "net: [{repeat: {times: 3000, body: [{conv: 4}]}}]")
    assert len(unravel(deep.graph)) == 1


@settings(max_examples=40, deadline=None)
@given(texts())
def test_leaves_are_the_paths(text: str) -> None:
    graph = archdsl.load(text).graph
    assume(count_paths(graph).count <= 64)
    found, counted = total(text, "layer")
    assert found == counted
