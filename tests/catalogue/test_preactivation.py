"""Pre-activation, wide and multi-residual networks against plain torch and timm."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archdsl
from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, count_paths, scrambled
from tests.peers import peer
from tests.reference.preactivation import PreactivationNet, bottleneck, convs, first_of_stage, where_the_width_changes
from tests.weights import run_order


@pytest.mark.parametrize("pad", [True, False], ids=["a", "b"])
def test_basic_units(pad: bool) -> None:
    torch.manual_seed(0)
    theirs = PreactivationNet(convs(3, 3), (16, 32, 64), 2, first_of_stage, pad=pad)
    variant = "preresnet110-cifar" if pad else "preresnet110-cifar-b"
    assert_same_function(theirs, built(variant, depth=14), torch.randn(2, 3, 16, 16))


def test_bottleneck_units() -> None:
    torch.manual_seed(0)
    theirs = PreactivationNet(bottleneck, (64, 128, 256), 2, first_of_stage)
    assert_same_function(theirs, built("preresnet164-cifar", depth=20), torch.randn(2, 3, 16, 16))


@pytest.mark.parametrize(
    ("variant", "kernels", "k", "n"),
    [("wrn-28-10", (3, 3), 2, 2), ("wrn-40-1", (3, 3), 1, 2), ("wrn-40-2-b131", (1, 3, 1), 2, 2), ("wrn-40-2-l1", (3,), 2, 3)],
)
def test_wide_units(variant: str, kernels: tuple[int, ...], k: int, n: int) -> None:
    torch.manual_seed(0)
    theirs = PreactivationNet(convs(*kernels), (16 * k, 32 * k, 64 * k), n, where_the_width_changes)
    assert_same_function(theirs, built(variant, k=k, n=n), torch.randn(2, 3, 16, 16))


def test_dropout_stands_between_the_convolutions_of_a_wide_unit() -> None:
    graph = archdsl.load("wrn-28-10-dropout").graph
    dropouts = [node for node in graph.nodes if node.op.name == "dropout"]
    users = graph.consumers()
    assert {(node.op.p, node.inputs[0].op.name, users[node][0].op.name) for node in dropouts} == {(0.3, "relu", "conv")}  # type: ignore[attr-defined]
    assert len(dropouts) == 12


@pytest.mark.parametrize("pad", [True, False], ids=["a", "b"])
def test_several_functions_in_a_unit(pad: bool) -> None:
    torch.manual_seed(0)
    k, widths = 3, (16, 32, 64) if pad else (32, 64, 128)
    theirs = PreactivationNet(convs(3, 3), widths, 2, first_of_stage, k, pad)
    ours = built("multiresnet-14-10", k=k) if pad else built("multiresnet-26-2-10", depth=14, k=k, w=2)
    assert_same_function(theirs, ours, torch.randn(2, 3, 16, 16))


@pytest.mark.parametrize(
    ("many", "one", "settings"),
    [
        ("multiresnet-200-5", "preresnet164-cifar", {"depth": 20}),
        ("multiresnet-8-23", "preresnet110-cifar", {"depth": 14}),
        ("multiresnet-50-2-imagenet", "preresnet50", {"depths": [1, 1, 2, 1], "widths": [32, 64, 64, 128], "classes": 10}),
    ],
)
def test_one_function_in_a_unit_is_the_preactivation_resnet(many: str, one: str, settings: dict[str, object]) -> None:
    torch.manual_seed(0)
    assert_same_function(built(one, **settings), built(many, k=1, **settings), torch.randn(2, 3, 32, 32))


def test_imagenet_form_against_timm() -> None:
    """timm pools before the first norm and ReLU, we after them: the same for rising functions, so the comparison is in evaluation."""
    torch.manual_seed(0)
    theirs = scrambled(peer("timm").create_model("resnetv2_50", layers=[1, 2, 1, 1], num_classes=10))
    ours = built("preresnet50", depths=[1, 2, 1, 1], classes=10)
    images = torch.randn(2, 3, 64, 64)
    copy_in_order(in_our_order(theirs, images), run_order(ours.eval(), images))
    assert_same_outputs(theirs, ours, images)


def in_our_order(theirs: nn.Module, images: torch.Tensor) -> list[nn.Module]:
    """Return timm's layers as ours run: the shortcut of a unit behind its function."""
    order = run_order(theirs.eval(), images)
    shortcuts = {block.downsample.conv for block in theirs.modules() if getattr(block, "downsample", None) is not None}
    for shortcut in shortcuts:
        place = order.index(shortcut)
        order.insert(place + 5, order.pop(place))
    return order


def copy_in_order(theirs: list[nn.Module], ours: list[nn.Module]) -> None:
    assert len(theirs) == len(ours)
    for layer, own in zip(theirs, ours):
        own.load_state_dict({key: layer.state_dict()[key].reshape(value.shape) for key, value in own.state_dict().items()})


@pytest.mark.parametrize(("variant", "k", "units"), [("multiresnet-200-5", 5, 66), ("multiresnet-26-4-10", 4, 12), ("multiresnet-8-23", 23, 3)])
def test_every_unit_multiplies_the_paths(variant: str, k: int, units: int) -> None:
    assert count_paths(archdsl.load(variant).graph) == (k + 1) ** units
