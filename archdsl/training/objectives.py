"""What the ``objective`` of a document asks for: which of its networks predicts which, and whether they can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

import torch

from archdsl.backend.compiling import compile_graph
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node
from archdsl.training.datasets import Dataset
from archdsl.training.fitness import with_settings
from archdsl.training.options import Options

SMALLEST = 4
"""The least patches along a side of an image of which blocks can be hidden."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Who does what in a prediction of features.

    Attributes:
        encoder: The name of the network that sees images: ``(image, visible) -> tokens``.
        predictor: The name of the one that tells the hidden tokens: ``(context, visible, hidden) -> tokens``.
        momentum: With which factor the average of the encoder, whose tokens are predicted, follows it in the first step; at last it stays.
        loss: ``smooth_l1``, ``mse`` or ``cosine``.
        side: Patches along a side of an image.
    """

    encoder: str
    predictor: str
    momentum: float
    loss: str
    side: int


def has_objective(architecture: Architecture) -> bool:
    """Return whether networks are trained for one another, not a network for labels."""
    return architecture.document.objective is not None


def check_options(options: Options) -> None:
    """Raise :class:`UsageError` for options that do nothing where networks are trained for an objective."""
    if options.strategy == "fsdp" or options.recompute or options.checkpoint_every is not None:
        raise UsageError(Diagnostic("E810", "networks with an objective are trained without `fsdp`, `recompute` and `checkpoint_every`"))


def check_objective(architecture: Architecture, dataset: Dataset | None = None) -> Roles:
    """Return the roles of a document's networks; raise :class:`UsageError` with what keeps them from being trained on the data."""
    objective = architecture.document.objective
    assert objective is not None, "a document without objective"
    predictor, target, graphs = objective.predict.network, objective.predict.target, architecture.graphs
    if target.average is None:
        raise _refused(architecture, "`target` has no `average`: the network whose tokens are predicted would give the same for all images")
    encoder = graphs[target.network]
    kinds = [node.shape.kind for node in encoder.inputs], [node.shape.kind for node in graphs[predictor].inputs]
    if kinds != (["map", "index"], ["tokens", "index", "index"]):
        wanted = f"`{target.network}` has to take an image and numbers of patches, `{predictor}` tokens and numbers of patches, twice"
        raise _refused(architecture, wanted)
    wrong = _token_problem(target.network, encoder, predictor, graphs[predictor])
    if wrong is not None:
        raise _refused(architecture, wrong)
    if dataset is not None and encoder.inputs[0].shape.dims != dataset.shape:
        shape = ", ".join(map(str, dataset.shape))
        message = f"`{architecture.name}` takes {encoder.inputs[0].shape}, and the images of `{dataset.name}` are ({shape})"
        raise UsageError(Diagnostic("E804", message, encoder.inputs[0].span, _advice(architecture, target.network, dataset)))
    side = _side(architecture, encoder)
    _check_tables(architecture, predictor, graphs[predictor], side)
    _check_lengths(architecture, target.network, predictor)
    return Roles(target.network, predictor, target.average, objective.predict.loss, side)


def _token_problem(encoder: str, encodes: Graph, predictor: str, predicts: Graph) -> str | None:
    """Return what keeps a predictor from telling an encoder's tokens: it takes those of the context, and gives them and those that are hidden."""
    context, visible, hidden = (node.shape.dims for node in predicts.inputs)
    given = encodes.outputs[-1].shape
    if given.kind != "tokens" or given.dims != context:
        return f"`{encoder}` gives {given}, and `{predictor}` takes the tokens {predicts.inputs[0].shape}"
    told, wanted = without_slice(predicts).outputs[0].shape, (visible[0] + hidden[0], given.dims[1])
    if told.kind != "tokens" or told.dims != wanted:
        parts = f"the {visible[0]} tokens of the context, then the {hidden[0]} hidden ones, before a `slice`"
        return f"`{predictor}` gives {told}, not {wanted}: {parts}"
    return None


def _check_tables(architecture: Architecture, predictor: str, graph: Graph, side: int) -> None:
    """Raise :class:`UsageError` when a predictor takes places from a table of another number of patches than an image has."""
    for node in graph.nodes:
        if node.op.name == "gather" and node.inputs[1] in graph.inputs and node.inputs[0].shape.dims[0] != side * side:
            message = f"`{predictor}` takes places of patches from {node.inputs[0].shape.dims[0]} rows, and an image has {side * side} patches"
            raise _refused(architecture, message)


def _check_lengths(architecture: Architecture, encoder: str, predictor: str) -> None:
    """Raise :class:`UsageError` when a network computes only with as many patches as the document says; it computes without memory, on shapes alone.

    In training every batch has its own number, so that one more has to do, too.
    """
    for name, graph in ((encoder, architecture.graphs[encoder]), (predictor, without_slice(architecture.graphs[predictor]))):
        (dims, *counted) = (node.shape.dims for node in graph.inputs)
        lengths = [each + 1 for (each,) in counted]
        values = dims if name == encoder else (lengths[0], *dims[1:])
        with torch.device("meta"), torch.inference_mode():
            try:
                told = compile_graph(graph).eval()(torch.empty(1, *values), *(torch.empty(1, each, dtype=torch.int64) for each in lengths))
                fits = told.shape[1] == sum(lengths)
            except Exception:  # torch says in many ways that shapes do not fit
                fits = False
        if not fits:
            numbers = " and ".join(str(each) for (each,) in counted)
            message = f"`{name}` computes with {numbers} patches alone, and each batch has other numbers of them"
            raise _refused(architecture, message)


def _advice(architecture: Architecture, encoder: str, dataset: Dataset) -> str | None:
    """Return what makes an encoder and images fit: its own size of images, or that of the data, by the vars of the shipped documents."""
    (channels, height, width), side = dataset.shape, architecture.graphs[encoder].inputs[0].shape.dims[1]
    for size, resized in ((height, "" if height == width else f" --size {height}"), (side, f" --size {side}")):
        sets = {name: value for name, value in (("channels", channels), ("image", size)) if architecture.vars.get(name, value) != value}
        mended = with_settings(architecture, sets)
        if mended is not None and mended.graphs[encoder].inputs[0].shape.dims == (channels, size, size):
            return "`" + " ".join([f"--set {name}={value}" for name, value in sets.items()] + resized.split()) + "`"
    return None


def _side(architecture: Architecture, encoder: Graph) -> int:
    """Return how many patches an image has along its side: those that the encoder's first choice is made from."""
    chosen = [node for node in encoder.nodes if node.op.name == "gather" and node.inputs[1] is encoder.inputs[1]]
    patches = chosen[0].inputs[0].shape.dims[0] if chosen else 0
    if not chosen or isqrt(patches) ** 2 != patches or patches < SMALLEST**2:
        raise _refused(architecture, f"the encoder has to `gather` patches of a square of at least {SMALLEST}x{SMALLEST}")
    return isqrt(patches)


def _refused(architecture: Architecture, why: str) -> UsageError:
    return UsageError(Diagnostic("E813", f"`{architecture.name}` cannot be trained for its objective: {why}"))


def without_slice(graph: Graph) -> Graph:
    """Return a predictor that gives all its tokens, of which the last ones are those asked for.

    The document's slice has the numbers of patches that the document counts with; in training every batch has its own.
    """
    last: Node = graph.outputs[0]
    return replace(graph, outputs=last.inputs) if last.op.name == "slice" else graph
