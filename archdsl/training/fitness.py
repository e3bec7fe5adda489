"""Does a network fit the data? Said before anything is trained, with what would mend it.

A classifier's last output is its answer. Outputs before it, if there are any, are those of auxiliary classifiers, which help in training.
"""

from __future__ import annotations

from math import prod
from typing import Any

from archdsl.errors import ArchError, Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture, realize
from archdsl.ir.graph import Graph, Node
from archdsl.training.datasets import Dataset


def check_fit(architecture: Architecture, dataset: Dataset) -> Graph:
    """Return the graph of a classifier of the data's images; raise :class:`UsageError` with everything that does not fit."""
    graph = architecture.graph
    wrong = _input_problems(architecture, graph, dataset) + _output_problems(architecture, graph, dataset)
    if wrong:
        raise UsageError(wrong)
    return graph


def is_flat(graph: Graph) -> bool:
    """Return whether a network takes images as vectors, row by row."""
    return graph.inputs[0].shape.kind == "vector"


def answer(outputs: Any) -> Any:
    """Return the scores that count, of what a network gives: its last output."""
    return outputs[-1] if isinstance(outputs, tuple) else outputs


def _input_problems(architecture: Architecture, graph: Graph, dataset: Dataset) -> list[Diagnostic]:
    name = architecture.name
    if len(graph.inputs) != 1:
        return [Diagnostic("E804", f"`{name}` takes {len(graph.inputs)} inputs, and the data have one image each")]
    taken = graph.inputs[0].shape
    if taken.dims == dataset.shape or (is_flat(graph) and taken.dims == (prod(dataset.shape),)):
        return []
    if is_flat(graph):
        message = f"`{name}` takes {taken}, and the images of `{dataset.name}` have {prod(dataset.shape):,} values"
    else:
        message = f"`{name}` takes {taken}, and the images of `{dataset.name}` are ({', '.join(map(str, dataset.shape))})"
    return [Diagnostic("E804", message, graph.inputs[0].span, _input_advice(architecture, taken.dims, dataset))]


def _input_advice(architecture: Architecture, taken: tuple[int, ...], dataset: Dataset) -> str | None:
    """Return what makes a network and images fit: another input where the network works on it, else images of the network's size."""
    wanted = list(dataset.shape) if len(taken) == 3 else [prod(dataset.shape)]
    if with_settings(architecture, {"input": wanted}) is not None:
        return f"`--set {_input(wanted)}`"
    if len(taken) != 3 or taken[1] != taken[2]:
        return None
    channels, side = dataset.shape[0], taken[1]
    if channels == taken[0]:
        return f"`--size {side}`"
    resized = [channels, side, side]
    return f"`--set {_input(resized)} --size {side}`" if with_settings(architecture, {"input": resized}) is not None else None


def _input(dims: list[int]) -> str:
    return f"input=[{','.join(map(str, dims))}]"


def with_settings(architecture: Architecture, settings: dict[str, Any]) -> Architecture | None:
    """Return an architecture with further settings, None where they do not go with it."""
    try:
        return realize(architecture.document, architecture.variant, {**architecture.settings, **settings}, seed=architecture.seed)
    except ArchError:
        return None


def _output_problems(architecture: Architecture, graph: Graph, dataset: Dataset) -> list[Diagnostic]:
    places = {output: place for place, output in enumerate(graph.outputs)}
    found = [_output_problem(architecture, output, place, dataset) for output, place in places.items()]
    return [problem for problem in found if problem is not None]


def _output_problem(architecture: Architecture, last: Node, place: int, dataset: Dataset) -> Diagnostic | None:
    name, classes = architecture.name, dataset.classes
    if last.shape.kind != "vector":
        help = f"end it with `global_avg_pool` and `linear: {classes}`"
        return Diagnostic("E805", f"`{name}` gives {last.shape}, and a classifier gives a vector of scores", last.span, help)
    if last.shape.dims != (classes,):
        var = _var_of(architecture, last, place, classes)
        help = f"`--set {var}={classes}`" if var else f"end it with `linear: {classes}`"
        message = f"`{name}` gives {last.shape.dims[0]} scores, and `{dataset.name}` has {classes} classes"
        return Diagnostic("E805", message, last.span, help)
    return None


def _var_of(architecture: Architecture, last: Node, place: int, classes: int) -> str | None:
    """Return the var that makes an output give so many scores: ``classes``, or another one that is as large as they are many."""
    for name in sorted(architecture.vars, key=lambda each: each != "classes"):
        if name != "classes" and architecture.vars[name] != last.shape.dims[0]:
            continue
        mended = with_settings(architecture, {name: classes})
        if mended is not None and mended.graph.outputs[place].shape.dims == (classes,):
            return name
    return None
