"""Squeeze-and-excitation: the functions of both reference implementations, and the plain network behind open gates."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, scrambled
from tests.peers import peer

DEPTHS = [2, 1, 1, 1]
SMALL = {"depths": DEPTHS, "classes": 10}

MODERN: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "se-resnet18": ("se-resnet18", "BasicBlock", {}, {"least": 8}),
    "se-resnet50": ("se-resnet50", "Bottleneck", {}, {}),
    "se-resnext50-32x4d": ("se-resnext50-32x4d", "Bottleneck", {"cardinality": 32, "base_width": 4}, {}),
}
# not SEResNetBlock, which was never released and has a ReLU of its own before the gate
RELEASED: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "se-resnet50-v1": ("se-resnet50-v1", "SEResNetBottleneck", {}, {}),
    "se-resnext50-32x4d": ("se-resnext50-32x4d", "SEResNeXtBottleneck", {"groups": 32}, {"padded": False}),
    "senet154": (
        "senet154",
        "SEBottleneck",
        {"groups": 64, "inplanes": 128, "input_3x3": True, "downsample_kernel_size": 3, "downsample_padding": 1},
        {"dropout": 0},
    ),
}


@pytest.mark.parametrize(("name", "block", "arguments", "settings"), MODERN.values(), ids=MODERN)
def test_same_function_as_timm(name: str, block: str, arguments: dict[str, Any], settings: dict[str, Any]) -> None:
    resnet = peer("timm").models.resnet
    torch.manual_seed(0)
    arguments = {**arguments, "block_args": {"attn_layer": "se"}, "zero_init_last": False, "num_classes": 10}
    theirs = resnet.ResNet(getattr(resnet, block), DEPTHS, **arguments)
    assert_same_function(theirs, built(name, **SMALL, **settings), torch.randn(2, 3, 64, 64))


@pytest.mark.parametrize(("name", "block", "arguments", "settings"), RELEASED.values(), ids=RELEASED)
def test_same_function_as_the_released_nets(name: str, block: str, arguments: dict[str, Any], settings: dict[str, Any]) -> None:
    senet = peer("timm").models.senet
    torch.manual_seed(0)
    arguments = {"groups": 1, "reduction": 16, "drop_rate": 0.0, "num_classes": 10, **arguments}
    theirs, ours = senet.SENet(getattr(senet, block), DEPTHS, **arguments), built(name, **SMALL, **settings)
    copy_by_position(scrambled(theirs), ours)
    images = torch.randn(2, 3, 63, 65)
    assert_same_outputs(theirs, ours, images)
    assert_same_outputs(theirs, ours, images, train=True)


def copy_by_position(source: nn.Module, target: nn.Module) -> None:
    """Copy a state dict by position: the released nets gate after the shortcut's convolution, and with 1x1 convolutions instead of linear layers."""
    theirs, ours = source.state_dict(), target.state_dict()
    assert [value.numel() for value in theirs.values()] == [value.numel() for value in ours.values()]
    target.load_state_dict({key: given.reshape(ours[key].shape) for key, given in zip(ours, theirs.values())})


def test_open_gates_leave_the_plain_network() -> None:
    torch.manual_seed(0)
    plain, gated = scrambled(built("resnet18", **SMALL)), built("se-resnet18", **SMALL)
    state = gated.state_dict()
    gates = [key for key in state if ".squeeze_excite." in key]
    state.update(zip([key for key in state if key not in gates], plain.state_dict().values()))
    for key in gates:
        state[key].fill_(50.0 if key.endswith("bias") else 0.0)  # sigmoid(50) is 1
    gated.load_state_dict(state)
    assert len(gates) == 4 * sum(DEPTHS)
    assert_same_outputs(plain, gated, torch.randn(2, 3, 64, 64))
