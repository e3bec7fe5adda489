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
        """Noise, ``(batch, C, H, W)`` or whatever the network takes."""
        return torch.randn(self.batch, *self._input, generator=torch.Generator().manual_seed(self.seed))

    @property
    def one(self) -> Tensor:
        """An image of ones."""
        return torch.ones(1, *self._input)

    @property
    def labels(self) -> Tensor:
        """Drawn labels, ``(batch,)``."""
        (classes,) = self.graph.outputs[0].shape.dims
        return torch.randint(classes, (self.batch,), generator=torch.Generator().manual_seed(self.seed + 1))

    @property
    def _input(self) -> tuple[int, ...]:
        return self.graph.inputs[0].shape.dims


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
    """Shows the operands of activations to a function while a network runs."""

    ACTIVATIONS = frozenset({"relu", "relu_", "silu", "gelu", "elu", "hardswish", "leaky_relu", "prelu", "relu6", "mish"})

    def __init__(self, seen: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(function, "__name__", "") in self.ACTIVATIONS:
            self.seen(args[0].detach())
        return function(*args, **(kwargs or {}))
