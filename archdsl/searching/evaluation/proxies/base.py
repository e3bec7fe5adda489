"""What proxies look at: an untrained network with a batch of noise and of drawn labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from archdsl.backend.compiling import compile_graph
from archdsl.ir.graph import Graph
from archdsl.ops.routing import Gather
from archdsl.ops.shape import Shape
from archdsl.ops.source import Embedding
from archdsl.searching.evaluation.base import Failure

BATCH = 32


@dataclass(frozen=True, eq=False)
class Subject:
    """A network under test.

    Attributes:
        graph: What it computes.
        seed: Of its weights and of the batch.
        batch: How many images there are.
    """

    graph: Graph
    seed: int
    batch: int = BATCH

    def module(self, graph: Graph | None = None) -> nn.Module:
        """Return the network in train mode, with new weights, the same each time."""
        torch.manual_seed(self.seed)
        return compile_graph(graph or self.graph)

    @property
    def images(self) -> Tensor:
        """Noise, ``(batch, C, H, W)`` or whatever the network takes; for indices, whole numbers within the table that they point into."""
        generator = torch.Generator().manual_seed(self.seed)
        if self._input.kind == "index":
            return torch.randint(self._rows, (self.batch, *self._input.dims), generator=generator)
        return torch.randn(self.batch, *self._input.dims, generator=generator)

    @property
    def one(self) -> Tensor:
        """An image of ones; of indices, the first of the batch."""
        return self.images[:1] if self._input.kind == "index" else torch.ones(1, *self._input.dims)

    @property
    def labels(self) -> Tensor:
        """Drawn labels, ``(batch,)``."""
        (classes,) = self.graph.outputs[0].shape.dims
        return torch.randint(classes, (self.batch,), generator=torch.Generator().manual_seed(self.seed + 1))

    @property
    def _input(self) -> Shape:
        return self.graph.inputs[0].shape

    @property
    def _rows(self) -> int:
        """The rows of the smallest table that indices point into; without one they hide or show, which takes 0 and 1."""
        learned = [node.op.num_embeddings for node in self.graph.nodes if isinstance(node.op, Embedding)]
        gathered = [node.inputs[0].shape.dims[0] for node in self.graph.nodes if isinstance(node.op, Gather)]
        return min([*learned, *gathered], default=2)


Proxy = Callable[[Subject], float]


def check(graph: Graph) -> None:
    """Raise :class:`Failure` for what is no classifier of one input."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or graph.outputs[0].shape.kind != "vector":
        raise Failure("proxies are for classifiers with one input and one vector of scores")


def weights(module: nn.Module) -> Iterator[Tensor]:
    """Yield what is counted: the weights of convolutions and linear layers."""
    for each in module.modules():
        if isinstance(each, (nn.modules.conv._ConvNd, nn.Linear)):
            yield each.weight


def backward(subject: Subject) -> nn.Module:
    """Return the network after a backward pass of the loss on the batch."""
    module = subject.module()
    loss: Any = nn.functional.cross_entropy(module(subject.images), subject.labels)
    loss.backward()
    return module


class Watch(TorchFunctionMode):
    """Shows the operands of activations to a function while a network runs: of those that treat what is positive otherwise than the rest."""

    SMOOTH = frozenset({"silu", "gelu", "elu", "mish", "softplus", "sigmoid", "sigmoid_", "tanh", "tanh_"})
    ACTIVATIONS = SMOOTH | {"relu", "relu_", "leaky_relu", "prelu", "relu6", "hardswish", "hardsigmoid"}

    def __init__(self, seen: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(function, "__name__", "") in self.ACTIVATIONS:
            self.seen(args[0].detach())
        return function(*args, **(kwargs or {}))
