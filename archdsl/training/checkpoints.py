"""Checkpoints: one file of plain data and tensors, written whole or not at all, read without running code from it."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.backend.compiling import compile_graph
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.ir.text import parse_graph, print_graph
from archdsl.training.verifying import damage
from archdsl.writing import write_whole

FORMAT = 1


def describe_network(architecture: Architecture) -> dict[str, Any]:
    """Return what a checkpoint keeps of a network, or of several: its graph as text, which rebuilds it, and where that came from."""
    graphs = {name: print_graph(graph) for name, graph in architecture.graphs.items()}
    return {
        "name": architecture.name,
        "graph": "".join(graphs.values()),
        "graphs": graphs,
        "document": architecture.document.source.text if architecture.document.source else "",
        "variant": architecture.variant,
        "settings": repr(dict(architecture.settings)),
        "seed": architecture.seed,
    }


def read_graph(checkpoint: dict[str, Any]) -> Graph:
    """Return the graph of a checkpoint's network, which computes scores of the data's classes with the checkpoint's weights.

    Raises:
        UsageError: If it has ops that archdsl does not know, is not a classifier of the data's images, or has other weights.
    """
    name, graphs = checkpoint["network"]["name"], checkpoint["network"].get("graphs", ())
    if len(graphs) > 1:
        names = ", ".join(f"`{each}`" for each in graphs)
        raise UsageError(Diagnostic("E807", f"`{name}` has several networks, {names}, and gives no scores of classes"))
    graph = parse_kept(name, checkpoint["network"]["graph"])
    check_weights(name, graph, checkpoint["average"] or checkpoint["weights"])
    _check_scores(checkpoint, graph)
    return graph


def parse_kept(name: str, text: str) -> Graph:
    """Return a graph from its text in the checkpoint of a network.

    Raises:
        UsageError: If it has ops that archdsl does not know, or is no graph.
    """
    try:
        return parse_graph(text)
    except (ValueError, TypeError, RecursionError) as error:
        message = f"the graph of `{name}` cannot be rebuilt: {str(error).splitlines()[0]}"
        raise UsageError(Diagnostic("E807", message, None, "was it made with ops of your own?")) from None


def check_weights(name: str, graph: Graph, weights: dict[str, Tensor]) -> None:
    """Raise :class:`UsageError` when weights are not those that a graph has, by their names, shapes and types; no memory is taken for them."""
    try:
        with torch.device("meta"):
            own = compile_graph(graph).state_dict()
    except Exception as error:  # torch refuses the fields of a layer in its own ways
        raise UsageError(Diagnostic("E807", f"the graph of `{name}` cannot be rebuilt: {str(error).splitlines()[0]}")) from None
    for each in dict.fromkeys((*own, *weights)):
        told = [f"{kept.dtype} {tuple(kept.shape)}" if (kept := state.get(each)) is not None else "none" for state in (weights, own)]
        if told[0] != told[1]:
            message = f"the checkpoint of `{name}` is damaged: its weights are not those of its graph"
            raise UsageError(Diagnostic("E807", message, None, None, (f"`{each}` is {told[0]}, and the graph has {told[1]}",)))


def _check_scores(checkpoint: dict[str, Any], graph: Graph) -> None:
    """Raise :class:`UsageError` when a graph does not give scores of the classes; it computes without memory, on shapes alone."""
    name, data = checkpoint["network"]["name"], checkpoint["data"]
    flat = bool(graph.inputs) and graph.inputs[0].shape.kind == "vector"
    try:
        with torch.device("meta"), torch.inference_mode():
            images = torch.empty(2, *data["shape"])
            scores = compile_graph(graph).eval()(images.flatten(1) if flat else images)
    except Exception as error:  # torch says in many ways that shapes do not fit
        reason = str(error).splitlines()[0]
        raise UsageError(Diagnostic("E807", f"the checkpoint of `{name}` is damaged: its graph does not compute: {reason}")) from None
    given = tuple((scores[-1] if isinstance(scores, tuple) else scores).shape)
    if given != (2, data["classes"]):
        message = f"its graph gives {given[1:]} for an image, and the data have {data['classes']} classes"
        raise UsageError(Diagnostic("E807", f"the checkpoint of `{name}` is damaged: {message}"))


def rebuild_network(checkpoint: dict[str, Any], graph: Graph | None = None) -> nn.Module:
    """Return the trained module of a checkpoint, in eval mode: the moving average of the weights where there is one.

    The graph is read from the checkpoint, unless it is at hand.
    """
    graph = graph or read_graph(checkpoint)
    with torch.random.fork_rng(devices=[]):
        module = compile_graph(graph)
    module.load_state_dict(checkpoint["average"] or checkpoint["weights"])
    return module.eval()


def write_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint; what was there before stays until the new one is complete on the disk."""
    buffer = io.BytesIO()
    torch.save({"archdsl": FORMAT, **content}, buffer)
    write_whole(path, buffer.getbuffer(), code="E809", durable=True)


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint. Only tensors and plain data are accepted, so that reading one runs no code from it.

    Raises:
        UsageError: If there is no such file, or it is no checkpoint.
    """
    path = Path(path)
    if path.is_dir() and (path / "last.pt").is_file():
        path = path / "last.pt"
    if not path.is_file():
        raise UsageError(Diagnostic("E807", f"there is no checkpoint `{path}`", None, "`archdsl train` writes them, as `last.pt` and `best.pt`"))
    try:
        with warnings.catch_warnings(action="ignore"):  # of a pickle that torch has not written
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # torch raises RuntimeError, UnpicklingError, EOFError, KeyError, ... for what is no checkpoint
        raise UsageError(Diagnostic("E807", f"`{path}` is no checkpoint, or is damaged")) from None
    if not isinstance(content, dict) or "archdsl" not in content:
        raise UsageError(Diagnostic("E807", f"`{path}` is no checkpoint of archdsl"))
    if content["archdsl"] != FORMAT:
        raise UsageError(Diagnostic("E807", f"`{path}` has format {content['archdsl']}, and this version reads format {FORMAT}"))
    wrong = damage(content)
    if wrong is not None:
        raise UsageError(Diagnostic("E807", f"`{path}` is damaged: {wrong}"))
    return content
