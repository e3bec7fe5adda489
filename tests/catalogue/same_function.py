"""Whether two modules compute the same, with weights and running statistics that let a difference show, copied in the order layers run."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

import archdsl
from archdsl.backend.compiling import compile_architecture
from archdsl.ir.graph import Graph, Node
from tests.weights import copy_in_run_order


def scrambled(model: nn.Module) -> nn.Module:
    """Give weights that keep signals alive, and norms and biases, which start as zeros and ones, values of their own."""
    for name, value in model.state_dict().items():
        if value.dim() > 1:
            nn.init.kaiming_normal_(value)
        elif value.is_floating_point() and value.dim() == 1:
            value.uniform_(0.5, 1.5) if name.endswith(("weight", "var")) else value.uniform_(-0.3, 0.3)
    return model


def built(variant: str, **settings: Any) -> nn.Module:
    """Return a network of the catalogue as a module."""
    return compile_architecture(archdsl.load(variant, set=settings))


def count_paths(graph: Graph) -> int:
    """Return in how many ways a signal goes from the input to the output."""
    ways: dict[Node, int] = {}
    for node in graph.nodes:
        ways[node] = sum(ways[each] for each in node.inputs) or 1
    return ways[graph.outputs[0]]


def assert_same_outputs(theirs: nn.Module, ours: nn.Module, *inputs: torch.Tensor, train: bool = False) -> None:
    """Compare the outputs for a batch to 1e-4 of their size."""
    theirs.train(train)
    ours.train(train)
    with torch.no_grad():
        expected, actual = theirs(*inputs), ours(*inputs)
    size = float(expected.abs().max())
    assert float((expected[0] - expected[1]).abs().max()) > 1e-2 * size, "outputs that hardly depend on the input prove nothing"
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4 * size)


def assert_same_function(reference: nn.Module, ours: nn.Module, *inputs: torch.Tensor, train: bool = True) -> None:
    """Copy the reference's weights, then compare in evaluation, and in training where that draws nothing at random."""
    copy_in_run_order(scrambled(reference), ours, *inputs)
    assert_same_outputs(reference, ours, *inputs)
    if train:
        assert_same_outputs(reference, ours, *inputs, train=True)
