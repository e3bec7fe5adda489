"""Does a search find better networks than chance? The best one and ten that are drawn at random are trained again on fresh seeds.

``python -m benchmarks.retrain FOLDER [--data digits|NPZ] [--subset N] [--size N] [--trials N] [--epochs N]`` searches ``branch_patterns``, then
trains again on all training images and measures on the test images, which the search has not seen. It may be stopped, and goes on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy

import archdsl
from archdsl.searching.budgets import Budget
from archdsl.searching.sampling import Sampler
from archdsl.searching.study import Study

SEEDS = range(100, 105)
OTHERS = 10
RESAMPLES = 10_000


def subset(source: str, count: int, folder: Path) -> str:
    """Return the path of an archive with the first images of another one, as many to train as to test."""
    path = folder / f"{Path(source).stem}-{count}.npz"
    if not path.is_file():
        with numpy.load(source) as data:
            numpy.savez(path, **{name: data[name][:count] for name in ("x_train", "y_train", "x_test", "y_test")})
    return str(path)


def networks(study: Study) -> dict[str, str]:
    """Return the documents to train again: the best of the study, and others drawn from its space under its budget."""
    sampler = Sampler(study.settings.load_space(), 10**6, Budget(study.settings.most))
    drawn = {f"random {number}": sample.text() for number, sample in enumerate(sampler.take(OTHERS), 1)}
    return {"best": study.best.document, **drawn}


def accuracy(document: str, seed: int, given: argparse.Namespace, data: str, kept: Path) -> float:
    """Return the accuracy on the test images, from an earlier call if it is known."""
    known: dict[str, float] = json.loads(kept.read_text()) if kept.is_file() else {}
    key = f"{hash_of(document)} {seed}"
    if key not in known:
        options: dict[str, Any] = {"epochs": given.epochs, "size": given.size or None, "seed": seed, "devices": "cpu"}
        run = archdsl.train(document, data, "digits", files=False, progress=False, **options)
        known[key] = run.accuracy
        kept.write_text(json.dumps(known))
    return known[key]


def hash_of(document: str) -> str:
    """Return what names a document."""
    from archdsl.searching.settings import hash_text

    return hash_text(document)


def difference(best: list[float], others: list[list[float]]) -> tuple[float, float, float]:
    """Return by how much the best one is ahead of the mean of the others; the interval is over networks and seeds."""
    draw = numpy.random.default_rng(0)
    own, rest = numpy.array(best), numpy.array(others)
    found = []
    for _ in range(RESAMPLES):
        rows = rest[draw.integers(0, len(rest), len(rest))]
        picked = numpy.take_along_axis(rows, draw.integers(0, rows.shape[1], rows.shape), 1)
        found.append(own[draw.integers(0, len(own), len(own))].mean() - picked.mean())
    low, high = numpy.percentile(found, [2.5, 97.5])
    return float(low), float(own.mean() - rest.mean()), float(high)


def main() -> None:
    """Search, train again, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--subset", type=int, default=0)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--max-params", type=int, default=200_000)
    parser.add_argument("--max-macs", type=int)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    data = subset(given.data, given.subset, given.folder) if given.subset else given.data
    how: dict[str, Any] = {"data": data, "epochs": given.epochs, "size": given.size, "max_params": given.max_params, "max_macs": given.max_macs}
    study = archdsl.search("branch_patterns", given.trials, storage=given.folder / "search.db", recipe="digits", **how)
    print(f"search: {len(study.complete)} networks, held-out error {study.best.measures['error']:.4f}, {study.best.costs}", flush=True)
    kept, rows = given.folder / "accuracies.json", {}
    for name, document in networks(study).items():
        rows[name] = [accuracy(document, seed, given, data, kept) for seed in SEEDS]
        print(f"| {name} | {100 * numpy.mean(rows[name]):.2f} | {100 * numpy.std(rows[name], ddof=1):.2f} |", flush=True)
    low, middle, high = difference(rows.pop("best"), list(rows.values()))
    print(f"best less the mean of {OTHERS}: {100 * middle:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}] points of test accuracy")


if __name__ == "__main__":
    main()
