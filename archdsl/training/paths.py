"""Which paths of a network are trained in a step: FractalNet's columns, and stochastic depth."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.recipes import GlobalDropPath, Recipe


def modules_of(network: nn.Module, kind: str) -> list[Any]:
    """Return the modules of a class of archdsl's layers, by its name: compiled networks carry classes of their own."""
    return [each for each in network.modules() if type(each).__name__ == kind]


def count_columns(network: nn.Module) -> int:
    """Return how many columns a fractal network has: as many as its widest join has values; 1 if it has none."""
    return max((each.count for each in modules_of(network, "Join")), default=1)


def deepen_drops(network: nn.Module, last: float) -> None:
    """Let the chance to leave a block out grow evenly with the depth, to ``last`` in the last block (arXiv:1603.09382)."""
    drops = modules_of(network, "DropPath")
    for number, each in enumerate(drops, 1):
        each.p = last * number / len(drops)


class Columns:
    """FractalNet's drop-path: before a step it draws where one column alone is trained, and which.

    Everywhere else the joins drop paths locally, by their own chances; all draws are for each sample, or for the batch.
    """

    def __init__(self, network: nn.Module, how: GlobalDropPath) -> None:
        self.columns = count_columns(network)
        self.joins = modules_of(network, "Join")
        self.how = how
        for join in self.joins:
            join.together = how.per == "batch"

    def draw(self, samples: int, device: Any) -> None:
        """Draw for a batch."""
        shape = (samples if self.how.per == "sample" else 1,)
        column = torch.randint(self.columns, shape, device=device)
        set_column(self.joins, torch.where(torch.rand(shape, device=device) < self.how.chance, column, -1))

    def clear(self) -> None:
        """Leave all columns alive, as evaluation wants them."""
        set_column(self.joins, None)


def set_column(joins: list[Any], column: Tensor | None) -> None:
    """Set which column is alone, counted from the deepest, 0; -1: none."""
    for join in joins:
        join.column = column


def keep_column(network: nn.Module, number: int) -> None:
    """Leave one column of a fractal network alive, counted from the shortest, 1; the network is evaluated as that column alone.

    Raises:
        UsageError: If the network has no such column.
    """
    joins, columns = modules_of(network, "Join"), count_columns(network)
    if not joins or not 0 < number <= columns:
        help = f"its columns are 1 to {columns}" if joins else "only a network with a `join` that drops paths has columns"
        raise UsageError(Diagnostic("E810", f"the network has no column {number}", None, help))
    set_column(joins, torch.tensor([columns - number]))


def check_paths(network: nn.Module, recipe: Recipe) -> None:
    """Raise :class:`UsageError` when a recipe drops paths of a network that has none to drop."""
    found = []
    if recipe.global_drop_path is not None and not modules_of(network, "Join"):
        found.append("`global_drop_path`, and the network has no `join` that drops paths")
    if recipe.stochastic_depth is not None and not modules_of(network, "DropPath"):
        found.append("`stochastic_depth`, and the network has no `drop_path`")
    if found:
        raise UsageError([Diagnostic("E810", f"the recipe `{recipe.name}` has {each}") for each in found])
