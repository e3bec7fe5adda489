"""ResNets for ImageNet and for small images, their plain nets, ELU and stochastic depth, against torchvision and plain torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import archdsl
from tests.catalogue.same_function import assert_same_function, built
from tests.peers import peer
from tests.reference import resnet_cifar as reference

ONES = [1, 1, 1, 1]


def torchvision_resnet(block: str, depths: list[int], **fields: Any) -> nn.Module:
    resnet = peer("torchvision").models.resnet
    return resnet.ResNet(getattr(resnet, block), depths, num_classes=10, **fields)


def stride_first(model: nn.Module) -> None:
    for layer in model.modules():
        if hasattr(layer, "conv3") and layer.conv2.stride != (1, 1):
            layer.conv1.stride, layer.conv2.stride = layer.conv2.stride, (1, 1)


def option_a(model: nn.Module) -> None:
    for layer in model.modules():
        if getattr(layer, "downsample", None) is not None:
            layer.downsample = reference.option_a(layer.stride, layer.conv1.in_channels, layer.conv2.out_channels)


def option_c(model: nn.Module) -> None:
    for layer in model.modules():
        if hasattr(layer, "conv2"):
            layer.downsample = reference.projection(layer.stride, layer.conv1.in_channels, layer.conv2.out_channels)


def without_shortcuts(model: nn.Module) -> None:
    for layer in model.modules():
        if hasattr(layer, "conv2"):
            layer.downsample = Nothing()


class Nothing(nn.Module):
    def forward(self, x: torch.Tensor) -> float:
        return 0.0


@pytest.mark.parametrize(
    ("variant", "block", "depths", "change"),
    [
        ("resnet50-v1", "Bottleneck", ONES, stride_first),
        ("resnet18-a", "BasicBlock", ONES, option_a),
        ("resnet34-c", "BasicBlock", [2, 1, 1, 1], option_c),
        ("plain18", "BasicBlock", ONES, without_shortcuts),
    ],
)
def test_forms_that_torchvision_can_be_changed_to(variant: str, block: str, depths: list[int], change: Callable[[nn.Module], None]) -> None:
    torch.manual_seed(0)
    theirs = torchvision_resnet(block, depths)
    change(theirs)
    assert_same_function(theirs, built(variant, depths=depths, classes=10), torch.randn(2, 3, 48, 48))


def test_wide_bottlenecks_against_torchvision() -> None:
    torch.manual_seed(0)
    theirs = torchvision_resnet("Bottleneck", ONES, width_per_group=128)
    assert_same_function(theirs, built("wrn-50-2", depths=ONES, classes=10), torch.randn(2, 3, 32, 32))


def test_options_b_and_a_of_34_layers_are_those_of_the_paper() -> None:
    kinds = {name: [node.op.name for node in archdsl.load(name).graph.nodes if ".shortcut." in node.name] for name in ("resnet34-a", "resnet34-b")}
    assert kinds == {"resnet34-a": ["subsample", "pad"] * 3, "resnet34-b": ["conv", "batch_norm"] * 3}


@pytest.mark.parametrize(
    ("variant", "way"),
    [("resnet20-cifar", reference.option_a), ("resnet20-cifar-b", reference.option_b), ("plain20-cifar", reference.no_way)],
)
def test_small_images(variant: str, way: reference.Way) -> None:
    torch.manual_seed(0)
    assert_same_function(reference.CifarNet(2, way), built(variant, depth=14), torch.randn(2, 3, 16, 16))


def test_elu() -> None:
    torch.manual_seed(0)
    theirs = reference.CifarNet(2, reference.option_a, reference.EluBlock, nn.ELU)
    assert_same_function(theirs, built("resnet-elu-20", depth=14), torch.randn(2, 3, 16, 16))


def test_stochastic_depth_keeps_all_blocks_when_it_is_used() -> None:
    torch.manual_seed(0)
    images = torch.randn(2, 3, 16, 16)
    theirs, ours = reference.CifarNet(2, reference.option_a_of_means), built("stochastic-depth-110", depth=14)
    assert_same_function(theirs, ours, images, train=False)


def test_stochastic_depth_in_training_without_blocks_is_the_shortcuts_alone() -> None:
    torch.manual_seed(0)
    images = torch.randn(2, 3, 16, 16)
    ours = built("stochastic-depth-110-constant", depth=14, last_drop=1).train()
    stem, classify = ours.get_submodule("stem"), ours.get_submodule("linear")
    x = torch.relu(stem.batch_norm(stem.conv(images)))
    for extra in (16, 32):
        x = reference.MeanPadShortcut(2, extra)(x)
    torch.testing.assert_close(ours(images), classify(x.mean((2, 3))))


def test_survival_falls_linearly_to_one_half() -> None:
    def drops(name: str) -> list[float]:
        return [node.op.p for node in archdsl.load(name).graph.nodes if node.op.name == "drop_path"]  # type: ignore[attr-defined]

    assert drops("stochastic-depth-110") == pytest.approx([0.5 * block / 54 for block in range(1, 55)])
    assert drops("stochastic-depth-110-constant") == [0.5] * 54
