"""Weights that are spread over processes, and what a checkpoint keeps of them: whole tensors, so that it fits any number of processes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from archdsl.backend.pieces import InPieces


def shard(network: nn.Module, mesh: Any) -> None:
    """Spread the weights of each block, and those between the blocks, over the processes of a mesh; a block has them whole while it computes."""
    from torch.distributed.fsdp import fully_shard  # noqa: PLC0415 (only sharded trainings need it)

    assert isinstance(network, InPieces), "only a network in pieces can be sharded"
    for block in network.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(network, mesh=mesh)


def gathered(state: Any) -> Any:
    """Return a state in which every tensor is whole and nothing else differs; all processes have to ask for it together."""
    if isinstance(state, DTensor):
        return state.full_tensor()
    if isinstance(state, dict):
        return {name: gathered(each) for name, each in state.items()}
    return [gathered(each) for each in state] if isinstance(state, list) else state


def load_weights(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Set the weights of a network, spread as they are in it."""
    now = network.state_dict()
    network.load_state_dict({name: _like(each, now[name]) for name, each in weights.items()})


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Set the state of an optimizer; what is kept for a weight is spread as it is."""
    weights = [each for group in optimizer.param_groups for each in group["params"]]
    spread = {
        number: {name: _like(each, weights[number]) if isinstance(each, Tensor) and each.ndim else each for name, each in kept.items()}
        for number, kept in state["state"].items()
    }
    optimizer.load_state_dict({**state, "state": spread})


def _like(tensor: Tensor, example: Tensor) -> Tensor:
    return distribute_tensor(tensor.to(example.device), example.device_mesh, example.placements) if isinstance(example, DTensor) else tensor


def share_buffers(network: nn.Module) -> None:
    """Give all processes the running statistics of the first, which are those that are kept."""
    for buffer in network.buffers():
        torch.distributed.broadcast(buffer, 0)
