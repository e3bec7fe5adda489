"""Recipes to torch optimizers."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from archdsl.training.recipes import Recipe


def set_rates(optimizer: torch.optim.Optimizer, recipe: Recipe, epoch: float) -> None:
    """Set the learning rate and the weight decay of a time in epochs; what is not decayed stays so."""
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate(epoch)
        if recipe.final_weight_decay is not None and group["weight_decay"]:
            group["weight_decay"] = recipe.decay(epoch)


def build_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return the optimizer of a recipe; parameters of fewer than two axes (norms, biases, scales) are not decayed."""
    fields = recipe.optimizer.chosen.model_dump()
    decay = fields.pop("weight_decay")
    trained = [each for each in network.parameters() if each.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [each for each in trained if each.ndim >= 2], "weight_decay": decay},
        {"params": [each for each in trained if each.ndim < 2], "weight_decay": 0.0},
    ]
    kinds: dict[str, Any] = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adamw": torch.optim.AdamW}
    made: torch.optim.Optimizer = kinds[recipe.optimizer.kind]([group for group in groups if group["params"]], **fields)
    return made
