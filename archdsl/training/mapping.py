"""Class activation maps: where in an image a network with global pooling sees a class."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from archdsl.backend.compiling import compile_graph
from archdsl.errors import Diagnostic, UsageError
from archdsl.ir.graph import Graph, Node
from archdsl.training.checkpoints import read_checkpoint, read_graph
from archdsl.training.evaluation import class_name
from archdsl.training.images import Image, read_image

Method = Literal["CAM", "Grad-CAM"]
KEEPING = ("dropout", "flatten", "identity", "reshape")
"""Ops that leave the values of a vector as they are, when a network is not trained."""


@dataclass(frozen=True, eq=False, slots=True)
class ActivationMap:
    """Where a network sees a class.

    Attributes:
        name: Of the network.
        image: What it looked at.
        target: The class that is mapped.
        probability: What the network gives it.
        method: ``CAM`` (Zhou et al., arXiv:1512.04150) or ``Grad-CAM`` (arXiv:1610.02391).
        layer: The node whose map is weighed.
        names: What classes are called, where the training data had names for them.
        map: ``(h, w)``, as the network's last map is; the larger, the more it speaks for the class.
    """

    name: str
    image: Image
    target: int
    probability: float
    method: Method
    layer: str
    names: tuple[str, ...] | None
    map: Tensor = field(repr=False)

    def called(self, number: int) -> str:
        """Return what a class is called, its number where it has no name."""
        return class_name({"names": self.names}, number)

    def enlarged(self) -> Tensor:
        """Return the map at the image's size, ``(H, W)``, from 0 to 1."""
        large = F.interpolate(self.map[None, None], self.image.pixels.shape[1:], mode="bilinear", align_corners=False)[0, 0]
        return (large - large.min()) / (large.max() - large.min()).clamp_min(1e-12)

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data."""
        kept = {name: getattr(self, name) for name in ("name", "target", "probability", "method", "layer")}
        kept |= {"target_name": self.called(self.target)} if self.names else {}
        return {**kept, "image": self.image.name, "label": self.image.label, "map": self.map.tolist()}


def cam(checkpoint: str | Path, image: str | Path, *, target: int | None = None, data_root: str | Path | None = None) -> ActivationMap:
    """Return the class activation map of an image.

    Where the network ends with global average pooling and one linear layer, or with the pooling alone, the map that is pooled is weighed by the
    layer's weights for the class: their mean is then the score, but for the bias. Where something else stands after the pooling, it is weighed
    by the gradients of the score, and what speaks against the class is left out.

    Args:
        checkpoint: A file that training wrote, or its folder, of which ``last.pt`` is taken.
        image: A file, or a test image of a data set such as ``digits:17``. See :func:`archdsl.training.images.read_image`.
        target: The class; the most probable one without it.
        data_root: Where torchvision keeps its data.

    Raises:
        UsageError: If the network has no global pooling or no such class, or the checkpoint or the image cannot be read.
    """
    saved = read_checkpoint(checkpoint)
    graph = read_graph(saved)
    pool, after = find_pooling(graph)
    read = read_image(image, saved["data"], data_root)
    module = compile_graph(replace(graph, outputs=(graph.outputs[-1], pool.inputs[0]))).eval()
    module.load_state_dict(saved["average"] or saved["weights"])
    logits, maps = module(read.normalized(saved["data"]).requires_grad_())
    scores = logits[0]
    if target is not None and not 0 <= target < len(scores):
        raise UsageError(Diagnostic("E810", f"the network has no class {target}: its classes are 0 to {len(scores) - 1}"))
    target = int(scores.argmax()) if target is None else target
    method, weighed = _weighed(module, after, maps, scores[target], target)
    names = tuple(saved["data"].get("names") or ()) or None
    probability = float(scores.detach().softmax(0)[target])
    return ActivationMap(saved["network"]["name"], read, target, probability, method, pool.inputs[0].name, names, weighed.detach())


def _weighed(module: Any, after: list[Node], maps: Tensor, score: Tensor, target: int) -> tuple[Method, Tensor]:
    """Return the sum of the maps ``(1, C, h, w)`` with the weights of a class, and how they were found."""
    working = [node for node in after if node.op.name not in KEEPING and not _takes_mean(node)]
    if not working:
        return "CAM", maps[0, target]
    if len(working) == 1 and working[0].op.name == "linear":
        weights = module.get_parameter(f"{working[0].module}.weight")[target]
        return "CAM", torch.einsum("c,chw->hw", weights, maps[0])
    (gradients,) = torch.autograd.grad(score, maps)
    return "Grad-CAM", torch.einsum("c,chw->hw", gradients[0].mean((1, 2)), maps[0]).relu()


def find_pooling(graph: Graph) -> tuple[Node, list[Node]]:
    """Return the node that pools a map as a whole, from which alone the scores come, and the nodes after it.

    Raises:
        UsageError: If there is none.
    """
    node, after = graph.outputs[-1], []
    while len(node.inputs) == 1 and not (_takes_mean(node) and node.inputs[0].shape.spatial != (1, 1)):  # one pixel says nothing of where
        after.append(node)
        node = node.inputs[0]
    if len(node.inputs) != 1:
        help = "class activation maps need `global_avg_pool` near the end, as in `resnet20-cifar`"
        raise UsageError(Diagnostic("E812", f"`{graph.name}` has no global pooling of a map before its scores", node.span, help))
    return node, after


def _takes_mean(node: Node) -> bool:
    """Return whether a node takes the mean of a whole map."""
    named = node.op.name == "global_avg_pool" or (node.op.name in ("avg_pool", "adaptive_avg_pool") and node.shape.dims[1:] == (1, 1))
    return named and node.inputs[0].shape.kind == "map" and len(node.inputs[0].shape.dims) == 3
