"""The table of docs/ijepa.md: features that I-JEPA learns on MNIST, beside those of the untrained encoder and the pixels.

``python -m benchmarks.ijepa MNIST.npz [FOLDER] [--only NAME ...] [--images N] [--epochs N] [--device cuda]`` trains what is not in FOLDER yet,
goes on with what was interrupted, and prints the table. All settings have the same images and epochs. On a CPU an epoch of ``14x14`` with all 60,000
images takes a quarter of an hour, one of ``7x7`` three minutes.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import archdsl
from archdsl.training.checkpoints import read_checkpoint
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.probing import probe_encoder, rebuild_encoders

TOKENS_7 = {"patch": 4, "width": 96, "depth": 3, "predictor_width": 48, "n_visible": 20, "n_hidden": 8}


@dataclass(frozen=True)
class Setting:
    """What is set of ``ijepa-small``, and what differs in the recipe."""

    settings: dict[str, Any]
    lr: float = 1e-3
    batch: int = 64
    precision: str = "32"


SETTINGS = {
    "7x7": Setting(TOKENS_7),
    "7x7, positions x1": Setting({**TOKENS_7, "position_scale": 1.0}),
    "14x14": Setting({}, batch=256, precision="bf16"),
    "14x14, positions x1": Setting({"position_scale": 1.0}, batch=256, precision="bf16"),
}
"""By the name of a row; the last two are for an accelerator."""

RECIPE = """
recipe: 1
name: ijepa-benchmark
epochs: {epochs}
batch_size: {batch}
optimizer: {{adamw: {{lr: {lr}, weight_decay: 0.04}}}}
schedule: {{cosine: {{warmup_epochs: {warmup}, final: 0.01}}}}
clip: 1.0
"""


def some(archive: Path, images: int) -> Dataset:
    """Return MNIST with its first training images."""
    data = load_data(archive)
    return replace(data, x_train=data.x_train[:images], y_train=data.y_train[:images])


def quick_probe(checkpoint: Path, data: Dataset, device: Any) -> float:
    """Return the accuracy of the probe on the features of a checkpoint, without those beside it."""
    saved = read_checkpoint(checkpoint)
    return probe_encoder(rebuild_encoders(saved)[1], saved, data, device=device)


def measure(name: str, data: Dataset, epochs: int, folder: Path, devices: Any = "cpu") -> dict[str, Any]:
    """Return the row of one setting, from the folder where it lies there."""
    out = folder / f"{name.replace(' ', '').replace(',', '-')}-{len(data.y_train)}-{epochs}"
    kept = out / "row.json"
    if kept.is_file():
        return dict(json.loads(kept.read_text()))
    setting = SETTINGS[name]
    arch = archdsl.load("ijepa-small", set=setting.settings)
    recipe = RECIPE.format(epochs=epochs, warmup=epochs / 10, lr=setting.lr, batch=setting.batch)
    on_the_way: dict[int, float] = {}

    def look(row: Any) -> None:
        if row.epoch % max(1, epochs // 5) == 0 and row.epoch < epochs:
            on_the_way[row.epoch] = quick_probe(out / "last.pt", data, "cpu" if devices == "cpu" else "cuda")
            print(name, row.epoch, on_the_way[row.epoch], flush=True)

    run = archdsl.train(arch, data, recipe, out=out, resume=True, devices=devices, precision=setting.precision, on_epoch=look)
    first, last = run.history[0], run.history[-1]
    deviations = [first.deviation, last.deviation]
    row = {"loss": last.test_loss, "deviations": deviations, "on_the_way": on_the_way, "seconds": run.seconds, **run.probe.as_dict()}
    kept.write_text(json.dumps(row))
    return row


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("runs/ijepa"))
    parser.add_argument("--only", nargs="*", choices=tuple(SETTINGS), default=tuple(SETTINGS))
    parser.add_argument("--images", type=int, default=16_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args()
    data = some(given.archive, given.images)
    lines = [
        "| setting | steps | loss | deviation, first and last | trained, on the way | trained | random | pixels | seconds |",
        "|---|---:|---:|---|---|---:|---:|---:|---:|",
    ]
    for name in given.only:
        row = measure(name, data, given.epochs, given.folder, 1 if given.device == "cuda" else "cpu")
        probes = " | ".join(f"{100 * row[each]:.1f} %" for each in ("accuracy", "random", "pixels"))
        deviations = ", ".join(f"{each:.3f}" for each in row["deviations"])
        steps = given.epochs * -(-given.images // SETTINGS[name].batch)
        course = ", ".join(f"{100 * each:.1f} %" for each in row["on_the_way"].values())
        lines.append(f"| {name} | {steps:,} | {row['loss']:.4f} | {deviations} | {course} | {probes} | {row['seconds']:.0f} |")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
