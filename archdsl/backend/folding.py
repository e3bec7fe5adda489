"""Batch norms folded into the layers before them, for inference.

In evaluation a batch norm multiplies and shifts every channel by constants, which the convolution or linear layer before it can do itself: with
``s = weight / sqrt(running_var + eps)`` the layer's kernel becomes ``s * kernel`` and its bias ``s * (bias - running_mean) + norm's bias``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from archdsl.backend.compiling import compile_graph
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node, rebuild
from archdsl.ops.conv import Conv, DepthwiseConv
from archdsl.ops.linear import Linear
from archdsl.ops.norm import BatchNorm

FOLDS = (Conv, DepthwiseConv, Linear)
"""The ops that can take a norm in: those whose weights have the output's channels as their first axis."""

State = Mapping[str, Tensor]


def optimize(architecture: Architecture, module: nn.Module) -> nn.Module:
    """Return a module for inference that computes what a trained one does in evaluation, and does less.

    Batch norms are folded into the layers before them. It has its own copies of the weights, and is not to be trained.

    Args:
        architecture: The network, of one graph.
        module: What :func:`archdsl.compile` gave for it, trained or not.

    >>> import archdsl
    >>> arch = archdsl.load("resnet18", classes=10)
    >>> model = archdsl.compile(arch, seed=0)
    >>> len(list(model.modules())), len(list(archdsl.optimize(arch, model).modules()))
    (82, 62)
    """
    return folded(architecture.graph, module.state_dict())


def folded(graph: Graph, state: State) -> nn.Module:
    """Return a module in evaluation that computes what a trained one does, without the batch norms that can be folded.

    Args:
        graph: The network.
        state: The state dict of its module.

    >>> import archdsl
    >>> arch = archdsl.load("{archdsl: 1, input: [3, 8, 8], net: [{conv: 4}, batch_norm, relu]}")
    >>> [name for name, _ in folded(arch.graph, archdsl.compile(arch).state_dict()).named_parameters()]
    ['conv.weight', 'conv.bias']
    """
    norms = foldable(graph)
    module = compile_graph(_without(graph, norms)).eval()
    module.load_state_dict(_folded_state(state, norms))
    return module


def foldable(graph: Graph) -> dict[Node, Node]:
    """Return the batch norms that can be folded, each with the layer before it: alone on its value, and neither shared with other nodes."""
    consumers = graph.consumers()
    users = Counter(node.module for node in graph.nodes)
    outputs = set(graph.outputs)
    found: dict[Node, Node] = {}
    for norm in graph.nodes:
        if not isinstance(norm.op, BatchNorm):
            continue
        (layer,) = norm.inputs
        alone = len(consumers[layer]) == 1 and layer not in outputs and users[layer.module] == users[norm.module] == 1
        if isinstance(layer.op, FOLDS) and alone and layer.shape.kind != "tokens":
            found[norm] = layer
    return found


def _without(graph: Graph, norms: Mapping[Node, Node]) -> Graph:
    """Return the graph with a bias in every layer that takes a norm in."""
    biased = {layer: replace(layer, op=layer.op.model_copy(update={"bias": True, "init": None})) for layer in norms.values()}
    kept = [biased.get(node, node) for node in graph.nodes if node not in norms]
    return rebuild(graph, kept, {**biased, **{norm: biased[layer] for norm, layer in norms.items()}})


def _folded_state(state: State, norms: Mapping[Node, Node]) -> dict[str, Tensor]:
    found = dict(state)
    for norm, layer in norms.items():
        assert isinstance(norm.op, BatchNorm)
        own = {name: found.pop(f"{norm.module}.{name}", None) for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")}
        kernel, mean, variance = found[f"{layer.module}.weight"], own["running_mean"], own["running_var"]
        assert mean is not None and variance is not None
        scale = torch.rsqrt(variance + norm.op.eps) * (1 if own["weight"] is None else own["weight"])
        bias = found.get(f"{layer.module}.bias", torch.zeros_like(mean))
        found[f"{layer.module}.weight"] = kernel * scale.reshape(-1, *[1] * (kernel.dim() - 1))
        found[f"{layer.module}.bias"] = scale * (bias - mean) + (0 if own["bias"] is None else own["bias"])
    return found
