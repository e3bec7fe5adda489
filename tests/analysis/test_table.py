"""Costs as rows and as text."""

from __future__ import annotations

import csv
import io

import pytest

import archdsl
from archdsl.analysis.columns import cells_of, columns_of, human, share_of, to_csv, to_data, to_markdown
from archdsl.analysis.cost import Cost, analyze
from archdsl.analysis.table import describe_node, rows_of


@pytest.fixture(scope="module")
def resnet() -> Cost:
    return analyze(archdsl.load("resnet50"))


def lines(cost: Cost, **options: object) -> list[str]:
    return ["  " * row.level + row.label for row in rows_of(cost, **options)]  # type: ignore[arg-type]


def test_blocks_are_opened_as_deep_as_asked(resnet: Cost) -> None:
    outer = ["input", "stem", "max_pool", "stage0", "stage1", "stage2", "stage3", "global_avg_pool", "linear"]
    assert lines(resnet, depth=1) == outer
    assert len(lines(resnet, depth=2)) == len(outer) + 16
    assert len(lines(resnet, depth=99)) == len(lines(resnet, depth=3)) > len(lines(resnet, depth=2))


def test_like_neighbours_are_folded(resnet: Cost) -> None:
    shown = lines(resnet, fold=True)
    assert shown[3:9] == ["stage0", "  i0.bottleneck", "  i1-2.bottleneck", "stage1", "  i0.bottleneck", "  i1-3.bottleneck"]
    folded = next(row for row in rows_of(resnet, fold=True) if row.label == "i1-3.bottleneck")
    assert folded.what == "3 x (3 conv, 3 batch_norm, 3 relu, add)"
    assert folded.count.params == 3 * resnet.by_block["stage1.i1"].params


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("by", ["node", "block", "kind"])
def test_outermost_rows_make_the_whole(resnet: Cost, by: str, fold: bool) -> None:
    rows = [row for row in rows_of(resnet, by, fold=fold) if row.level == 0]  # type: ignore[arg-type]
    assert sum(row.count.params for row in rows) == resnet.params
    assert sum(row.count.macs for row in rows) == resnet.macs
    assert sum(share_of(row.count, resnet) for row in rows) == pytest.approx(1)


def test_kinds_are_ordered_by_their_cost(resnet: Cost) -> None:
    rows = rows_of(resnet, "kind")
    assert [row.name for row in rows[:5]] == ["conv 1x1", "conv 3x3", "conv 7x7", "linear", "batch_norm"]


def test_several_networks_have_a_row_each() -> None:
    cost = analyze(archdsl.load("archdsl: 1\nnetworks: {a: {input: [4], net: [{linear: 8}, relu]}, b: {input: [8], net: [{linear: 2}]}}"))
    assert lines(cost) == ["a", "  input", "  linear", "  relu", "b", "  input", "  linear"]


def test_a_block_that_holds_only_a_block_is_passed() -> None:
    text = "archdsl: 1\ninput: [4]\nblocks: {f: {body: [{linear: 4}, relu]}, g: {body: [f]}}\nnet: [g, {seq: [{linear: 2}], as: head}]"
    assert lines(analyze(archdsl.load(text))) == ["input", "g.f", "head.linear"]


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("{conv: {out_channels: 64, kernel_size: 7, stride: 2}}", "conv 7x7, 64, /2"),
        ("{conv: {out_channels: 64, kernel_size: [1, 7], stride: [1, 2], groups: 4, bias: true}}", "conv grouped 1x7, 64, /1x2, groups 4, bias"),
        ("{conv: {out_channels: 8, init: {weight: 0}}}", "conv 1x1, 8"),
        ("{max_pool: {kernel_size: 3, stride: 2, padding: 1}}", "max_pool 3x3, /2, padding 1"),
        ("{batch_norm: {affine: false}}", "batch_norm, no affine"),
        ("{dropout: 0.123456}", "dropout, p 0.1235"),
        ("relu", "relu"),
    ],
)
def test_ops_in_a_few_words(step: str, text: str) -> None:
    graph = archdsl.load(f"archdsl: 1\ninput: [16, 32, 32]\nnet: [{step}]").graph
    assert describe_node(graph.nodes[-1]) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1.00 k"), (9_994, "9.99 k"), (9_996, "10.0 k"), (99_960, "100 k"), (999_499, "999 k"), (999_500, "1.00 M")],
)
def test_human_numbers(number: int, text: str) -> None:
    assert human(number) == text
    assert human(10**30).endswith(" E")


