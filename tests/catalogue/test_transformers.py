"""The vision transformer against timm, and I-JEPA's encoder and predictor against plain torch."""

from __future__ import annotations

import torch
from torch import nn

import archdsl
from archdsl.backend.compiling import compile_architecture
from tests.catalogue.same_function import assert_same_outputs, built, scrambled
from tests.peers import peer
from tests.reference.ijepa import Encoder, Predictor
from tests.weights import copy_in_run_order


def test_the_vit_is_timms() -> None:
    torch.manual_seed(0)
    theirs = peer("timm.models").VisionTransformer(img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=3, num_classes=10)
    ours = built("vit-b-16", image=32, patch=8, width=24, depth=2, heads=3, classes=10)
    images = torch.randn(2, 3, 32, 32)
    copy_in_run_order(scrambled(theirs), ours, images)
    with torch.no_grad():
        ours.tokens.weight.copy_(theirs.cls_token[0])
        ours.positions.weight.copy_(theirs.pos_embed[0])
    assert_same_outputs(theirs, ours, images)
    assert_same_outputs(theirs, ours, images, train=True)


SMALL = {"image": 32, "patch": 8, "width": 24, "depth": 2, "heads": 3, "predictor_width": 12, "predictor_depth": 2, "n_visible": 7, "n_hidden": 4}


def network(name: str) -> nn.Module:
    return compile_architecture(archdsl.load("ijepa-vit-b-16", set=SMALL), network=name)


def indices(count: int) -> torch.Tensor:
    return torch.stack([torch.randperm(16)[:count] for _ in range(2)])


def test_the_encoder_sees_the_visible_patches_only() -> None:
    torch.manual_seed(0)
    theirs, ours = scrambled(Encoder(32, 8, 24, 2, 3)), network("encoder")
    images, visible = torch.randn(2, 3, 32, 32), indices(7)
    copy_in_run_order(theirs, ours, images, visible)
    assert_same_outputs(theirs, ours, images, visible, train=True)
    changed = images.clone()
    unseen = next(i for i in range(16) if i not in visible[0])
    row, column = divmod(unseen, 4)
    changed[0, :, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = 0
    with torch.no_grad():
        torch.testing.assert_close(ours(changed, visible)[0], ours(images, visible)[0])


def test_the_predictor_answers_for_the_hidden_patches() -> None:
    torch.manual_seed(0)
    theirs, ours = scrambled(Predictor(4, 24, 12, 2, 3)), network("predictor")
    context, visible, hidden = torch.randn(2, 7, 24), indices(7), indices(4)
    copy_in_run_order(theirs, ours, context, visible, hidden)
    with torch.no_grad():
        ours.blank.weight.copy_(theirs.blank[None])
    assert_same_outputs(theirs, ours, context, visible, hidden, train=True)
    assert ours(context, visible, hidden).shape == (2, 4, 24)


def test_the_target_follows_the_encoder() -> None:
    objective = archdsl.load("ijepa-vit-h-14").document.objective
    assert objective is not None
    assert (objective.predict.network, objective.predict.target.network, objective.predict.target.average) == ("predictor", "encoder", 0.996)
