"""A network with its weights, as the steps of an optimization pass it on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from archdsl.ir.graph import Graph, Node

State = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Trained:
    """A graph, and the state dict of a module that computes it."""

    graph: Graph
    state: State

    def alone(self) -> set[Node]:
        """Return the nodes whose value one node takes, and once: they are no outputs and share no weights."""
        consumers, outputs = self.graph.consumers(), set(self.graph.outputs)
        users = Counter(node.module for node in self.graph.nodes)
        return {node for node in self.graph.nodes if len(consumers[node]) == 1 and node not in outputs and users[node.module] == 1}

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """Return the tensors of every module by their own names: ``weight``, ``bias``, ``running_mean``."""
        found: dict[str, dict[str, Tensor]] = {}
        for key, value in self.state.items():
            module, _, name = key.rpartition(".")
            found.setdefault(module, {})[name] = value
        return found
