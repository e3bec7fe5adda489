"""Compiled networks against the reference implementations: the same function with the same weights, forwards and backwards."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_architecture
from tests.peers import peer
from tests.weights import copy_in_run_order, copy_in_state_order


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "densenet121"])
def test_same_outputs_and_gradients_as_torchvision(name: str, train: bool) -> None:
    torch.manual_seed(0)
    theirs = getattr(peer("torchvision").models, name)()
    ours = compile_architecture(archdsl.load(name))
    copy_in_state_order(theirs, ours)
    theirs.train(train)
    ours.train(train)
    images = torch.randn(2, 3, 64, 64)
    expected, actual = theirs(images), ours(images)
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)
    expected.square().mean().backward()
    actual.square().mean().backward()
    for own, other in zip(ours.parameters(), theirs.parameters()):
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "reference"), [("dla34", "dla34"), ("res2net50-26w-4s", "res2net50_26w_4s")])
def test_same_outputs_as_timm(name: str, reference: str) -> None:
    torch.manual_seed(0)
    theirs = peer("timm").create_model(reference).eval()
    ours = compile_architecture(archdsl.load(name)).eval()
    images = torch.randn(1, 3, 64, 64)
    copy_in_run_order(theirs, ours, images)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-4, atol=1e-5)
