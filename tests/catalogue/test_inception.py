"""The Inception networks: the functions of the reference implementations, with one block of each kind where that is enough."""

from __future__ import annotations

import torch
from torch import nn

from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, scrambled
from tests.peers import peer
from tests.weights import copy_in_run_order

SMALLEST = torch.Size((3, 107, 107))
"""What the valid convolutions leave something of."""


def without_dropout(module: nn.Module) -> nn.Module:
    """Take the noise out of a module, so that training can be compared."""
    for each in module.modules():
        if isinstance(each, nn.Dropout):
            each.p = 0.0
    return module


def test_googlenet() -> None:
    torch.manual_seed(0)
    theirs = peer("torchvision").models.GoogLeNet(num_classes=10, aux_logits=False, init_weights=False)
    ours = built("googlenet", classes=10)
    assert_same_function(without_dropout(theirs), without_dropout(ours), torch.randn(2, 3, 67, 64))


def test_inception_v3() -> None:
    torch.manual_seed(0)
    theirs = peer("torchvision").models.Inception3(num_classes=10, aux_logits=False, init_weights=False)
    assert_in_evaluation(theirs, built("inception-v3", classes=10))


def test_inception_v4() -> None:
    torch.manual_seed(0)
    theirs = peer("timm").create_model("inception_v4", num_classes=10)
    theirs.features = nn.Sequential(*(theirs.features[index] for index in (*range(7), 10, 11, 18, 19)))
    assert_in_evaluation(theirs, built("inception-v4", blocks=[1, 1, 1], classes=10))


def test_inception_resnet_v2() -> None:
    torch.manual_seed(0)
    theirs = peer("timm").create_model("inception_resnet_v2", num_classes=10)
    for name in ("repeat", "repeat_1", "repeat_2"):
        setattr(theirs, name, getattr(theirs, name)[:1])
    assert_in_evaluation(theirs, built("inception-resnet-v2", depths=[1, 1, 1], classes=10))


def test_xception() -> None:
    torch.manual_seed(0)
    theirs = peer("timm").create_model("legacy_xception", num_classes=10)
    for number in range(5, 12):
        setattr(theirs, f"block{number}", nn.Identity())
    assert_in_evaluation(theirs, built("xception", middle=1, classes=10))


def assert_in_evaluation(theirs: nn.Module, ours: nn.Module) -> None:
    """Compare large networks in evaluation only."""
    images = torch.randn(2, *SMALLEST)
    copy_in_run_order(scrambled(theirs), ours, images)
    assert_same_outputs(theirs, ours, images)
