"""The catalogue against torch: what is counted on the graph is what torch's FlopCounterMode counts when the compiled network runs on the meta device.

Of every document one network for each set of ops is run; with ``CATALOGUE=all`` every network of the catalogue, which takes two minutes.
"""

from __future__ import annotations

import os

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from archdsl.analysis.cost import analyze
from archdsl.backend.compiling import compile_graph
from archdsl.expansion.expand import expand
from archdsl.ir.graph import Graph
from archdsl.source import read_source
from archdsl.spec.catalogue import entries, shipped_folder
from archdsl.spec.reader import read_document

ALL = os.environ.get("CATALOGUE") == "all"


def networks(stem: str) -> dict[object, Graph]:
    """Return the networks of a document that are run: without ``CATALOGUE=all`` the smallest for each set of ops."""
    found: dict[object, Graph] = {}
    chosen = [entry for entry in entries().values() if entry.path.stem == stem]
    document = read_document(read_source(chosen[0].path), shipped=shipped_folder())
    for entry in chosen:
        for part, graph in expand(document, entry.variant).graphs.items():
            key = (entry.name, part) if ALL else frozenset(node.op.name for node in graph.nodes)
            if key not in found or len(graph.nodes) < len(found[key].nodes):
                found[key] = graph
    return found


def counted_by_torch(graph: Graph) -> tuple[int, int, list[tuple[int, ...]]]:
    """Return the parameters, floating-point operations and shapes of the outputs that torch finds for one sample."""
    with torch.device("meta"):
        model = compile_graph(graph).eval()
    inputs = [torch.zeros(1, *node.shape.dims, device="meta", dtype=torch.long if node.shape.kind == "index" else None) for node in graph.inputs]
    with FlopCounterMode(display=False) as counter:
        found = model(*inputs)
    outputs = found if isinstance(found, tuple) else (found,)
    return sum(each.numel() for each in model.parameters()), counter.get_total_flops(), [tuple(each.shape[1:]) for each in outputs]


@pytest.mark.parametrize("stem", sorted({entry.path.stem for entry in entries().values()}))
def test_counts_are_those_of_torch(stem: str) -> None:
    graphs = networks(stem)
    assert graphs
    for name, graph in graphs.items():
        cost = analyze(graph)
        assert counted_by_torch(graph) == (cost.params, cost.flops, [node.shape.dims for node in graph.outputs]), name
