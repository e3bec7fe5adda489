"""The lecturer's hybrids: IRRCNN and R2U-Net against plain torch, with shared weights and without."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, scrambled
from tests.reference.irrcnn import IRRCNN
from tests.reference.unet import SmallR2UNet, UNet

WIDTHS = [4, 8, 16]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("irrcnn-small", {}), ("irrcnn-small-shared", {"shared": True}), ("ircnn-small", {"shared": True, "residual": False})],
)
def test_irrcnn(name: str, arguments: dict[str, Any]) -> None:
    torch.manual_seed(0)
    assert_same_function(IRRCNN(**arguments), built(name), torch.randn(2, 3, 32, 32))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("unet", {}),
        ("attention-unet", {"attention": True}),
        ("r2unet", {"recurrent": True}),
        ("r2attention-unet", {"recurrent": True, "attention": True}),
    ],
)
def test_unet(name: str, arguments: dict[str, Any]) -> None:
    torch.manual_seed(0)
    assert_same_function(UNet(WIDTHS, **arguments), built(name, widths=WIDTHS), torch.randn(2, 3, 16, 24))


@pytest.mark.parametrize("shared", [False, True])
def test_r2unet_as_its_author_coded_it(shared: bool) -> None:
    torch.manual_seed(0)
    assert_same_function(SmallR2UNet(WIDTHS, shared), built("r2unet-small", widths=WIDTHS, share=shared), torch.randn(2, 3, 16, 24))


def test_sharing_changes_weights_and_not_the_graph() -> None:
    """With the same recurrent weights at every step, the net whose steps have their own computes what the shared one computes."""
    torch.manual_seed(0)
    shared, own = scrambled(built("irrcnn-small-shared")), built("irrcnn-small")
    given, state = shared.state_dict(), own.state_dict()
    for key in state:
        owner = key
        while owner not in given:
            head, _, tail = owner.rpartition(".R_")
            owner = f"{head}.R.{tail.partition('.')[2]}"
        state[key] = given[owner]
    own.load_state_dict(state)
    assert_same_outputs(shared, own, torch.randn(2, 3, 32, 32))
