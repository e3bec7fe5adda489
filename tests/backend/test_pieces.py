"""Networks in pieces: the same function, gradients, statistics and keys as the flat module, with blocks computed again or not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn

import archdsl
from archdsl.backend.compiling import compile_graph
from archdsl.backend.pieces import cut, in_pieces

NETWORKS: dict[str, tuple[dict[str, Any], int]] = {
    "resnet8-digits": ({}, 3),
    "fractalnet": ({"input": [3, 32, 32], "widths": [4] * 5}, 5),
    "densenet-cifar": ({"depth": 13}, 5),
    "convnext-tiny": ({"depths": [1, 1, 2, 1], "widths": [8, 8, 16, 16], "input": [3, 32, 32]}, 5),
    "vit": ({"input": [3, 32, 32], "image": 32, "patch": 8, "width": 16, "depth": 3, "heads": 2}, 4),
    "res2net": ({"input": [3, 32, 32], "depths": [1, 1, 1, 1], "widths": [8, 8, 8, 8]}, 5),
    "stochastic-depth": ({"depth": 20}, 10),
    "lenet": ({}, 21),
}


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_the_flat_module(name: str, recompute: bool) -> None:
    settings, blocks = NETWORKS[name]
    arch = archdsl.load(name, set=settings)
    flat = archdsl.compile(arch, seed=0).train()
    pieces = in_pieces(deepcopy(flat), arch.graph, recompute=recompute).train()
    assert len(pieces.blocks) == blocks
    assert set(pieces.state_dict()) == set(flat.state_dict())
    images = torch.randn(3, *arch.graph.inputs[0].shape.dims)
    for each in (flat, pieces):
        torch.manual_seed(1)
        each(images).square().sum().backward()
    gradients = dict(pieces.named_parameters())
    for key, weight in flat.named_parameters():
        torch.testing.assert_close(gradients[key].grad, weight.grad, rtol=0, atol=0)
    for key, value in flat.state_dict().items():
        torch.testing.assert_close(pieces.state_dict()[key], value, rtol=0, atol=0)
    with torch.no_grad():
        assert torch.equal(pieces.eval()(images), flat.eval()(images))


def test_blocks_that_are_computed_again_keep_little() -> None:
    arch = archdsl.load("resnet20-cifar")
    flat = archdsl.compile(arch, seed=0)
    images = torch.randn(4, 3, 32, 32)
    kept = {}
    cut_up = {name: in_pieces(deepcopy(flat), arch.graph, recompute=name == "again") for name in ("pieces", "again")}
    for name, network in {"flat": flat, **cut_up}.items():
        saved: dict[int, int] = {}
        with torch.autograd.graph.saved_tensors_hooks(lambda each, saved=saved: _note(saved, each), lambda each: each):
            network.train()(images).sum()
        kept[name] = sum(saved.values())
    assert kept["pieces"] == pytest.approx(kept["flat"], rel=0.1)
    assert kept["again"] < 0.4 * kept["flat"]


def _note(saved: dict[int, int], tensor: torch.Tensor) -> torch.Tensor:
    storage = tensor.untyped_storage()
    saved[storage.data_ptr()] = storage.nbytes()
    return tensor


def test_evaluation_reaches_what_stands_between_blocks() -> None:
    arch = archdsl.load("{archdsl: 1, input: [4], blocks: {b: {args: {}, body: [{linear: 4}]}}, net: [b, {dropout: 0.5}, b, {linear: 2}]}")
    network = in_pieces(archdsl.compile(arch, seed=0), arch.graph)
    value = torch.ones(2, 4)
    assert torch.equal(network.eval()(value), network(value))
    assert [type(each) for each in network.modules() if isinstance(each, nn.Dropout)] == [nn.Dropout]


@pytest.mark.parametrize(
    "net",
    [
        "{as: x}, {from: [], parameter: [4], as: p}, {from: x, b: , as: y}, {from: [y, p], merge: add}, {linear: 4}",
        "{as: x}, {from: [], parameter: [4], as: p}, {from: x, seq: [b, b], as: y}, {from: [y, p], merge: add}, {seq: [{linear: 4}, b], as: z}",
    ],
)
def test_weights_have_the_order_of_the_flat_module(net: str) -> None:
    graph = archdsl.load(f"archdsl: 1\ninput: [4]\nblocks: {{b: {{args: {{}}, body: [{{linear: 4}}]}}}}\nnet: [{net}]").graph
    flat = compile_graph(graph)
    names = [[name for name, _ in each.named_parameters()] for each in (flat, in_pieces(deepcopy(flat), graph))]
    assert names[0] == names[1]


OWN = "blocks: {b: {args: {}, body: [{linear: 4}, batch_norm]}, twice: {args: {}, body: [{where: {F: [b]}}, F, F]}}"


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("recompute", [True, False])
@pytest.mark.parametrize("net", ["b, relu, b", "twice, relu, twice", "{as: x}, b, {from: x, linear: 2}", "{as: x}, b, {as: y}, b, {from: y, b: }"])
def test_statistics_are_counted_as_in_the_flat_module(net: str, recompute: bool, training: bool) -> None:
    graph = archdsl.load(f"archdsl: 1\ninput: [4]\n{OWN}\nnet: [{net}]").graph
    flat = compile_graph(graph)
    pieces = in_pieces(deepcopy(flat), graph, recompute=recompute)
    values = torch.randn(3, 4)
    for each in (flat, pieces):
        each.train(training)(values).square().sum().backward()
    assert pieces.state_dict().keys() == flat.state_dict().keys()
    for key, value in flat.state_dict().items():
        assert torch.equal(pieces.state_dict()[key], value), key


@pytest.mark.parametrize("net", ["{parameter: [4]}", "{parameter: [4]}, {linear: 2}", "{as: x}, {from: [], parameter: [4]}, {linear: 2}"])
def test_what_depends_on_no_input_is_given_for_every_sample(net: str) -> None:
    graph = archdsl.load(f"{{archdsl: 1, input: [4], net: [{net}]}}").graph
    flat = compile_graph(graph)
    pieces = in_pieces(deepcopy(flat), graph)
    assert pieces.state_dict().keys() == flat.state_dict().keys()
    values = torch.randn(3, 4)
    assert torch.equal(pieces(values), flat(values))


def test_a_block_holds_all_weights_that_it_uses() -> None:
    for piece in cut(archdsl.load("irrcnn-small-shared").graph):
        names = {node.name for node in piece.nodes}
        assert {node.module for node in piece.nodes} <= names


@pytest.mark.parametrize(
    ("net", "pieces"),
    [
        ("{where: {F: [b]}}, F, F", [("", 4)]),
        ("b, {where: {F: [b]}}, F, b, F, b", [("b", 2), ("", 6), ("b_3", 2)]),
        ("{where: {F: [b]}}, {where: {G: [b]}}, F, G, F, G, b, b", [("", 8), ("b", 2), ("b_2", 2)]),
        ("{where: {F: [b]}}, {where: {G: [b]}}, F, F, b, G, G", [("", 4), ("b", 2), ("", 4)]),
    ],
)
def test_blocks_that_share_weights_are_one_piece_with_what_is_between_them(net: str, pieces: list[tuple[str, int]]) -> None:
    blocks = "{b: {args: {}, body: [{linear: 4}, relu]}}"
    graph = archdsl.load(f"{{archdsl: 1, name: s, input: [4], blocks: {blocks}, net: [{net}]}}").graph
    assert [(piece.name, len(piece.nodes)) for piece in cut(graph)] == pieces
    flat = compile_graph(graph)
    made = in_pieces(flat, graph)
    assert list(made.state_dict()) == list(flat.state_dict())
    values = torch.randn(3, 4)
    assert torch.equal(made(values), flat(values))
