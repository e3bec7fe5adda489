"""Training: recipes, data, fitting, checkpoints.

>>> import archdsl.training
>>> archdsl.training.__all__
['ActivationMap', 'Evaluation', 'Options', 'Prediction', 'Recipe', 'Run', 'cam', 'evaluate', 'load_recipe', 'predict', 'train']
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["ActivationMap", "Evaluation", "Options", "Prediction", "Recipe", "Run", "cam", "evaluate", "load_recipe", "predict", "train"]

_HOMES = {
    "ActivationMap": "mapping",
    "Evaluation": "evaluation",
    "Options": "options",
    "Prediction": "predicting",
    "Recipe": "recipes",
    "Run": "run",
    "cam": "mapping",
    "evaluate": "evaluation",
    "load_recipe": "recipes",
    "predict": "predicting",
    "train": "fit",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `archdsl.training` has no attribute `{name}`")
    return getattr(import_module(f"archdsl.training.{_HOMES[name]}"), name)
