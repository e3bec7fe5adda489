"""DenseNets against torchvision and plain torch."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.ir.graph import Graph
from tests.catalogue.same_function import assert_same_function, built, count_paths
from tests.peers import peer
from tests.reference.densenet import DenseNet


def graph_of(variant: str) -> Graph:
    return archdsl.load(variant).graph


def test_the_same_as_torchvision() -> None:
    torch.manual_seed(0)
    theirs = peer("torchvision").models.DenseNet(growth_rate=8, block_config=(2, 3, 2, 1), num_init_features=16, num_classes=10)
    ours = built("densenet121", growth=8, depths=[2, 3, 2, 1], classes=10)
    assert_same_function(theirs, ours, torch.randn(3, 3, 64, 64))


@pytest.mark.parametrize(
    ("variant", "bc", "depth"), [("densenet-l40-k12", False, 16), ("densenet-bc-l100-k12", True, 16), ("wide-densenet-bc-l40-k36", True, 10)]
)
def test_the_same_for_small_images(variant: str, bc: bool, depth: int) -> None:
    torch.manual_seed(0)
    theirs = DenseNet((depth - 4) // (6 if bc else 3), 6, bc)
    assert_same_function(theirs, built(variant, depth=depth, growth=6), torch.randn(3, 3, 16, 16))


@pytest.mark.parametrize(
    ("variant", "channels"),
    [
        ("densenet-l40-k12", 448),
        ("densenet-l100-k12", 1168),
        ("densenet-l100-k24", 2320),
        ("densenet-bc-l100-k12", 342),
        ("densenet-bc-l250-k24", 1734),
        ("densenet-bc-l190-k40", 2190),
        ("densenet121", 1024),
        ("densenet161", 2208),
    ],
)
def test_channels_at_the_end(variant: str, channels: int) -> None:
    assert graph_of(variant).node("global_avg_pool").shape.dims == (channels,)


def test_every_layer_doubles_the_paths() -> None:
    assert count_paths(graph_of("densenet121")) == 2**58
    assert count_paths(graph_of("densenet-bc-l100-k12")) == 2**48


def test_dropout_follows_every_convolution_but_the_first() -> None:
    nodes = archdsl.load("densenet-bc-l100-k12", dropout=0.2).graph.nodes
    convolutions = [node for node in nodes if node.op.name == "conv"]
    drops = [node for node in nodes if node.op.name == "dropout"]
    assert [node.inputs[0] for node in drops] == convolutions[1:]
