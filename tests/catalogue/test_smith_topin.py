"""Fractal of FractalNet, stagewise boosting and Taylor series networks against their wiring written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archdsl
from tests.catalogue.same_function import assert_same_outputs, built, count_paths, scrambled
from tests.reference.smith_topin import SmithTopin

WIDTHS = [4, 6, 6, 8, 10, 10, 10]
PLAIN = {"widths": WIDTHS, "dropouts": [0] * 7}


def network(variant: str) -> tuple[nn.Module, nn.Module]:
    """Return the reference and the network of the catalogue, with equal weights."""
    torch.manual_seed(0)
    theirs, ours = scrambled(SmithTopin(variant, WIDTHS)), built(variant, **PLAIN)
    own = [layer for layer in ours.modules() if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]
    for layer, other in zip(own, theirs.layers(), strict=True):
        layer.load_state_dict(other.state_dict())
    return theirs, ours


@pytest.mark.parametrize("variant", ["fof", "fof-tsn", "sbn", "tsn"])
def test_the_same_as_the_wiring_written_out(variant: str) -> None:
    theirs, ours = network(variant)
    assert_same_outputs(theirs, ours, torch.randn(2, 3, 32, 32))


@pytest.mark.parametrize("variant", ["sbn", "tsn"])
def test_one_stage_is_trained_at_a_time(variant: str) -> None:
    _, ours = network(variant)
    ours.train()
    trained = set()
    for seed in range(12):
        torch.manual_seed(seed)
        ours.zero_grad()
        ours(torch.randn(2, 3, 32, 32)).square().sum().backward()
        with_gradient = {name.split(".")[0] for name, weight in ours.named_parameters() if weight.grad is not None and weight.grad.any()}
        assert with_gradient in ({"m7", "linear"}, {"m1", "m2", "m3", "m4", "m5", "m6", "linear"})
        trained.add("m7" in with_gradient)
    assert trained == {True, False}


def test_paths() -> None:
    graph = archdsl.load("fof").graph
    assert count_paths(graph) == (5 * 5 + 5) * (5 * 5 + 5) + 5 == 905
    lengths = {node: {0} for node in graph.inputs}
    for node in graph.nodes:
        if node.inputs:
            own = node.op.family in ("conv", "linear")
            lengths[node] = {length + own for value in node.inputs for length in lengths[value]}
    assert (min(lengths[graph.outputs[0]]), max(lengths[graph.outputs[0]])) == (2, 17)


def test_joins_of_modules_do_not_swallow_those_inside() -> None:
    found = [(node.op.name, len(node.inputs)) for node in archdsl.load("fof").graph.nodes if node.op.family == "merge" and "." not in node.name]
    assert found == [("join", 2), ("join", 3)]
    found = [(node.op.name, len(node.inputs)) for node in archdsl.load("tsn").graph.nodes if node.op.family == "merge" and "." not in node.name]
    assert found == [("join", 2), ("mean", 2), ("freeze_drop_path", 2)]
