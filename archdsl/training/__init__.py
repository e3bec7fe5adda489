"""Training: recipes, data, fitting, checkpoints.

>>> import archdsl.training
>>> archdsl.training.__all__
['Evaluation', 'Options', 'Recipe', 'Run', 'evaluate', 'load_recipe', 'train']
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Evaluation", "Options", "Recipe", "Run", "evaluate", "load_recipe", "train"]

_HOMES = {
    "Evaluation": "evaluation",
    "Options": "options",
    "Recipe": "recipes",
    "Run": "run",
    "evaluate": "evaluation",
    "load_recipe": "recipes",
    "train": "fit",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `archdsl.training` has no attribute `{name}`")
    return getattr(import_module(f"archdsl.training.{_HOMES[name]}"), name)
