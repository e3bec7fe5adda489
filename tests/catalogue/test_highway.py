"""Highway networks against plain torch, and with their gates forced open and shut."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, scrambled
from tests.reference import highway
from tests.weights import copy_in_run_order

CIFAR: dict[str, Any] = {"widths": [6, 8, 10], "depths": [2, 1, 2]}
NETS = [
    ("highway-19", {**CIFAR, "dropout": 0}, highway.cifar(**CIFAR), (2, 3, 32, 32)),
    ("highway-10-mnist-w16", {"width": 8}, highway.mnist(8), (2, 1, 28, 28)),
    ("highway-fc-20", {"width": 12}, highway.fully_connected(20, 12), (2, 784)),
]

each_net = pytest.mark.parametrize(("variant", "settings", "reference", "shape"), NETS, ids=[each[0] for each in NETS])


@each_net
def test_same_function(variant: str, settings: dict[str, Any], reference: nn.Sequential, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    assert_same_function(reference, built(variant, **settings), torch.randn(shape), train="mnist" not in variant)


@pytest.mark.parametrize("open", [True, False], ids=["open", "shut"])
@each_net
def test_forced_gates(variant: str, settings: dict[str, Any], reference: nn.Sequential, shape: tuple[int, ...], open: bool) -> None:
    """Open, the highway layers are plain ones; shut, they carry their input and might as well not be there."""
    torch.manual_seed(0)
    ours, inputs = built(variant, **settings), torch.randn(shape)
    copy_in_run_order(scrambled(reference), ours, inputs)
    for gate in gates(ours):
        nn.init.zeros_(gate.weight)  # type: ignore[arg-type]
        nn.init.constant_(gate.bias, 1e4 if open else -1e4)  # type: ignore[arg-type]
    plain = nn.Sequential(*(_plain(layer, open) if isinstance(layer, highway.Highway) else layer for layer in reference))
    assert_same_outputs(plain, ours, inputs)


def _plain(layer: highway.Highway, open: bool) -> nn.Module:
    return nn.Sequential(layer.layer, nn.ReLU()) if open else nn.Identity()


def gates(model: nn.Module) -> list[nn.Module]:
    return [layer for name, layer in model.named_modules() if ".gate." in name and isinstance(layer, (nn.Conv2d, nn.Linear))]


@pytest.mark.parametrize(("variant", "start"), [("highway-19", -2), ("highway-10-mnist-w16", -1), ("highway-fc-20", -2)])
def test_gates_start_below_zero(variant: str, start: float) -> None:
    for gate in gates(built(variant)):
        assert gate.bias.eq(start).all()  # type: ignore[union-attr, operator]
