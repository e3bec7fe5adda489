"""Does a network fit the data? Said before anything is trained, with what would mend it.

A classifier's last output is its answer. Outputs before it, if there are any, are those of auxiliary classifiers, which help in training.
"""

from __future__ import annotations

from math import prod
from typing import Any

from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node
from archdsl.training.datasets import Dataset


def check_fit(architecture: Architecture, dataset: Dataset) -> Graph:
    """Return the graph of a classifier of the data's images; raise :class:`UsageError` with everything that does not fit."""
    graph = architecture.graph
    wrong = _input_problems(architecture.name, graph, dataset) + _output_problems(architecture, graph, dataset)
    if wrong:
        raise UsageError(wrong)
    return graph


def is_flat(graph: Graph) -> bool:
    """Return whether a network takes images as vectors, row by row."""
    return graph.inputs[0].shape.kind == "vector"


def answer(outputs: Any) -> Any:
    """Return the scores that count, of what a network gives: its last output."""
    return outputs[-1] if isinstance(outputs, tuple) else outputs


def _input_problems(name: str, graph: Graph, dataset: Dataset) -> list[Diagnostic]:
    if len(graph.inputs) != 1:
        return [Diagnostic("E804", f"`{name}` takes {len(graph.inputs)} inputs, and the data have one image each")]
    taken = graph.inputs[0].shape
    if taken.dims == dataset.shape or (is_flat(graph) and taken.dims == (prod(dataset.shape),)):
        return []
    if is_flat(graph):
        message = f"`{name}` takes {taken}, and the images of `{dataset.name}` have {prod(dataset.shape):,} values"
        return [Diagnostic("E804", message, graph.inputs[0].span, f"`--set input=[{prod(dataset.shape)}]`")]
    wanted = "[" + ",".join(map(str, dataset.shape)) + "]"
    message = f"`{name}` takes {taken}, and the images of `{dataset.name}` are ({', '.join(map(str, dataset.shape))})"
    return [Diagnostic("E804", message, graph.inputs[0].span, f"`--set input={wanted}`")]


def _output_problems(architecture: Architecture, graph: Graph, dataset: Dataset) -> list[Diagnostic]:
    found = [_output_problem(architecture, output, dataset) for output in dict.fromkeys(graph.outputs)]
    return [problem for problem in found if problem is not None]


def _output_problem(architecture: Architecture, last: Node, dataset: Dataset) -> Diagnostic | None:
    name = architecture.name
    if last.shape.kind != "vector":
        help = f"end it with `global_avg_pool` and `linear: {dataset.classes}`"
        return Diagnostic("E805", f"`{name}` gives {last.shape}, and a classifier gives a vector of scores", last.span, help)
    if last.shape.dims != (dataset.classes,):
        help = f"`--set classes={dataset.classes}`" if "classes" in architecture.vars else f"end it with `linear: {dataset.classes}`"
        message = f"`{name}` gives {last.shape.dims[0]} scores, and `{dataset.name}` has {dataset.classes} classes"
        return Diagnostic("E805", message, last.span, help)
    return None
