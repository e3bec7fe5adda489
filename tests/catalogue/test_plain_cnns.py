"""Network in network and the all convolutional nets against plain torch."""

from __future__ import annotations

import pytest
import torch

from tests.catalogue.same_function import assert_same_function, built
from tests.reference.plain_cnns import all_cnn, network_in_network


def test_network_in_network() -> None:
    torch.manual_seed(0)
    theirs, ours, images = network_in_network(), built("nin-cifar10"), torch.randn(2, 3, 32, 32)
    assert_same_function(theirs, ours, images, train=False)


@pytest.mark.parametrize("form", ["base", "strided", "conv_pool", "all_conv"])
@pytest.mark.parametrize(("letter", "kernels"), [("a", (5,)), ("b", (5, 1)), ("c", (3, 3))])
def test_all_cnn(letter: str, kernels: tuple[int, ...], form: str) -> None:
    torch.manual_seed(0)
    name = {"base": "base-cnn", "strided": "strided-cnn", "conv_pool": "conv-pool-cnn", "all_conv": "all-cnn"}[form]
    theirs, ours, images = all_cnn(kernels, form), built(f"{name}-{letter}"), torch.randn(2, 3, 32, 32)
    assert_same_function(theirs, ours, images, train=False)
