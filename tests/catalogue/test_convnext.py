"""ConvNeXt against timm."""

from __future__ import annotations

import pytest
import torch

import archdsl
from tests.catalogue.same_function import assert_same_outputs, built, scrambled
from tests.peers import peer
from tests.weights import copy_in_run_order


def test_the_same_as_timm() -> None:
    torch.manual_seed(0)
    theirs = peer("timm.models").ConvNeXt(depths=(1, 1, 2, 1), dims=(8, 12, 16, 24), num_classes=10)
    ours = built("convnext-tiny", depths=[1, 1, 2, 1], widths=[8, 12, 16, 24], classes=10, drop_path=0)
    images = torch.randn(2, 3, 64, 64)
    copy_in_run_order(scrambled(theirs), ours, images)
    factors = [weight for name, weight in theirs.state_dict().items() if name.endswith(".gamma")]
    own = [weight for name, weight in ours.state_dict().items() if name.endswith("layer_scale.weight")]
    for weight, factor in zip(own, factors, strict=True):
        weight.copy_(factor.uniform_(0.2, 1))
    assert_same_outputs(theirs, ours, images)
    assert_same_outputs(theirs, ours, images, train=True)


@pytest.mark.parametrize("variant", ["convnext-tiny", "convnext-small"])
def test_the_drop_path_grows_from_block_to_block(variant: str) -> None:
    arch = archdsl.load(variant)
    rates = [node.op.p for node in arch.graph.nodes if node.op.name == "drop_path"]
    blocks = sum(arch.vars["depths"])
    assert rates == pytest.approx([arch.vars["drop_path"] * i / (blocks - 1) for i in range(1, blocks)])


def test_layer_scale_starts_small() -> None:
    scale = built("convnext-tiny", depths=[1, 1, 1, 1], widths=[8, 8, 8, 8]).state_dict()["stage0.i0.convnext_block.layer_scale.weight"]
    assert torch.equal(scale, torch.full((8,), 1e-6))
