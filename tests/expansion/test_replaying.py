"""Copies of equal block calls: they are what walking every call gives, in graphs, groups, places and warnings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

import archdsl
from archdsl.expansion.architecture import read
from archdsl.expansion.expand import Expansion, expand
from archdsl.expansion.walk import Walk
from archdsl.ir.graph import Graph, Group, Node
from archdsl.ir.text import print_graph
from archdsl.source import Source
from archdsl.spec.catalogue import entries
from archdsl.spec.document import Document
from tests.strategies import texts


def group_of(group: Group | None) -> Any:
    """Return a group with those around it as plain data."""
    if group is None:
        return None
    return [(each.kind, each.label, each.name, each.number, each.total, str(each.place and each.place.span())) for each in group.chain()]


def identities(graph: Graph) -> list[int]:
    """Return for every node the first one with the same group, so that what is one group stays one."""
    first: dict[int, int] = {}
    return [first.setdefault(id(node.group), number) for number, node in enumerate(graph.nodes)]


def described(node: Node) -> Any:
    """Return what a graph's text does not say of a node."""
    return node.module, str(node.span), group_of(node.group)


def assert_equal(ours: Expansion, walked: Expansion) -> None:
    assert ours.graphs.keys() == walked.graphs.keys()
    for name, graph in ours.graphs.items():
        graph.verify()
        other = walked.graphs[name]
        assert print_graph(graph) == print_graph(other)
        assert list(map(described, graph.nodes)) == list(map(described, other.nodes))
        assert identities(graph) == identities(other)
    assert ours.warnings == walked.warnings


def both(document: Document, variant: str | None = None) -> None:
    assert_equal(expand(document, variant), expand(document, variant, walk=Walk))


@pytest.mark.parametrize("stem", sorted({entry.path.stem for entry in entries().values()}))
def test_the_catalogue(stem: str) -> None:
    chosen = [entry for entry in entries().values() if entry.path.stem == stem]
    for entry in (chosen[0], chosen[-1]):
        both(*read(entry.name))


@settings(max_examples=60, deadline=None)
@given(texts())
def test_drawn_documents(text: str) -> None:
    both(read(Source("net.yaml", text))[0])


HEAD = "archdsl: 1\ninput: [4, 8, 8]\n"
CASES = {
    "arguments that are equal but for their type": "blocks: {f: {args: {x: }, body: [{scale: $x}]}}\nnet: [{f: 1}, {f: 1.0}, {f: 2}, {f: 1}]",
    "values of the network as arguments": (
        "blocks: {f: {args: {h: }, body: [{conv: 4, as: c}, {merge: add, from: [c, h]}]}}\n"
        "net: [{relu: , as: a}, {f: $a}, {sigmoid: , as: b}, {f: $b}, {f: $b}]"
    ),
    "what enters leaves": "blocks: {f: {body: []}, g: {body: [{as: x}, relu, {from: x}]}}\nnet: [f, f, {conv: 4}, g, g, {conv: 4}]",
    "a value that is never used": "blocks: {f: {body: [{conv: 4, as: dead}, {from: input_}, relu], args: {input_: }}}\nnet: [{as: y}, {f: $y}]",
    "a dead step in a block": "blocks: {f: {body: [{as: x}, {conv: 4}, {from: x}, relu]}}\nnet: [f, f, f]",
    "dead in one call and used in another": ("blocks: {f: {body: [{conv: 4}]}}\nnet: [{as: x}, f, {from: x}, f, {from: x}, {skip: [f]}]"),
    "instances inside": "blocks: {f: {body: [{where: {F: [{conv: 4}, relu]}}, F, F]}}\nnet: [f, f, {skip: [f]}]",
    "inside an instance": "blocks: {f: {body: [{conv: 4}, relu]}}\nnet: [{where: {F: [f, f]}}, F, F, f, f]",
    "norms that start at zero": (
        "init: {conv: he_fan_out, zero_last_norm: true}\nblocks: {f: {body: [{skip: [{conv: 4}, batch_norm]}, relu]}}\nnet: [f, f, {skip: [f]}, f]"
    ),
    "labels and loops": (
        "blocks: {f: {args: {n: 2}, body: [{repeat: {times: $n, index: i, body: [{conv: 4, as: c}, {branch: {times: 2, index: p, path: [relu], "
        "merge: add}}]}}]}}\nnet: [{f: , as: one}, {f: 2, as: two}, f, {f: {n: 3}}, {repeat: {times: 2, body: [f]}}]"
    ),
    "joins that go on outside": (
        "blocks: {f: {body: [{branch: {paths: [[], [{conv: 4}]], merge: join}}]}}\nnet: [f, {branch: {paths: [[f], [f]], merge: join}}, f]"
    ),
}


@pytest.mark.parametrize("net", CASES.values(), ids=list(CASES))
def test_small_documents(net: str) -> None:
    both(read(Source("net.yaml", HEAD + net))[0])


def test_mistakes_are_told_with_every_call_that_leads_to_them() -> None:
    text = HEAD + "blocks: {f: {args: {n: }, body: [{conv: {out_channels: 6, groups: $n}}]}}\nnet: [{f: 4}, {conv: 4}, {f: 4}]"
    with pytest.raises(archdsl.ExpansionError) as ours:
        expand(read(Source("net.yaml", text))[0])
    with pytest.raises(archdsl.ExpansionError) as walked:
        expand(read(Source("net.yaml", text))[0], walk=Walk)
    assert str(ours.value) == str(walked.value)


@pytest.mark.parametrize(("times", "ok"), [(9_000, True), (9_999, False)])
def test_limits_hold_for_copies(times: int, ok: bool) -> None:
    text = HEAD + f"blocks: {{f: {{body: [relu, relu]}}}}\nnet: [{{repeat: {{times: {times}, body: [f]}}}}, {{f: }}, relu, relu]"
    document = read(Source("net.yaml", text))[0]
    if ok:
        assert len(expand(document).graphs[""].nodes) == 2 * times + 5
    else:
        with pytest.raises(archdsl.ExpansionError, match="more than 20,000 nodes"):
            expand(document)
