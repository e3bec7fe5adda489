"""Every pass keeps the function, and leaves a well-formed graph of which it changes nothing more."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.analysis.cost import analyze
from archdsl.analysis.fingerprint import fingerprint, is_isomorphic, structure
from archdsl.backend.compiling import compile_graph
from archdsl.ir.graph import Graph
from archdsl.passes.canonicalize import CANONICAL, canonicalize
from archdsl.passes.drop_dead import drop_dead

HEAD = "archdsl: 1\ninput: [4, 8, 8]\n"
NETS = [
    "[relu]",
    "[{dropout: 0}, {conv: 4}, {scale: 1}, {merge: add, from: [input]}]",
    "[{conv: 4, as: dead}, {from: input}, relu]",
    "[{branch: {paths: [[zero], [{conv: 4}], []], merge: add}}, relu]",
    "[{branch: {paths: [[zero], [zero]], merge: add}}, {conv: 4}, batch_norm, relu]",
    "[{branch: {paths: [[zero, relu, {avg_pool: {kernel_size: 3, stride: 1, padding: 1}}], [relu]], merge: add}}]",
    "[{branch: {paths: [[{branch: {paths: [[], [{conv: 4}]], merge: add}}], [relu]], merge: add}}]",
    "[{branch: {paths: [[zero], []], merge: mul}}]",
    "[zero, zero, relu, {avg_pool: 2}, zero, {conv: 8}, batch_norm]",
    "[{where: {F: [{conv: 4}]}}, F, relu, {F: , as: x}, {F: , as: dead}, {from: x}, {scale: 1}]",
    "[{cell: {nodes: 4, edges: {'0->1': [zero], '0->2': [], '1->2': [{conv: 4}], '0->3': [], '1->3': [relu], '2->3': []}}}]",
    "[{branch: {paths: [[], [{branch: {paths: [[], [relu]], merge: join}}]], merge: mean}}]",
]


def graph_of(net: str) -> Graph:
    return archdsl.load(f"{HEAD}net: {net}").graph


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("each", [*CANONICAL[:-1], canonicalize], ids=lambda each: each.__name__)
@pytest.mark.parametrize("net", NETS)
def test_passes_keep_the_function(net: str, each: object, train: bool) -> None:
    graph = graph_of(net)
    changed = each(graph)  # type: ignore[operator]
    changed.verify()
    assert each(changed) is changed  # type: ignore[operator]
    torch.manual_seed(0)
    before, after = compile_graph(graph).train(train), compile_graph(changed).train(train)
    left = after.load_state_dict(before.state_dict(), strict=False)
    assert not left.missing_keys
    images = torch.randn(3, 4, 8, 8)
    torch.testing.assert_close(after(images), before(images))


SHARED = [
    "[{where: {F: [{conv: 4}]}}, {as: x}, zero, F, {as: a}, {from: x}, F, {as: b}, {merge: {concat: 0}, from: [a, b, x]}]",
    "[{where: {F: [{conv: 4}]}}, {as: x}, relu, zero, {as: z}, F, {as: a}, {from: x}, F, {as: b}, {merge: {concat: 0}, from: [a, b, z]}]",
    "[{where: {F: [{adaptive_avg_pool: 8}]}}, F, {as: a}, {avg_pool: 2}, F, {as: b}, {merge: add, from: [a, b]}]",
    "[{where: {F: [{scale: 0.5}]}}, {as: x}, zero, F, {as: a}, {from: x}, F, {merge: add, from: [a, x]}]",
]


@pytest.mark.parametrize("each", [*CANONICAL[:-1], canonicalize], ids=lambda each: each.__name__)
@pytest.mark.parametrize("net", SHARED)
def test_owners_that_go_alone_hand_over_what_they_share(net: str, each: object) -> None:
    changed = each(graph_of(net))  # type: ignore[operator]
    changed.verify()
    assert each(changed) is changed  # type: ignore[operator]
    assert fingerprint(changed) == fingerprint(graph_of(net))


def test_dead_owners_hand_their_weights_over() -> None:
    graph = drop_dead(graph_of("[{where: {F: [{conv: 4}]}}, {F: , as: dead}, {from: input}, relu, F, F]"))
    assert {node.module for node in graph.nodes if node.op.name == "conv"} == {"F.conv"}
    assert analyze(graph).params == 16


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[{conv: 4, as: a}, {conv: 4, as: b}]", "[{conv: 4}, {conv: 4}]"),
        ("[{branch: {paths: [[relu], [{conv: 4}]], merge: add}}]", "[{branch: {paths: [[{conv: 4}], [relu]], merge: add}}]"),
        ("[{skip: [{conv: 4}]}]", "[{branch: {paths: [[zero], [], [{conv: 4}]], merge: add}}]"),
        ("[{conv: {out_channels: 4, kernel_size: 3}}]", "[{conv: {out_channels: 4, kernel_size: [3, 3], stride: 1}}]"),
        ("[{conv: {out_channels: 4, init: he_fan_out}}]", "[{conv: 4}]"),
        ("[{conv: 9, as: dead}, {from: input}, relu]", "[relu]"),
        ("[{where: {F: [{conv: 4}]}}, F, F]", "[{where: {G: [{conv: 4}]}}, G, identity, G]"),
    ],
)
def test_equal_structures_have_equal_fingerprints(one: str, other: str) -> None:
    left, right = graph_of(one), graph_of(other)
    assert fingerprint(left) == fingerprint(right)
    assert is_isomorphic(canonicalize(left), canonicalize(right))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[{conv: 4, as: c}, {merge: add, from: [c, c]}]", "[{branch: {times: 2, path: [{conv: 4}], merge: add}}]"),
        ("[{where: {F: [{conv: 4}]}}, F, F]", "[{conv: 4}, {conv: 4}]"),
        ("[{branch: {paths: [[relu], [{conv: 4}]], merge: concat}}]", "[{branch: {paths: [[{conv: 4}], [relu]], merge: concat}}]"),
        ("[relu, {conv: 4}]", "[{conv: 4}, relu]"),
        ("[{conv: 4}]", "[{conv: {out_channels: 4, bias: true}}]"),
        ("[{branch: {paths: [[], [relu]], merge: add}}]", "[{branch: {paths: [[], [relu]], merge: mul}}]"),
        ("[{branch: {paths: [[], [relu], [{skip: [relu]}]], merge: mean}}]", "[{branch: {paths: [[], [relu], [], [relu]], merge: mean}}]"),
    ],
)
def test_different_structures_have_different_fingerprints(one: str, other: str) -> None:
    left, right = graph_of(one), graph_of(other)
    assert fingerprint(left) != fingerprint(right)
    assert not is_isomorphic(canonicalize(left), canonicalize(right))


def test_fingerprints_are_the_same_in_every_process() -> None:
    assert structure(graph_of("[relu]")) == structure(graph_of("[relu]"))
    assert len(structure(graph_of("[relu]"))) == 32