def test_csv_reads_back(resnet: Cost) -> None:
    rows = rows_of(resnet, "block")
    head, *body = csv.reader(io.StringIO(to_csv(rows, resnet, "block")))
    assert head == [column.key for column in columns_of("block", wide=True)]
    table = [dict(zip(head, line)) for line in body]
    assert [line["name"] for line in table] == [row.name for row in rows]
    assert [int(line["params"]) for line in table] == [row.count.params for row in rows]
    assert sum(int(line["macs"]) for line, row in zip(table, rows) if row.level == 0) == resnet.macs
    assert [line["field"] for line in table if line["name"] in ("stem", "linear")] == ["7", "all"]


@pytest.mark.parametrize("by", ["node", "block", "stage", "kind"])
def test_every_table_has_all_that_is_measured(resnet: Cost, by: str) -> None:
    measured = {"params", "weights", "macs", "flops", "activations", "traffic", "intensity", "share"}
    back = {"field", "stride"}
    keys = {column.key for column in columns_of(by, wide=True)}  # type: ignore[arg-type]
    assert measured <= keys
    assert (back <= keys) == (by != "kind")
    rows = [row for row in rows_of(resnet, by) if row.level == 0]  # type: ignore[arg-type]
    assert sum(row.profile.traffic for row in rows) == sum(row.profile.traffic for row in rows_of(resnet, "node"))
    assert sum(row.profile.flops for row in rows) == resnet.flops


def test_a_block_looks_back_as_far_as_its_last_value(resnet: Cost) -> None:
    nodes = {row.name: row.profile.extent for row in rows_of(resnet, "node")}
    blocks = {row.name: row.profile.extent for row in rows_of(resnet, "block", depth=1)}
    assert blocks["stage1"] == [extent for name, extent in nodes.items() if name.startswith("stage1.")][-1]


def test_markdown_is_a_table(resnet: Cost) -> None:
    for by in ("node", "block", "kind"):
        text = to_markdown(rows_of(resnet, by), resnet, by)  # type: ignore[arg-type]
        widths = {line.count(" | ") for line in text.splitlines()}
        assert widths == {len(columns_of(by)) - 1}  # type: ignore[arg-type]
        total = text.splitlines()[-1]
        assert total.startswith("| **total** |")
        assert all(f"| {each} |" in total for each in ("25,557,032", "4,089,184,256"))
    wide = to_markdown(rows_of(resnet, "kind"), resnet, "kind", wide=True)
    assert "| bytes moved | FLOPs per byte |" in wide.splitlines()[0]


def test_a_network_without_macs_has_shares_of_params() -> None:
    cost = analyze(archdsl.load("archdsl: 1\ninput: [4, 8, 8]\nnet: [batch_norm, relu]"))
    assert [cells_of(row, cost, columns_of("node"))[-3] for row in rows_of(cost, "node")] == ["0.0%", "100.0%", "0.0%"]
    nothing = analyze(archdsl.load("archdsl: 1\ninput: [4]\nnet: [relu]"))
    assert share_of(nothing.total, nothing) == 0


def test_data() -> None:
    arch = archdsl.load("archdsl: 1\nname: tiny\ninput: [4]\nnet: [{linear: 3}]")
    data = to_data(arch, analyze(arch), "node")
    assert {key: data[key] for key in ("name", "params", "macs", "flops", "activations", "inputs", "output")} == {
        "name": "tiny",
        "params": 15,
        "macs": 12,
        "flops": 24,
        "activations": 3,
        "inputs": {"input": [4]},
        "output": [3],
    }
    assert data["by_kind"]["linear"]["macs"] == 12
    assert list(data["by_node"]) == ["input", "linear"]


def test_data_of_several_networks_and_outputs() -> None:
    two = "{input: [4], net: [{linear: 8, as: x}, {linear: 2, as: y}], outputs: [x, y]}"
    arch = archdsl.load(f"archdsl: 1\nnetworks: {{a: {two}, b: {{input: [4], net: [relu]}}}}")
    data = to_data(arch, analyze(arch), "block")
    assert data["output"] is None
    assert data["networks"]["a"]["output"] == [[8], [2]]
    assert data["networks"]["b"]["output"] == [4]
