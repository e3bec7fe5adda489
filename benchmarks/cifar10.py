"""CIFAR-10: error, epochs and seconds of networks of the catalogue, each row with its curve.

``python -m benchmarks.cifar10 DATA [--device cuda] [--out FOLDER] [--only NAME ...] [--write]``: DATA is what ``archdsl train --data`` takes, for
instance a pattern of archives in quotes. On a CPU it is ResNet-20 for 5 epochs (about 10 minutes), on an accelerator the table of five networks.
Rows are kept in FOLDER, an interrupted row goes on there, and ``--write`` puts them into docs/training.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import archdsl
from archdsl.training.datasets import load_data
from archdsl.training.history import Epoch
from archdsl.training.plotting import draw_curve
from benchmarks.pages import DOCS, write_between


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is called, the network, and how it is trained."""

    name: str
    recipe: str
    epochs: int
    network: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


CPU = (Row("resnet20-cifar", "cifar-short", 5),)
ACCELERATOR = (
    Row("resnet20-cifar", "cifar-fast", 40),
    Row("wrn-16-4", "cifar-fast", 30, "wrn-16-8", {"k": 4}),
    Row("wrn-16-8", "cifar-fast", 30),
    Row("fractalnet-20", "cifar-fast", 25),
    Row("densenet-l40-k12", "cifar-fast", 25),
)


def measure(row: Row, data: Any, device: str, out: Path) -> dict[str, Any]:
    """Train a row's network and return what came of it."""
    folder = out / f"{row.name}-{row.epochs}"
    kept = folder / "row.json"
    if kept.is_file():
        return dict(json.loads(kept.read_text()))
    how = {"devices": "cpu"} if device == "cpu" else {"devices": 1, "precision": "bf16"}
    arch = archdsl.load(row.network or row.name, set=row.settings)
    run = archdsl.train(arch, data, row.recipe, epochs=row.epochs, out=folder, resume=True, **how)
    found = {
        "params": sum(each.numel() for each in run.model.parameters()),
        "error": 100 * (1 - run.accuracy),
        "seconds": run.seconds,
        "machine": torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()}, {torch.get_num_threads()} thread(s)",
        "curve": [100 * (1 - each.test_accuracy) for each in run.history],
    }
    kept.write_text(json.dumps(found))
    return found


def table(rows: list[tuple[Row, dict[str, Any]]]) -> str:
    """Return the rows as Markdown."""
    head = "| network | parameters | recipe | epochs | test error | seconds | machine | error after each epoch |"
    return "\n".join([head, "|---|---:|---|---:|---:|---:|---|---|", *(_line(row, found) for row, found in rows)])


def _line(row: Row, found: dict[str, Any]) -> str:
    shown = ", ".join(f"{each:.1f}" for each in found["curve"][-5:])
    curve = shown if len(found["curve"]) <= 5 else f"..., {shown}"
    measured = f"{found['error']:.2f} % | {found['seconds']:.0f} | {found['machine']}"
    return f"| {row.name} | {found['params']:,} | {row.recipe} | {row.epochs} | {measured} | {curve} |"


def draw(row: Row, out: Path) -> None:
    """Draw the curve of a row into the documentation."""
    with (out / f"{row.name}-{row.epochs}" / "history.csv").open() as file:
        history = [Epoch(int(each.pop("epoch")), **{name: float(value) for name, value in each.items()}) for each in csv.DictReader(file)]
    (DOCS / "pictures" / f"cifar10-{row.name}-{row.epochs}.png").write_bytes(draw_curve(history, f"{row.name} on CIFAR-10, {row.recipe}"))


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", type=Path, default=Path("runs/cifar10"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    data = load_data(given.data)
    rows = [row for row in (CPU if given.device == "cpu" else ACCELERATOR) if not given.only or row.name in given.only]
    text = table([(row, measure(row, data, given.device, given.out)) for row in rows])
    print(text)
    if given.write:
        write_between("training.md", f"cifar-10, {given.device}", text)
        for row in rows:
            draw(row, given.out)


if __name__ == "__main__":
    main()
