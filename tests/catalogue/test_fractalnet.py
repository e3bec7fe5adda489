"""FractalNet against columns that are joined row by row, and its columns alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import archdsl
from tests.catalogue.same_function import assert_same_outputs, built, count_paths, scrambled
from tests.reference.fractalnet import FractalNet

WIDTHS = [4, 6, 8]
PLAIN = {"input": [3, 8, 8], "widths": WIDTHS, "dropouts": [0] * 3, "drop_path": 0}


def layers_of(model: nn.Module) -> list[nn.Module]:
    """Return the layers in the order of the graph."""
    return [layer for layer in model.modules() if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]


def copy(theirs: list[nn.Module], ours: nn.Module) -> None:
    own = layers_of(ours)
    assert len(own) == len(theirs)
    for layer, other in zip(own, theirs):
        layer.load_state_dict(other.state_dict())


@pytest.mark.parametrize("caffe", [False, True], ids=["affine", "caffe"])
@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_the_same_as_columns_joined_row_by_row(columns: int, caffe: bool) -> None:
    torch.manual_seed(0)
    theirs = scrambled(FractalNet(WIDTHS, columns, caffe=caffe))
    ours = built("fractalnet-20", columns=columns, caffe=caffe, **PLAIN)
    copy(theirs.layers(), ours)
    images = torch.randn(6, 3, 8, 8)
    assert_same_outputs(theirs, ours, images)
    assert_same_outputs(theirs.double(), ours.double(), images.double(), train=True)


class Alive(nn.Module):
    """A join that passes one column; its values come from the columns that reach furthest down, the shortest of them first."""

    def __init__(self, column: int, columns: int) -> None:
        super().__init__()
        self.column, self.columns = column, columns

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        return values[max(0, self.column - (self.columns - len(values)))]


@pytest.mark.parametrize("column", [0, 1, 2])
def test_with_one_column_alive_it_is_that_column(column: int) -> None:
    torch.manual_seed(0)
    theirs = scrambled(FractalNet(WIDTHS, 3)).eval()
    alone = built(f"fractalnet-20-column-{column + 1}", **PLAIN)
    copy(theirs.column(column), alone)
    ours = built("fractalnet-20", **{**PLAIN, "drop_path": 0.15})
    copy(theirs.layers(), ours)
    for name, layer in list(ours.named_modules()):
        if type(layer).__name__ == "Join":
            parent, _, own = name.rpartition(".")
            setattr(ours.get_submodule(parent), own, Alive(column, 3))
    images = torch.randn(2, 3, 8, 8)
    assert_same_outputs(alone, ours, images)
    with torch.no_grad():
        torch.testing.assert_close(alone(images), theirs(images, alive=column), rtol=1e-4, atol=1e-4)


def joins(variant: str, **settings: Any) -> list[int]:
    return [len(node.inputs) for node in archdsl.load(variant, **settings).graph.nodes if node.op.name == "join"]


def test_columns_that_end_together_have_one_join() -> None:
    assert joins("fractalnet-20") == [2, 3] * 5
    assert joins("fractalnet-40") == [2, 3, 2, 4] * 5
    assert joins("fractalnet-narrow-5") == []


def test_columns_are_pooled_before_they_are_joined() -> None:
    nodes = archdsl.load("fractalnet-20").graph.nodes
    ends = [node for node in nodes if node.op.name == "join" and len(node.inputs) == 3]
    assert [{value.op.name for value in node.inputs} for node in ends] == [{"max_pool"}] * 5


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_paths(columns: int) -> None:
    ways = 1
    for _ in range(columns - 1):
        ways = ways**2 + 1
    assert count_paths(archdsl.load("fractalnet-20", columns=columns).graph) == ways**5


def test_a_path_is_dropped_at_every_join() -> None:
    torch.manual_seed(0)
    ours = built("fractalnet-20", **{**PLAIN, "drop_path": 0.5}).train()
    for layer in ours.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    images = torch.randn(4, 3, 8, 8)
    with torch.no_grad():
        assert not torch.equal(ours(images), ours(images))
        ours.eval()
        assert torch.equal(ours(images), ours(images))
