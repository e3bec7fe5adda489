"""Checkpoints: one file of plain data and tensors, written whole or not at all, read without running code from it."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archdsl.backend.compiling import compile_graph
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.ir.text import parse_graph, print_graph
from archdsl.writing import write_whole

FORMAT = 1

PARTS: dict[str, type] = {
    "network": dict,
    "recipe": dict,
    "epochs": int,
    "data": dict,
    "seed": int,
    "epoch": int,
    "history": list,
    "weights": dict,
    "optimizer": dict,
}
WITHIN: dict[str, dict[str, Any]] = {
    "network": {"name": str, "graph": str},
    "data": {"shape": list, "classes": int, "mean": list, "std": list, "size": (int, type(None))},
}
"""What every checkpoint holds, and what is in two of its parts."""


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
    """Return the graph of a checkpoint's network.

    Raises:
        UsageError: If it has ops that archdsl does not know.
    """
    graphs = checkpoint["network"].get("graphs", ())
    if len(graphs) > 1:
        names = ", ".join(f"`{name}`" for name in graphs)
        raise UsageError(Diagnostic("E807", f"`{checkpoint['network']['name']}` has several networks, {names}, and gives no scores of classes"))
    try:
        return parse_graph(checkpoint["network"]["graph"])
    except ValueError as error:
        name = checkpoint["network"]["name"]
        raise UsageError(Diagnostic("E807", f"the graph of `{name}` cannot be rebuilt: {error}", None, "was it made with ops of your own?")) from None


def rebuild_network(checkpoint: dict[str, Any], graph: Graph | None = None) -> nn.Module:
    """Return the trained module of a checkpoint, in eval mode: the moving average of the weights where there is one.

    The graph is read from the checkpoint, unless it is at hand.
    """
    graph = graph or read_graph(checkpoint)
    with torch.random.fork_rng(devices=[]):
        module = compile_graph(graph)
    load_kept(module, checkpoint)
    return module.eval()


def load_kept(module: nn.Module, checkpoint: dict[str, Any]) -> None:
    """Give a module the trained weights: their moving average where there is one.

    Raises:
        UsageError: If the checkpoint has others than the module.
    """
    try:
        module.load_state_dict(checkpoint["average"] or checkpoint["weights"])
    except (RuntimeError, TypeError):  # torch lists every weight that is missing, unknown or of another shape
        name = checkpoint["network"]["name"]
        raise UsageError(Diagnostic("E807", f"the checkpoint of `{name}` is damaged: its weights are not those of its graph")) from None


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
    lacking = _lacking(content)
    if lacking:
        raise UsageError(Diagnostic("E807", f"`{path}` is damaged: it has no " + ", ".join(f"`{name}`" for name in lacking)))
    return content


def _lacking(content: dict[str, Any]) -> list[str]:
    """Return what a checkpoint should hold and does not, or in another kind."""
    lacking = [name for name, kind in PARTS.items() if not isinstance(content.get(name), kind)] + ["average"] * ("average" not in content)
    return lacking or [
        f"{part}: {name}" for part, kinds in WITHIN.items() for name, kind in kinds.items() if not isinstance(content[part].get(name, ...), kind)
    ]
