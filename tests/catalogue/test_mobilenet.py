"""MobileNet v1: the tables of the lecture, and the same function as timm's."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archdsl
from archdsl.analysis.cost import analyze, kind_of
from tests.catalogue.same_function import assert_same_function, built
from tests.peers import peer

REPEATED = [("Conv dw / s1", "3x3x512 dw", "14x14x512"), ("Conv / s1", "1x1x512x512", "14x14x512")]
TABLE_1 = [
    ("Conv / s2", "3x3x3x32", "224x224x3"),
    ("Conv dw / s1", "3x3x32 dw", "112x112x32"),
    ("Conv / s1", "1x1x32x64", "112x112x32"),
    ("Conv dw / s2", "3x3x64 dw", "112x112x64"),
    ("Conv / s1", "1x1x64x128", "56x56x64"),
    ("Conv dw / s1", "3x3x128 dw", "56x56x128"),
    ("Conv / s1", "1x1x128x128", "56x56x128"),
    ("Conv dw / s2", "3x3x128 dw", "56x56x128"),
    ("Conv / s1", "1x1x128x256", "28x28x128"),
    ("Conv dw / s1", "3x3x256 dw", "28x28x256"),
    ("Conv / s1", "1x1x256x256", "28x28x256"),
    ("Conv dw / s2", "3x3x256 dw", "28x28x256"),
    ("Conv / s1", "1x1x256x512", "14x14x256"),
    *REPEATED * 5,
    ("Conv dw / s2", "3x3x512 dw", "14x14x512"),
    ("Conv / s1", "1x1x512x1024", "7x7x512"),
    ("Conv dw / s1", "3x3x1024 dw", "7x7x1024"),  # printed s2, but the sizes around it say 1
    ("Conv / s1", "1x1x1024x1024", "7x7x1024"),
    ("Avg Pool", "Pool 7x7", "7x7x1024"),
    ("FC", "1024x1000", "1x1x1024"),
]

TABLE_2 = {
    # kind: share of multiply-adds and of weights, as printed
    "conv 1x1": ("94.86%", "74.59%"),
    "conv dw 3x3": ("3.06%", "1.06%"),
    "conv 3x3": ("1.91%", "0.02%"),  # printed 1.19%
    "linear": ("0.18%", "24.33%"),
}


def rows() -> list[tuple[str, str, str]]:
    """Return the rows of Table 1: type and stride, shape of the filter, size of the input."""
    found = []
    for node in archdsl.load("mobilenet-v1").graph.nodes:
        op = node.op
        if op.family not in ("conv", "pool", "linear"):
            continue
        x = node.inputs[0].shape
        size = "x".join(map(str, (*x.spatial, x.channels) if x.spatial else (1, 1, x.channels)))
        if op.family == "conv":
            out, into, *kernel = op.parameters(x)["weight"]
            kind, channels = ("Conv dw", f"{out} dw") if "dw" in kind_of(node) else ("Conv", f"{into}x{out}")
            found.append((f"{kind} / s{op.stride}", f"{kernel[0]}x{kernel[1]}x{channels}", size))
        elif op.family == "pool":
            found.append(("Avg Pool", f"Pool {x.spatial[0]}x{x.spatial[1]}", size))
        else:
            found.append(("FC", f"{x.channels}x{node.shape.channels}", size))
    return found


def test_table_1_row_by_row() -> None:
    assert rows() == TABLE_1


def test_table_1_by_node() -> None:
    cost = analyze(archdsl.load("mobilenet-v1"))
    counted = [each for each in cost.by_node.values() if each.macs]
    weighted = [row for row in TABLE_1 if not row[0].startswith("Avg")]
    assert len(counted) == len(weighted) == 28
    for (kind, filters, size), each in zip(weighted, counted):
        weights = 1
        for factor in filters.removesuffix(" dw").split("x"):
            weights *= int(factor)
        height = int(size.split("x")[0]) // int(kind[-1]) if "/ s" in kind else 1
        assert (each.weights, each.macs) == (weights, weights * height * height), (kind, filters)


def test_table_2_by_kind() -> None:
    cost = analyze(archdsl.load("mobilenet-v1"))
    printed = {
        kind: (f"{each.macs / cost.macs:.2%}", f"{each.weights / cost.weights:.2%}")
        for kind, each in cost.by_kind.items()
        if each.macs or each.weights
    }
    assert printed == TABLE_2


def test_the_shares_that_are_printed_do_not_add_up() -> None:
    right = sum(float(macs.rstrip("%")) for macs, _ in TABLE_2.values())
    assert abs(right - 100) < 0.02
    assert abs(right - 1.91 + 1.19 - 100) > 0.5


def test_a_stride_of_two_in_the_last_layer_would_be_another_network() -> None:
    arch = archdsl.load("mobilenet-v1", set={"strides": [1, 2, 1, 2, 1, 2, *[1] * 5, 2, 2]})
    assert analyze(arch).macs == 533_833_216


@pytest.mark.parametrize("alpha", [1, 0.5, 0.25])
def test_the_multiplier_thins_every_layer(alpha: float) -> None:
    widths = [node.shape.channels for node in archdsl.load("mobilenet-v1", alpha=alpha).graph.nodes if node.op.name == "conv"]
    assert widths == [alpha * width for width in (32, 64, 128, 128, 256, 256, 512, *[512] * 5, 1024, 1024)]


def test_the_same_as_timm() -> None:
    torch.manual_seed(0)
    theirs = peer("timm").create_model("mobilenetv1_100", num_classes=10, act_layer=nn.ReLU)
    assert_same_function(theirs, built("mobilenet-v1", classes=10), torch.randn(2, 3, 64, 64))
