"""Noise of training, which evaluation does not have, taken out."""

from __future__ import annotations

from archdsl.backend.trained import Trained
from archdsl.ir.graph import Input, Node, rebuild
from archdsl.ops.regularization import Dropout, DropPath


def drop_noise(trained: Trained) -> Trained:
    """Drop every ``dropout`` and ``drop_path``, unless its module works on an input of the network itself.

    >>> import archdsl
    >>> arch = archdsl.load("{archdsl: 1, input: [3, 8, 8], net: [{conv: 4}, {dropout: 0.5}, relu]}")
    >>> [node.name for node in drop_noise(Trained(arch.graph, {})).graph.nodes]
    ['input', 'conv', 'relu']
    """
    graph = trained.graph
    found = [node for node in graph.nodes if isinstance(node.op, (Dropout, DropPath))]
    kept = {node.module for node in found if isinstance(node.inputs[0].op, Input)}
    noise: dict[Node, Node] = {node: node.inputs[0] for node in found if node.module not in kept}
    if not noise:
        return trained
    return Trained(rebuild(graph, [node for node in graph.nodes if node not in noise], noise), trained.state)
