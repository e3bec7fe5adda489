"""The tables of docs/spatial_transformers.md: networks with and without spatial transformers on distorted digits (arXiv:1506.02025).

``python -m benchmarks.spatial_transformers MNIST.npz [FOLDER] [--only rts addition] [--networks NAME ...] [--seeds 0 1 2] [--device cuda]`` trains
what is not in FOLDER yet, goes on with what was interrupted, and prints the tables. ``rts``, ``addition-5`` and most of ``addition`` are small enough
for a CPU (an hour and less for each seed); the CNN of ``addition`` and ``addition-42``, the catalogue's own networks of 900,000 parameters,
are for an accelerator.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from statistics import mean
from typing import Any

import archdsl
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.distorting import distorted_digits

TEST = 5000


@dataclass(frozen=True)
class Entry:
    """A row of a table: a network, the paper's error in percent, and what is not as for the others."""

    network: str
    settings: dict[str, Any]
    paper: float
    epochs: int = 0
    lr: float = 0.0
    batch: int = 0


@dataclass(frozen=True)
class Experiment:
    """Networks of one budget of parameters, trained alike, on images of one size (the data's own where none is given) of the first digits."""

    data: str
    images: int
    epochs: int
    lr: float
    batch: int
    entries: tuple[Entry, ...] = field(repr=False)
    size: int | None = None
    digits: int = 10

    def recipe(self, entry: Entry) -> str:
        """Return the recipe of a network."""
        schedule = "{cosine: {warmup_epochs: 0.2, final: 0.01}}"
        epochs, lr, batch = entry.epochs or self.epochs, entry.lr or self.lr, entry.batch or self.batch
        return f"recipe: 1\nepochs: {epochs}\nbatch_size: {batch}\nclip: 1\noptimizer: {{adamw: {{lr: {lr}}}}}\nschedule: {schedule}\n"


SMALL = {"input": [2, 24, 24]}
"""With it the widths below make 290,000 parameters."""

FIVE = {**SMALL, "classes": 9}
"""For the sums of the digits 0 to 4."""

EXPERIMENTS = {
    "rts": Experiment(
        "mnist-rts",
        10_000,
        3,
        3e-3,
        128,
        (
            Entry("distorted-mnist-cnn", {"width": 24}, 0.8),
            Entry("distorted-mnist-st-cnn-affine", {"width": 17}, 0.5),
            Entry("distorted-mnist-cnn", {"width": 24}, 0.8, epochs=6),
        ),
    ),
    "addition": Experiment(
        "mnist-addition",
        60_000,
        60,
        4e-4,  # at 1e-3 the localization networks lose their way at first
        128,
        (
            Entry("mnist-addition-fcn", {**SMALL, "width": 210}, 47.7),
            Entry("mnist-addition-st-fcn-affine", {**SMALL, "width": 184}, 22.6),
            Entry("mnist-addition-cnn", {**SMALL, "width": 76}, 14.7, epochs=200, lr=3e-3, batch=256),
            Entry("mnist-addition-2xst-fcn-affine", {**SMALL, "width": 90}, 9.0),
        ),
        size=24,
    ),
    "addition-5": Experiment(
        "mnist-addition",
        60_000,
        60,
        4e-4,
        128,
        (
            Entry("mnist-addition-fcn", {**FIVE, "width": 210}, 47.7),
            Entry("mnist-addition-st-fcn-affine", {**FIVE, "width": 184}, 22.6),
            Entry("mnist-addition-cnn", {**FIVE, "width": 76}, 14.7, lr=1.5e-3),
            Entry("mnist-addition-2xst-fcn-affine", {**FIVE, "width": 90}, 9.0),
        ),
        size=24,
        digits=5,
    ),
    "addition-42": Experiment(
        "mnist-addition",
        60_000,
        200,
        4e-4,
        256,
        (
            Entry("mnist-addition-fcn", {}, 47.7),
            Entry("mnist-addition-st-fcn-affine", {}, 22.6),
            Entry("mnist-addition-cnn", {}, 14.7),
            Entry("mnist-addition-2xst-fcn-affine", {}, 9.0),
        ),
    ),
}


@lru_cache(maxsize=1)
def training_data(name: str, archive: Path) -> Dataset:
    """Return the first training images of an experiment's data, and the first of its test images."""
    experiment = EXPERIMENTS[name]
    source = load_data(archive)
    kept = {part: getattr(source, f"y_{part}") < experiment.digits for part in ("train", "test")}
    chosen = {f"{each}_{part}": getattr(source, f"{each}_{part}")[kept[part]] for each in "xy" for part in kept}
    data = distorted_digits(experiment.data, replace(source, **chosen), pairs=experiment.data.endswith("addition"))
    return replace(
        data,
        x_train=data.x_train[: experiment.images],
        y_train=data.y_train[: experiment.images],
        x_test=data.x_test[:TEST],
        y_test=data.y_test[:TEST],
    )


def measure(name: str, entry: Entry, seed: int, archive: Path, folder: Path, devices: Any = "cpu") -> dict[str, Any]:
    """Return the row of one training, from the folder where it lies there."""
    experiment = EXPERIMENTS[name]
    epochs = entry.epochs or experiment.epochs
    out = folder / name / f"{entry.network}-{epochs}-{seed}"
    kept = out / "row.json"
    if kept.is_file():
        return dict(json.loads(kept.read_text()))
    arch = archdsl.load(entry.network, set=entry.settings)
    how = {"size": experiment.size, "seed": seed, "devices": devices}
    run = archdsl.train(arch, training_data(name, archive), experiment.recipe(entry), out=out, resume=True, **how)
    row = {"error": 100 * (1 - run.accuracy), "params": archdsl.analyze(arch).params, "macs": archdsl.analyze(arch).macs, "seconds": run.seconds}
    kept.write_text(json.dumps(row))
    return row


def table(name: str, seeds: list[int], archive: Path, folder: Path) -> str:
    """Return an experiment's table as Markdown."""
    lines = ["| network | parameters | MACs | epochs | test error | of the seeds | paper | seconds |", "|---|---:|---:|---:|---:|---|---:|---:|"]
    experiment = EXPERIMENTS[name]
    for entry in experiment.entries:
        rows = [measure(name, entry, seed, archive, folder) for seed in seeds]
        errors = [row["error"] for row in rows]
        cells = f"{rows[0]['params']:,}", f"{rows[0]['macs']:,}", str(entry.epochs or experiment.epochs), f"{mean(errors):.2f} %"
        each_seed = ", ".join(f"{each:.2f}" for each in errors)
        lines.append(f"| {entry.network} | {' | '.join(cells)} | {each_seed} | {entry.paper} % | {mean(row['seconds'] for row in rows):.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("runs/spatial-transformers"))
    parser.add_argument("--only", nargs="*", choices=tuple(EXPERIMENTS), default=tuple(EXPERIMENTS))
    parser.add_argument("--networks", nargs="*")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args()
    for seed in given.seeds:
        for name in given.only:
            for entry in EXPERIMENTS[name].entries:
                if not given.networks or entry.network in given.networks:
                    measure(name, entry, seed, given.archive, given.folder, 1 if given.device == "cuda" else "cpu")
    for name in () if given.networks else given.only:
        print(f"\n{EXPERIMENTS[name].data}\n\n{table(name, given.seeds, given.archive, given.folder)}")


if __name__ == "__main__":
    main()
