"""Weights that are spread over processes, and what a checkpoint keeps of them: whole tensors, so that it fits any number of processes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from archdsl.backend.pieces import InPieces
from archdsl.errors import Diagnostic, UsageError


def shard(network: nn.Module, mesh: Any) -> None:
    """Spread the weights of each block, and those between the blocks, over the processes of a mesh; a block has them whole while it computes."""
    from torch.distributed.fsdp import fully_shard  # noqa: PLC0415 (only sharded trainings need it)

    assert isinstance(network, InPieces), "only a network in pieces can be sharded"
    for block in network.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(network, mesh=mesh, reshard_after_forward=True)


def own_share(weight: Tensor) -> Tensor:
    """Return the share of a weight that this process has: all of it where it is not spread."""
    return weight.to_local() if isinstance(weight, DTensor) else weight


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
    """Set what an optimizer keeps for its weights, spread as they are; its rates and decays stay those of the recipe.

    Raises:
        UsageError: If the state is not that of such an optimizer of these weights.
    """
    weights = [each for group in optimizer.param_groups for each in group["params"]]
    if not all(_fits(optimizer, weights, number, kept) for number, kept in state["state"].items()):
        raise UsageError(Diagnostic("E807", "the checkpoint is damaged: its optimizer's state is not that of its weights"))
    spread = {
        number: {name: _like(each, weights[number]) if isinstance(each, Tensor) and each.ndim else each for name, each in kept.items()}
        for number, kept in state["state"].items()
    }
    optimizer.load_state_dict({"state": spread, "param_groups": optimizer.state_dict()["param_groups"]})


KEPT = {"SGD": (), "RMSprop": ("step", "square_avg"), "AdamW": ("step", "exp_avg", "exp_avg_sq")}
"""What optimizers need for each weight."""


def _fits(optimizer: torch.optim.Optimizer, weights: list[Tensor], number: Any, kept: Any) -> bool:
    """Return whether what is kept for a weight is that of an optimizer's weight of that number."""
    if not isinstance(number, int) or not 0 <= number < len(weights) or not isinstance(kept, dict):
        return False
    wanted = {*KEPT[type(optimizer).__name__], *(("momentum_buffer",) if optimizer.defaults.get("momentum") else ())}
    return wanted <= set(kept) and all(_is_step(each) if name == "step" else _is_like(each, weights[number]) for name, each in kept.items())


def _is_step(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, Tensor) and value.ndim == 0)


def _is_like(value: Any, weight: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == weight.shape


def _like(tensor: Tensor, example: Tensor) -> Tensor:
    return distribute_tensor(tensor.to(example.device), example.device_mesh, example.placements) if isinstance(example, DTensor) else tensor


def share_buffers(network: nn.Module) -> None:
    """Give all processes the running statistics of the first, which are those that are kept."""
    for buffer in network.buffers():
        torch.distributed.broadcast(buffer, 0)
