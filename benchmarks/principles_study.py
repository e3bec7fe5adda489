"""The study of docs/principles_study.md: networks drawn from one space under one budget, trained alike; which principles of design hold?

``python -m benchmarks.principles_study [STORAGE] [--trials N] [--write]`` trains what is not in STORAGE yet, which may be stopped at any time, and
prints the tables; ``--write`` puts them into the document.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

import archdsl
from archdsl.searching.budgets import Budget
from archdsl.searching.effects import Interval, choice_effects, principle_effects
from archdsl.searching.study import Study, plan_search
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.recipes import load_recipe

PAGE = Path(__file__).parent.parent / "docs" / "principles_study.md"
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


def overview(found: Study) -> str:
    """Return what was trained, in a sentence."""
    errors = sorted(each.measures["error"] for each in found.complete)
    low, middle, high = (100 * errors[int(share * (len(errors) - 1))] for share in (0.05, 0.5, 0.95))
    macs = sorted(each.costs["macs"] for each in found.complete)
    tried = f"{len(errors)} networks of {macs[0]:,} to {macs[-1]:,} MACs"
    return f"{tried}; test error {middle:.1f} % in the middle, {low:.1f} % to {high:.1f} % from the best to the worst twentieth."


def principles_table(found: Study) -> str:
    """Return how each principle goes with the error, as Markdown."""
    rows = ["| principle | metric | meet it | do not | error, with less without, in points | rank correlation | size and depth held equal | holds |"]
    rows.append("|---|---|---:|---:|---|---|---|---|")
    for each in principle_effects(found.complete, found.objectives[0]):
        cells = [each.id, f"`{each.principle.metric}`", str(each.met), str(each.missed), told(each.difference, 100)]
        rows.append(f"| {' | '.join([*cells, told(each.correlation), told(each.adjusted), each.holds])} |")
    return "\n".join(rows)


def choices_table(found: Study) -> str:
    """Return how each option goes with the error, as Markdown; all stages of a network with it against none."""
    effects = choice_effects(found.settings.load_space(), found.complete, found.objectives[0])
    rows = ["| choice | option | networks with it | error, in points |", "|---|---|---:|---|"]
    for each in sorted(effects, key=lambda effect: (effect.choice, effect.difference.middle)):
        rows.append(f"| {each.choice} | {each.option} | {each.networks} | {told(each.difference, 100)} |")
    return "\n".join(rows)


def told(interval: Interval | None, scale: float = 1.0) -> str:
    """Return an interval as text; what leaves out zero is bold."""
    if interval is None:
        return ""
    low, middle, high = (scale * each for each in (interval.low, interval.middle, interval.high))
    mark = "**" if interval.clear else ""
    return f"{mark}{middle:+.2f}{mark} [{low:+.2f}, {high:+.2f}]"


def write(found: Study) -> None:
    """Put the tables between their marks in the document."""
    page = PAGE.read_text()
    for name, text in {"overview": overview(found), "principles": principles_table(found), "choices": choices_table(found)}.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        page = re.sub(f"{start}.*?{end}", lambda _, text=text, start=start, end=end: f"{start}\n\n{text}\n\n{end}", page, flags=re.DOTALL)
    PAGE.write_text(page)


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("storage", type=Path, nargs="?", default=Path("runs/principles.db"))
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    given.storage.parent.mkdir(parents=True, exist_ok=True)
    found = study(given.storage, given.trials)
    print(overview(found), principles_table(found), choices_table(found), sep="\n\n")
    if given.write:
        write(found)


if __name__ == "__main__":
    main()
