"""Compiled networks against the reference implementations: the same function with the same weights, forwards and backwards."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_architecture
from tests.peers import peer


def copied_in_order(source: torch.nn.Module, target: torch.nn.Module) -> None:
    """Copy a state dict by position; shapes must agree everywhere."""
    theirs, ours = source.state_dict(), target.state_dict()
    assert [value.shape for value in theirs.values()] == [value.shape for value in ours.values()]
    target.load_state_dict(dict(zip(ours, theirs.values())))


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "densenet121"])
def test_same_outputs_and_gradients_as_torchvision(name: str, train: bool) -> None:
    torch.manual_seed(0)
    theirs = getattr(peer("torchvision").models, name)()
    ours = compile_architecture(archdsl.load(name))
    copied_in_order(theirs, ours)
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
    by_order(theirs, ours)
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-4, atol=1e-5)


def by_order(source: torch.nn.Module, target: torch.nn.Module) -> None:
    """Copy weights in the order in which layers run, which is the same on both sides when the functions are."""
    theirs, ours = run_order(source), run_order(target)
    assert len(theirs) == len(ours)
    for layer, own in zip(theirs, ours):
        own.load_state_dict({key: value.reshape(own.state_dict()[key].shape) for key, value in layer.state_dict().items()})


def run_order(model: torch.nn.Module) -> list[torch.nn.Module]:
    """Return the layers that hold parameters in the order of their first run."""
    order: list[torch.nn.Module] = []
    layers = [each for each in model.modules() if isinstance(each, (torch.nn.Conv2d, torch.nn.BatchNorm2d, torch.nn.Linear))]
    hooks = [layer.register_forward_hook(lambda layer, *_: order.append(layer)) for layer in layers]
    with torch.no_grad():
        model(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    return list(dict.fromkeys(order))
