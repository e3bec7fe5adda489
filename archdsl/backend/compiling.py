"""Architectures to torch modules, by running the source that is written for them."""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import torch
from torch import nn

from archdsl.backend.source import write_source
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.ir.text import parse_graph, print_graph
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS


def compile_architecture(
    architecture: Architecture, *, network: str | None = None, device: Any = None, dtype: torch.dtype | None = None, seed: int | None = None
) -> nn.Module:
    """Compile an architecture to a module.

    The module computes batches: ``(N, 3, 224, 224) -> (N, 1000)``. Its state dict has the hierarchical names of the graph. It pickles and copies,
    takes other input sizes where its ops allow it, and is what ``export_python`` writes.

    Args:
        architecture: What :func:`archdsl.load` gave.
        network: Which network, in a document of several; without it such a document gives an ``nn.ModuleDict`` of all.
        device: Where the parameters are made, for instance ``"cuda"`` or ``"meta"``.
        dtype: Their type; torch's default without it.
        seed: Seeds torch's generator first, for equal weights in every run.

    Raises:
        UsageError: If the document has no such network.
    """
    if seed is not None:
        torch.manual_seed(seed)
    graphs = architecture.graphs
    if network is not None and network not in graphs:
        raise UsageError(Diagnostic("E701", f"`{architecture.name}` has no network `{network}`"))
    with torch.device(torch.get_default_device() if device is None else device):
        if network is None and len(graphs) > 1:
            made: nn.Module = nn.ModuleDict({name: compile_graph(graph) for name, graph in graphs.items()})
        else:
            made = compile_graph(graphs[network] if network is not None else architecture.graph)
    return made.to(dtype) if dtype is not None else made


def compile_graph(graph: Graph) -> nn.Module:
    """Return a new module that computes a graph."""
    return _module_class(graph)()  # type: ignore[no-any-return]


def _module_class(graph: Graph) -> Any:
    own = tuple(sorted({type(node.op) for node in graph.nodes if type(node.op) is not OPS.get(node.op.name) and node.op.name != "input"}, key=repr))
    return _class_of(print_graph(graph), own)


@lru_cache(maxsize=256)
def _class_of(text: str, own: tuple[type[Op], ...]) -> Any:
    """Return the class for a graph given as text; ``own`` are the ops in it that the user brought."""
    vocabulary: Mapping[str, type[Op]] = {**OPS, **{op.name: op for op in own}}
    source = write_source(parse_graph(text, vocabulary))
    made = run_source(source)
    made.__reduce__ = lambda self: (_revive, (text, own), self.__dict__)
    made.archdsl_source = source
    return made


def run_source(source: str) -> Any:
    """Run generated source and return the module class that it ends with. Every name in it was made from validated identifiers."""
    file = f"<archdsl {sha256(source.encode()).hexdigest()[:16]}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "archdsl.compiled"}
    exec(compile(source, file, "exec"), namespace)
    made = [each for each in namespace.values() if isinstance(each, type) and issubclass(each, nn.Module)][-1]
    weakref.finalize(made, linecache.cache.pop, file, None)  # a long search compiles thousands of networks
    return made


def _revive(text: str, own: tuple[type[Op], ...]) -> nn.Module:
    """Return an empty module of a graph's class; pickle fills it."""
    cls = _class_of(text, own)
    return cls.__new__(cls)  # type: ignore[no-any-return]
