"""Exact counts of the classic networks, and what each count means on networks small enough to count by hand."""

from __future__ import annotations

import time

import pytest

import archdsl
from archdsl.analysis.cost import Cost, Count, analyze, count_node, kind_of, total_of
from archdsl.ir.text import parse_graph, print_graph


def cost_of(text: str) -> Cost:
    return analyze(archdsl.load("archdsl: 1\n" + text))


CLASSICS = [
    ("resnet50", 25_557_032, 4_089_184_256),
    ("densenet121", 7_978_856, 2_834_161_664),
    ("res2net50-26w-4s", 25_699_120, 4_255_166_464),
    ("dla34", 15_742_104, 3_060_043_776),
    ("fractalnet-20", 33_724_618, 845_222_912),
]


@pytest.mark.parametrize(("name", "params", "macs"), CLASSICS)
def test_classics(name: str, params: int, macs: int) -> None:
    cost = analyze(archdsl.load(name))
    assert (cost.params, cost.macs, cost.flops) == (params, macs, 2 * macs)


@pytest.mark.parametrize("name", [name for name, _, _ in CLASSICS])
def test_parts_make_the_whole(name: str) -> None:
    cost = analyze(archdsl.load(name))
    assert total_of(cost.by_node.values()) == total_of(cost.by_kind.values()) == cost.total
    outermost = [count for block, count in cost.by_block.items() if "." not in block]
    loose = [count for node, count in cost.by_node.items() if "." not in node]
    assert total_of(outermost + loose) == cost.total


# step, input, params, weights, macs, activations
STEPS = [
    ("{conv: {out_channels: 8, kernel_size: 3, bias: true}}", "[4, 6, 6]", 296, 288, 36 * 288, 288),
    ("{conv: {out_channels: 8, kernel_size: 3, groups: 2}}", "[4, 6, 6]", 144, 144, 36 * 144, 288),
    ("{conv: {out_channels: 8, kernel_size: 3, stride: 2}}", "[4, 6, 6]", 288, 288, 9 * 288, 72),
    ("{conv: {out_channels: 8, kernel_size: 3}}", "{shape: [4, 6], kind: map}", 96, 96, 6 * 96, 48),
    ("{conv: {out_channels: 8, kernel_size: [1, 7]}}", "[4, 6, 6]", 224, 224, 36 * 224, 288),
    ("{depthwise_conv: {kernel_size: 3, bias: true}}", "[4, 6, 6]", 40, 36, 36 * 36, 144),
    ("{conv_transpose: {out_channels: 2, kernel_size: 2, stride: 2}}", "[4, 6, 6]", 32, 32, 36 * 32, 288),
    ("{linear: 5}", "[4]", 25, 20, 20, 5),
    ("{linear: 5}", "[7, 4]", 25, 20, 140, 35),
    ("{linear: {out_features: 5, bias: false}}", "[4]", 20, 20, 20, 5),
    ("batch_norm", "[4, 6, 6]", 8, 0, 0, 0),
    ("layer_norm", "[7, 4]", 8, 0, 0, 0),
    ("{batch_norm: {affine: false}}", "[4, 6, 6]", 0, 0, 0, 0),
    ("{layer_scale: 1e-6}", "[4, 6, 6]", 4, 4, 0, 0),
    ("prelu", "[4, 6, 6]", 1, 1, 0, 0),
    ("cls_token", "[7, 4]", 4, 4, 0, 0),
    ("relu", "[4, 6, 6]", 0, 0, 0, 0),
    ("{max_pool: 2}", "[4, 6, 6]", 0, 0, 0, 0),
]


@pytest.mark.parametrize(("step", "shape", "params", "weights", "macs", "activations"), STEPS)
def test_single_ops(step: str, shape: str, params: int, weights: int, macs: int, activations: int) -> None:
    cost = cost_of(f"input: {shape}\nnet: [{step}]")
    assert (cost.params, cost.weights, cost.macs, cost.activations, cost.nodes) == (params, weights, macs, activations, 2)


def test_attention_tells_its_products_apart() -> None:
    cost = cost_of("input: [10, 8]\nnet: [{attention: {heads: 2}}]")
    projections = 10 * 8 * 24 + 10 * 8 * 8
    assert cost.product_macs == 2 * 10 * 10 * 8
    assert cost.macs == projections + cost.product_macs
    assert (cost.params, cost.weights) == (4 * 64 + 32, 4 * 64)
    assert cost.activations == 80


SHARED = """
input: [4, 6, 6]
net:
  - where: {F: [{conv: {out_channels: 4, kernel_size: 3}}, batch_norm, relu]}
  - branch: {paths: [[], [F], [F, F]], merge: add}
"""


def test_shared_weights_count_once_and_macs_every_time() -> None:
    cost = cost_of(SHARED)
    once = 4 * 4 * 9
    assert (cost.params, cost.weights) == (once + 8, once)
    convs = [count for name, count in cost.by_node.items() if name.endswith("conv")]
    assert cost.macs == len(convs) * 36 * once
    assert sorted(count.params for count in convs) == [0] * (len(convs) - 1) + [once]


