"""Evaluation by short training with the project's trainer, on a part of the training images that is held out: the test images stay unseen."""

from __future__ import annotations

from dataclasses import asdict, replace
from random import Random
from typing import Any

import numpy

from archdsl.errors import UsageError
from archdsl.searching.evaluation.base import Evaluate, Failure, Report, Result
from archdsl.searching.settings import Settings
from archdsl.searching.space import Sample
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.fit import train
from archdsl.training.history import Epoch
from archdsl.training.recipes import Recipe
from archdsl.training.resizing import resize_data

HELD_OUT = 0.2
"""The share of the training images by which networks are compared."""


def load_images(settings: Settings) -> Dataset:
    """Return the data of a study."""
    return resize_data(load_data(settings.data, settings.size or None), settings.size or None)


def hold_out(dataset: Dataset, share: float = HELD_OUT, seed: int = 0) -> Dataset:
    """Return the training images alone, a share of each class of which takes the place of the test images."""
    random, held = Random(seed), numpy.zeros(len(dataset.y_train), dtype=bool)
    for label in range(dataset.classes):
        own = numpy.flatnonzero(dataset.y_train == label).tolist()
        held[random.sample(own, max(1, round(share * len(own))) if len(own) > 1 else 0)] = True
    x, y = dataset.x_train, dataset.y_train
    return replace(dataset, x_train=x[~held], y_train=y[~held], x_test=x[held], y_test=y[held])


def training_evaluation(settings: Settings) -> Evaluate:
    """Return the evaluation that trains a network and measures it on the images that were held out."""
    dataset = hold_out(load_images(settings))
    recipe = Recipe.model_validate(settings.recipe)
    watched = settings.goals[0]

    def evaluate(sample: Sample, seed: int, report: Report) -> Result:
        stopped = False

        def on_epoch(row: Epoch) -> bool:
            nonlocal stopped
            measures = _measures(row)
            stopped = watched.name in measures and report(row.epoch, measures[watched.name])
            return stopped

        options: dict[str, Any] = {"epochs": settings.epochs or None, "devices": settings.devices, "files": False, "progress": False}
        try:
            run = train(sample.architecture, dataset, recipe, seed=seed % 2**32, on_epoch=on_epoch, **options)
        except UsageError as error:
            if error.diagnostics[0].code != "E811":  # anything but a loss that is no longer finite is no fault of the network
                raise
            raise Failure(error.diagnostics[0].message) from None
        return Result(_measures(run.history[-1]), [_row(each) for each in run.history], stopped)

    return evaluate


def _measures(row: Epoch) -> dict[str, float]:
    return {"error": 1 - row.test_accuracy, "accuracy": row.test_accuracy, "loss": row.test_loss}


def _row(row: Epoch) -> dict[str, float]:
    return {name: round(value, 6) for name, value in asdict(row).items()}
