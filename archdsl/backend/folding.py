"""Batch norms folded into the layers before them, for inference.

In evaluation a batch norm multiplies and shifts every channel by constants, which the convolution or linear layer before it can do itself: with
``s = weight / sqrt(running_var + eps)`` the layer's kernel becomes ``s * kernel`` and its bias ``s * (bias - running_mean) + norm's bias``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from archdsl.backend.trained import Trained
from archdsl.ir.graph import Graph, Node, rebuild
from archdsl.ops.conv import Conv, DepthwiseConv
from archdsl.ops.linear import Linear
from archdsl.ops.norm import BatchNorm

FOLDS = (Conv, DepthwiseConv, Linear)
"""The ops that can take a norm in: those whose weights have the output's channels as their first axis."""


def fold_norms(trained: Trained) -> Trained:
    """Take out the batch norms that the layers before them can do.

    >>> import archdsl
    >>> arch = archdsl.load("{archdsl: 1, input: [3, 8, 8], net: [{conv: 4}, batch_norm, relu]}")
    >>> short = fold_norms(Trained(arch.graph, archdsl.compile(arch).state_dict()))
    >>> [node.name for node in short.graph.nodes], sorted(short.state)
    (['input', 'conv', 'relu'], ['conv.bias', 'conv.weight'])
    """
    norms = foldable(trained)
    return Trained(_without(trained.graph, norms), _folded_state(trained, norms)) if norms else trained


def foldable(trained: Trained) -> dict[Node, Node]:
    """Return the batch norms that can be folded, each with the layer before it: alone on its value, and neither shared with other nodes."""
    alone = trained.alone()
    users = Counter(node.module for node in trained.graph.nodes)
    norms = [node for node in trained.graph.nodes if isinstance(node.op, BatchNorm) and users[node.module] == 1]
    return {norm: norm.inputs[0] for norm in norms if norm.inputs[0] in alone and isinstance(norm.inputs[0].op, FOLDS)}


def _without(graph: Graph, norms: Mapping[Node, Node]) -> Graph:
    """Return the graph with a bias in every layer that takes a norm in."""
    biased = {layer: replace(layer, op=layer.op.model_copy(update={"bias": True, "init": None})) for layer in norms.values()}
    kept = [biased.get(node, node) for node in graph.nodes if node not in norms]
    return rebuild(graph, kept, {**biased, **{norm: biased[layer] for norm, layer in norms.items()}})


def _folded_state(trained: Trained, norms: Mapping[Node, Node]) -> dict[str, Tensor]:
    found, tensors = dict(trained.state), trained.tensors()
    for norm, layer in norms.items():
        assert isinstance(norm.op, BatchNorm)
        own = {name: found.pop(f"{norm.module}.{name}") for name in tensors.get(norm.module, ())}
        kernel, mean = found[f"{layer.module}.weight"], own["running_mean"]
        scale = torch.rsqrt(own["running_var"] + norm.op.eps) * own.get("weight", 1)
        bias = found.get(f"{layer.module}.bias", torch.zeros_like(mean))
        found[f"{layer.module}.weight"] = kernel * scale.reshape(-1, *[1] * (kernel.dim() - 1))
        found[f"{layer.module}.bias"] = scale * (bias - mean) + own.get("bias", 0)
    return found