def test_what_is_dead_is_counted_like_the_rest() -> None:
    assert cost_of("input: [4]\nnet: [{as: x}, {linear: 3}, {linear: 5, from: x}]").params == 15 + 25


NETWORKS = """
networks:
  encoder: {input: [4], net: [{seq: [{linear: 8}], as: body}]}
  head: {input: [8], net: [{linear: 2}]}
"""


def test_several_networks_are_added_and_stand_apart() -> None:
    cost = cost_of(NETWORKS)
    assert {name: part.params for name, part in cost.networks.items()} == {"encoder": 40, "head": 18}
    assert (cost.params, cost.macs, cost.nodes) == (58, 48, 4)
    assert list(cost.by_node) == ["encoder.input", "encoder.body.linear", "head.input", "head.linear"]
    assert {name: count.params for name, count in cost.by_block.items()} == {"encoder": 40, "encoder.body": 40, "head": 18}
    assert cost.by_kind["linear"].params == 58


def test_a_library_costs_nothing() -> None:
    assert cost_of("blocks: {a: {body: [relu]}}").total == Count()


KINDS = """
input: [8, 16, 16]
net:
  - {conv: {out_channels: 8, kernel_size: 3}}
  - {conv: {out_channels: 8, kernel_size: [1, 7], groups: 2}}
  - {conv: {out_channels: 16, kernel_size: 3, groups: 8}}
  - {depthwise_conv: 5}
  - {conv_transpose: {out_channels: 16, kernel_size: 2, stride: 2}}
  - {conv_transpose: {out_channels: 16, kernel_size: 4, stride: 2, groups: 16}}
  - {adaptive_avg_pool: 4}
  - {avg_pool: 2}
  - batch_norm
  - global_avg_pool
  - {linear: 2}
"""


def test_kinds() -> None:
    graph = archdsl.load("archdsl: 1\n" + KINDS).graph
    assert [kind_of(node) for node in graph.nodes] == [
        "input",
        "conv 3x3",
        "conv grouped 1x7",
        "conv dw 3x3",
        "conv dw 5x5",
        "conv_transpose 2x2",
        "conv_transpose dw 4x4",
        "adaptive_avg_pool",
        "avg_pool 2x2",
        "batch_norm",
        "global_avg_pool",
        "linear",
    ]


@pytest.mark.parametrize(("shape", "kind"), [("{shape: [2, 9], kind: map}", "conv 3"), ("[2, 9, 9, 9]", "conv 3x3x3"), ("[1, 9, 9]", "conv 3x3")])
def test_kinds_of_other_dimensions(shape: str, kind: str) -> None:
    assert kind in cost_of(f"input: {shape}\nnet: [{{conv: {{out_channels: 4, kernel_size: 3}}}}]").by_kind


def test_blocks_are_nested() -> None:
    cost = cost_of(
        """
input: [4]
blocks: {layer: {args: {width: }, body: [{linear: $width}, relu]}}
net:
  - repeat: {times: 2, index: stage, body: [{repeat: {times: 2, index: i, body: [{layer: 4}]}}]}
  - {linear: 2}
"""
    )
    assert {name: (count.params, count.nodes) for name, count in cost.by_block.items()} == {
        "stage0": (40, 4),
        "stage0.i0": (20, 2),
        "stage0.i0.layer": (20, 2),
        "stage0.i1": (20, 2),
        "stage0.i1.layer": (20, 2),
        "stage1": (40, 4),
        "stage1.i0": (20, 2),
        "stage1.i0.layer": (20, 2),
        "stage1.i1": (20, 2),
        "stage1.i1.layer": (20, 2),
    }


def test_a_graph_without_groups_has_blocks_by_its_names() -> None:
    graph = archdsl.load("resnet18").graph
    assert analyze(parse_graph(print_graph(graph))).by_block == analyze(graph).by_block


def test_counts_add_up_and_become_data() -> None:
    count = Count(1, 2, 3, 4, 5, 6)
    assert count + count == total_of([count, count]) == Count(2, 4, 6, 8, 10, 12)
    assert count.as_dict() == {"params": 1, "weights": 2, "macs": 3, "product_macs": 4, "activations": 5, "nodes": 6, "flops": 6}


def test_a_node_that_borrows_has_no_parameters() -> None:
    graph = parse_graph(
        'graph "g"\ninput = input() : vector(4)\na = linear(input) {"out_features": 4} : vector(4)\n'
        'b@a = linear(a) {"out_features": 4} : vector(4)\noutput b\n'
    )
    assert [count_node(node).params for node in graph.nodes] == [0, 20, 0]
    assert analyze(graph).macs == 32


def test_time_is_linear_and_short() -> None:
    def seconds(depth: int) -> float:
        arch = archdsl.load("resnet50", depths=[3, 4, depth, 3])
        return min(_timed(arch) for _ in range(5))

    assert seconds(6) < 0.01
    assert seconds(400) < 40 * max(seconds(10), 1e-4) * 4


def _timed(arch: archdsl.Architecture) -> float:
    start = time.perf_counter()
    cost = analyze(arch)
    assert cost.by_block and cost.by_kind
    return time.perf_counter() - start
