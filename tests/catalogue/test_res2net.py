"""Res2Net: the function of the reference implementation, and what it becomes with one slice."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, scrambled
from tests.peers import peer
from tests.reference.res2 import MultiScale
from tests.weights import copy_in_state_order

SMALL = {"depths": [2, 1, 1, 2], "classes": 10}

CASES: dict[str, dict[str, Any]] = {
    "res2net50-26w-4s": {"base_width": 26},
    "res2net50-48w-2s": {"base_width": 48, "block_args": {"scale": 2}},
    "res2next50": {"base_width": 4, "cardinality": 8},
    "res2net50-v1b-26w-4s": {"base_width": 26, "stem_width": 32, "stem_type": "deep", "avg_down": True},
    "se-res2net50-26w-4s": {"base_width": 26},
}


@pytest.mark.parametrize(("name", "arguments"), CASES.items(), ids=CASES)
def test_same_function_as_timm(name: str, arguments: dict[str, Any]) -> None:
    timm = peer("timm")
    torch.manual_seed(0)
    block = {"scale": 4, **arguments.get("block_args", {})}
    if name.startswith("se-"):
        block["attn_layer"] = timm.layers.SEModule
    arguments = {**arguments, "block_args": block, "num_classes": 10, "zero_init_last": False}
    theirs = timm.models.resnet.ResNet(timm.models.res2net.Bottle2neck, SMALL["depths"], **arguments)
    assert_same_function(theirs, built(name, **SMALL), torch.randn(2, 3, 64, 64))


def test_one_slice_is_resnet() -> None:
    torch.manual_seed(0)
    resnet = scrambled(built("resnet50", **SMALL))
    one_slice = built("res2net50-26w-4s", **SMALL, base_width=64, scale=1)
    copy_in_state_order(resnet, one_slice)
    assert_same_outputs(resnet, one_slice, torch.randn(2, 3, 64, 64), train=True)


MULTI_SCALE = """
archdsl: 1
input: [24, 9, 9]
import: blocks/res2.yaml
vars: {scale: 4, stride: 1, groups: 1, last: pass}
net: [{multi_scale: {scale: $scale, stride: $stride, groups: $groups, last: $last}}]
"""


@pytest.mark.parametrize(
    "settings",
    [
        {"scale": 2},
        {"scale": 6, "groups": 2},
        {"stride": 2, "last": "pool"},
        {"stride": 1, "last": "pool", "groups": 3},
        {"stride": 2, "last": "conv", "groups": 2},
    ],
    ids=str,
)
def test_slices(settings: dict[str, Any]) -> None:
    torch.manual_seed(0)
    theirs = MultiScale(24, **{"scale": 4, **settings})
    assert_same_function(theirs, built(MULTI_SCALE, **settings), torch.randn(2, 24, 9, 9))
