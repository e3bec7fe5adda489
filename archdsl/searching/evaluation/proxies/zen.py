"""The Zen score (arXiv:2102.01063)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from archdsl.ir.graph import Graph
from archdsl.passes.drop_dead import drop_dead
from archdsl.searching.evaluation.base import Failure
from archdsl.searching.evaluation.proxies.base import Subject, weights

STEP = 0.01


def zen(subject: Subject) -> float:
    """Return the logarithm of how far the last map moves when the image does, with what batch norms have divided out counted again.

    All weights are drawn from the standard normal distribution, so that wider and deeper networks move it further. What is dropped in training is
    the same for both images.

    Raises:
        Failure: If the network has no map, or images are indices.
    """
    module = subject.module(trunk(subject.graph))
    with torch.no_grad():
        for weight in weights(module):
            weight.normal_()
    scales: list[torch.Tensor] = []
    for each in module.modules():
        if isinstance(each, nn.modules.batchnorm._BatchNorm):
            each.register_forward_pre_hook(lambda _, inputs: scales.append(inputs[0].var((0, *range(2, inputs[0].ndim))).mean().sqrt()))
    images = subject.images
    if not images.is_floating_point():
        raise Failure("`zen` moves images a little, which indices cannot be")
    moved = images + STEP * torch.randn(images.shape, generator=torch.Generator().manual_seed(subject.seed + 2))
    first = _seen(module, images, subject.seed)
    count = len(scales)
    change = (first - _seen(module, moved, subject.seed)).abs().flatten(1).sum(1).mean()
    return float(torch.log(change) + sum(torch.log(each + 1e-12) for each in scales[:count]))


def _seen(module: nn.Module, images: Tensor, seed: int) -> Tensor:
    """Return the last map of images; what drops values does so by the seed."""
    torch.manual_seed(seed)
    with torch.no_grad():
        found: Tensor = module(images)
    return found


def trunk(graph: Graph) -> Graph:
    """Return the graph up to its last map; raise :class:`Failure` if it has none."""
    maps = [node for node in graph.nodes if node.shape.kind == "map" and node not in graph.inputs]
    if not maps:
        raise Failure("`zen` looks at the last map, and there is none")
    return drop_dead(replace(graph, outputs=(maps[-1],)))
