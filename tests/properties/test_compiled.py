"""Drawn documents, compiled: they count as torch does, and the generated source computes what the graph says, node by node."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from archdsl.analysis.cost import analyze
from archdsl.backend.compiling import compile_architecture
from archdsl.backend.lowering.catalogue import lower
from archdsl.ir.graph import Graph, Input
from archdsl.passes.canonicalize import canonicalize
from tests.strategies import texts

FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@FEW
@given(texts())
def test_drawn_documents_count_as_torch_does(text: str) -> None:
    arch = archdsl.load(text)
    cost = analyze(arch)
    model = compile_architecture(arch, device="meta").eval()  # a norm refuses to train on a single value
    images = [torch.zeros(1, *node.shape.dims, device="meta") for node in arch.graph.inputs]
    with FlopCounterMode(display=False) as counter:
        outputs = model(*images)
    assert counter.get_total_flops() == 2 * cost.macs
    assert sum(parameter.numel() for parameter in model.parameters()) == cost.params
    assert outputs.shape == (1, *arch.graph.outputs[0].shape.dims)


@FEW
@given(texts())
def test_generated_source_computes_the_graph(text: str) -> None:
    graph = archdsl.load(text).graph
    model = compile_architecture(archdsl.load(text), seed=0, dtype=torch.float64).eval()
    images = [torch.randn(2, *node.shape.dims, dtype=torch.float64, requires_grad=True) for node in graph.inputs]
    ours, theirs = model(*images), interpreted(graph, model, images)
    torch.testing.assert_close(ours, theirs, equal_nan=True)
    if ours.requires_grad:
        torch.testing.assert_close(gradients(ours, images), gradients(theirs, images), equal_nan=True)


@FEW
@given(texts())
def test_canonical_graphs_compute_the_same(text: str) -> None:
    from archdsl.backend.compiling import compile_graph

    graph = archdsl.load(text).graph
    short = canonicalize(graph)
    short.verify()
    before = compile_graph(graph).double().eval()
    after = compile_graph(short).double().eval()
    after.load_state_dict(before.state_dict(), strict=False)
    images = [torch.rand(2, *node.shape.dims, dtype=torch.float64) for node in graph.inputs]
    torch.testing.assert_close(after(*images), before(*images), equal_nan=True)


def interpreted(graph: Graph, model: nn.Module, images: list[torch.Tensor]) -> torch.Tensor:
    """Compute a graph one node at a time, with every value kept and nothing written over."""
    values: dict[Any, torch.Tensor] = dict(zip(graph.inputs, images))
    for node in graph.nodes:
        if isinstance(node.op, Input):
            continue
        lowered = lower(node.op, node.shapes(), node.shape)
        operands = [f"v[{number}]" for number in range(len(node.inputs))]
        module = model.get_submodule(node.module) if lowered.module is not None else None
        text = lowered.call.format(*operands, m="m", all=", ".join(operands))
        given = [values[operand] for operand in node.inputs]
        names = {helper.__name__: helper for helper in lowered.uses}
        values[node] = eval(text, {"torch": torch, "nn": nn, "F": functional, "m": module, "v": spread(given), **names})
    return values[graph.outputs[0]]


def spread(values: list[torch.Tensor]) -> list[torch.Tensor]:
    """Give values without a batch of their own the batch of the others."""
    batch = max((len(value) for value in values), default=1)
    return [value.expand(batch, *value.shape[1:]) for value in values]


def gradients(output: torch.Tensor, images: list[torch.Tensor]) -> list[torch.Tensor | None]:
    """Return the gradients of the sum of squares."""
    return list(torch.autograd.grad(output.square().sum(), images, allow_unused=True))
