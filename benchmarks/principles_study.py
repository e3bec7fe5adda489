"""The study of docs/principles_study.md: networks drawn from one space under one budget, trained alike; which principles of design hold?

``python -m benchmarks.principles_study [STORAGE] [--trials N] [--write]`` trains what is not in STORAGE yet, which may be stopped at any time, and
prints the tables; ``--write`` puts them into the document.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

import archdsl
from archdsl.searching.budgets import Budget
from archdsl.searching.study import Study, plan_search
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.recipes import load_recipe

SPACE = "branch_patterns"
BUDGET = {"min_macs": 1_000_000, "max_macs": 3_000_000}
EPOCHS = 4


def halves() -> Dataset:
    """Return the digits, one half of each class to train on and the other one to test."""
    digits = load_data("digits")
    x, y = numpy.concatenate([digits.x_train, digits.x_test]), numpy.concatenate([digits.y_train, digits.y_test])
    turn = numpy.zeros(len(y), dtype=int)
    for label in range(digits.classes):
        own = numpy.flatnonzero(y == label)
        turn[own] = numpy.arange(len(own)) % 2
    return replace(digits, x_train=x[turn == 0], y_train=y[turn == 0], x_test=x[turn == 1], y_test=y[turn == 1])


def study(storage: Path, trials: int) -> Study:
    """Return the study, after training what is missing."""
    data, recipe = halves(), load_recipe("digits")

    def measure(arch: Any) -> dict[str, float]:
        run = archdsl.train(arch, data, recipe, epochs=EPOCHS, seed=0, files=False, progress=False, devices="cpu")
        return {"error": 1 - run.accuracy, "loss": run.loss}

    planned = plan_search(
        SPACE,
        storage=storage,
        name="principles",
        evaluate=measure,
        objectives=["error"],
        strategy="random",
        budget=Budget.of(**BUDGET),
        set={"input": [1, 8, 8]},
    )
    return planned.run(trials)


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("storage", type=Path, nargs="?", default=Path("runs/principles.db"))
    parser.add_argument("--trials", type=int, default=220)
    given = parser.parse_args()
    given.storage.parent.mkdir(parents=True, exist_ok=True)
    found = study(given.storage, given.trials)
    print(len(found.complete), "networks")


if __name__ == "__main__":
    main()
