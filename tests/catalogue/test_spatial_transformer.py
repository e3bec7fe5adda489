"""Spatial transformers against plain torch, and what they start from."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archdsl
from archdsl.analysis.cost import analyze
from tests.catalogue.same_function import assert_same_outputs, built, scrambled
from tests.reference.spatial_transformer import Network
from tests.weights import copy_in_run_order

GRIDS = ["affine", "projective", "tps"]
DISTORTED = [f"distorted-mnist-{name}" for name in ("fcn", "cnn", *(f"st-{kind}-{grid}" for kind in ("fcn", "cnn") for grid in GRIDS))]
ADDITION = [f"mnist-addition-{name}" for name in ("fcn", "cnn", *(f"{kind}-{grid}" for kind in ("st-fcn", "2xst-fcn") for grid in GRIDS))]


def gentle(model: Network) -> Network:
    """Give weights at random, and transforms that are near the identity."""
    scrambled(model)
    for transformer in model.transformers:
        theta = transformer.theta
        nn.init.normal_(theta.weight, std=0.003)
        start = {"affine": [1.0, 0, 0, 0, 1, 0], "projective": [1.0, 0, 0, 0, 1, 0, 0, 0], "tps": [0.0] * 32}[transformer.grid]
        theta.bias.data.copy_(torch.tensor(start) + 0.05 * torch.randn(len(start)))
    return model


@pytest.mark.parametrize("variant", DISTORTED + ADDITION)
def test_the_same_as_plain_torch(variant: str) -> None:
    torch.manual_seed(0)
    kind = "cnn" if "cnn" in variant else "fcn"
    grid = variant.rpartition("-")[2]
    transformers = 0 if grid not in GRIDS else 2 if "2xst" in variant else 1
    channels, classes = (2, 19) if "addition" in variant else (1, 10)
    theirs = gentle(Network(kind, grid, 8, transformers, channels, classes))
    ours = built(variant, width=8)
    images = torch.rand(3, channels, 42, 42)
    copy_in_run_order(theirs, ours, images)
    assert_same_outputs(theirs, ours, images)
    assert_same_outputs(theirs, ours, images, train=True)


@pytest.mark.parametrize("variant", [name for name in DISTORTED + ADDITION if "st-" in name])
def test_a_transformer_starts_as_the_identity(variant: str) -> None:
    torch.manual_seed(0)
    ours = built(variant, width=8).eval()
    channels = 2 if "addition" in variant else 1
    plain = built(f"{'mnist-addition' if channels == 2 else 'distorted-mnist'}-{'cnn' if 'cnn' in variant else 'fcn'}", width=8).eval()
    own = {name: weight for name, weight in ours.state_dict().items() if name.startswith(("trunk", "linear"))}
    twice = "2xst" in variant
    images = torch.rand(2, channels, 42, 42)
    if twice:
        first = own["trunk.linear.weight"]
        own["trunk.linear.weight"] = first[:, : first.shape[1] // 2] + first[:, first.shape[1] // 2 :]
    plain.load_state_dict(own)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), plain(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("family", "budget"), [(DISTORTED, 400_000), (ADDITION, 900_000)], ids=["distorted", "addition"])
def test_all_networks_have_the_same_budget(family: list[str], budget: int) -> None:
    for name in family:
        assert abs(analyze(archdsl.load(name)).params - budget) < 0.015 * budget, name


def test_two_transformers_have_weights_of_their_own() -> None:
    names = [name for name, _ in built("mnist-addition-2xst-fcn-affine", width=8).named_parameters()]
    assert len([name for name in names if "theta" in name]) == 2 * 6
