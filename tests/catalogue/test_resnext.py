"""ResNeXt against torchvision, and its block in three forms against each other."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, scrambled
from tests.peers import peer
from tests.weights import run_order

CARDINALITY, DEPTHS = 4, [1, 2, 1, 1]


def test_against_torchvision() -> None:
    torch.manual_seed(0)
    resnet = peer("torchvision").models.resnet
    theirs = resnet.ResNet(resnet.Bottleneck, DEPTHS, num_classes=10, groups=CARDINALITY, width_per_group=8)
    ours = built("resnext50-32x4d", depths=DEPTHS, classes=10, cardinality=CARDINALITY, d=8)
    assert_same_function(theirs, ours, torch.randn(2, 3, 32, 32))


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("form", ["aggregated", "early_concatenation"])
def test_forms_are_the_same_function(form: str, train: bool) -> None:
    torch.manual_seed(0)
    settings = {"cardinality": CARDINALITY, "depth": 20, "widths": [16, 32, 64], "d": 32}
    grouped = scrambled(built("resnext29-8x64d", **settings))
    paths = built("resnext29-8x64d", form=form, **settings)
    images = torch.randn(2, 3, 16, 16)
    wanted = run_order(paths.eval(), images)
    given = iter(unfolded(run_order(grouped.eval(), images), form))
    for layer in wanted:
        layer.load_state_dict(next(given))
    assert next(given, None) is None
    assert_same_outputs(grouped, paths, images, train=train)


def unfolded(layers: list[nn.Module], form: str) -> list[dict[str, torch.Tensor]]:
    """Return the states of a net of grouped convolutions as those of a net of paths."""
    states, position = [], 0
    while position < len(layers):
        if position + 2 < len(layers) and getattr(layers[position + 2], "groups", 1) == CARDINALITY:
            states += unfolded_block([layer.state_dict() for layer in layers[position : position + 6]], form)
            position += 6
        else:
            states.append(layers[position].state_dict())
            position += 1
    return states


def unfolded_block(block: list[dict[str, torch.Tensor]], form: str) -> list[dict[str, torch.Tensor]]:
    """A block is reduce, norm, grouped, norm, expand, norm; a path has its rows of the first four, and its columns of expand where it sums."""
    *inner, expand, norm = block
    states = []
    for path in range(CARDINALITY):
        states += [{key: value.chunk(CARDINALITY)[path] if value.dim() else value for key, value in state.items()} for state in inner]
        if form == "aggregated":
            states.append({"weight": expand["weight"].chunk(CARDINALITY, dim=1)[path]})
    return [*states, *([] if form == "aggregated" else [expand]), norm]
