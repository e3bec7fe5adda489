"""What a training is going to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archdsl.expansion.architecture import Architecture
from archdsl.training.datasets import Dataset
from archdsl.training.files import Files
from archdsl.training.options import Options
from archdsl.training.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Plan:
    """A training before it starts: all of it checked, nothing of it done.

    Attributes:
        out: The folder for its files; None where nothing is written.
    """

    architecture: Architecture
    dataset: Dataset
    recipe: Recipe
    epochs: int
    options: Options
    out: Path | None

    @property
    def files(self) -> Files:
        """What is written."""
        return Files(self.out)

    @property
    def stretched(self) -> Recipe:
        """The recipe for as many epochs as are trained."""
        return self.recipe.lasting(self.epochs)
