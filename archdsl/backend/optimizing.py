"""Networks for inference: steps, in order, each of which keeps what a trained network computes in evaluation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from archdsl.backend.bundling import bundle_paths
from archdsl.backend.compiling import compile_graph
from archdsl.backend.folding import fold_norms
from archdsl.backend.quieting import drop_noise
from archdsl.backend.trained import State, Trained
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph

STEPS: tuple[Callable[[Trained], Trained], ...] = (drop_noise, fold_norms, bundle_paths)
"""The steps in order: norms go before paths are bundled, which then end in convolutions."""


def optimize(architecture: Architecture, module: nn.Module, *, channels_last: bool = False) -> nn.Module:
    """Return a module for inference that computes what a trained one does in evaluation, and does less.

    Dropout goes, batch norms are folded into the layers before them, and equal paths become grouped convolutions. The module has its own copies of
    the weights, on the same device and of the same type, and is not to be trained.

    Args:
        architecture: The network, of one graph.
        module: What :func:`archdsl.compile` gave for it, trained or not.
        channels_last: Keep the kernels of two-dimensional convolutions with their channels innermost. Maps then get that layout, too, which is
            faster for most networks, above all with many pools, and slower for some: `docs/benchmarks.md` says which.

    >>> import archdsl
    >>> arch = archdsl.load("resnet18", classes=10)
    >>> model = archdsl.compile(arch, seed=0)
    >>> len(list(model.modules())), len(list(archdsl.optimize(arch, model).modules()))
    (82, 62)
    """
    made = optimized(architecture.graph, module.state_dict())
    if channels_last:
        for value in made.parameters():
            if value.dim() == 4:
                value.data = value.data.contiguous(memory_format=torch.channels_last)
    return made


def optimized(graph: Graph, state: State) -> nn.Module:
    """Return the module for inference that :func:`optimize` makes, from a graph and the state dict of its module."""
    trained = Trained(graph, state)
    for step in STEPS:
        trained = step(trained)
    with torch.device("meta"):  # no weights are drawn: the generator of the caller stays as it is
        module = compile_graph(trained.graph).eval()
    module.load_state_dict({name: value.clone() for name, value in trained.state.items()}, assign=True)
    weights = next((value for value in state.values() if value.is_floating_point()), None)
    return module if weights is None else module.to(weights.dtype)
