"""Trains a small network on as many processes as there are: ``torchrun --nproc-per-node 2 -m tests.training.processes FOLDER``.

The first process writes the curves of all ways to do it as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import archdsl

NETWORK = """
archdsl: 1
name: plain
input: [1, 8, 8]
blocks:
  conv3: {args: {width: }, body: [{conv: {out_channels: $width, kernel_size: 3}}]}
  unit: {args: {width: }, body: [{skip: [{conv3: $width}, relu, {conv3: $width}]}, relu]}
net:
  - {conv: {out_channels: 8, kernel_size: 3, stride: 2}}
  - unit: 8
  - unit: 8
  - global_avg_pool
  - linear: 10
"""
SHARING = """
archdsl: 1
name: sharing
input: [1, 8, 8]
blocks:
  conv3: {args: {width: }, body: [{conv: {out_channels: $width, kernel_size: 3}}, relu]}
net:
  - {conv: {out_channels: 8, kernel_size: 3, stride: 2}}
  - where: {F: [{conv3: 8}]}
  - F
  - conv3: 8
  - F
  - conv3: 8
  - global_avg_pool
  - linear: 10
"""
NORMED = NETWORK.replace("[{conv: {out_channels: $width, kernel_size: 3}}]", "[{conv: {out_channels: $width, kernel_size: 3}}, batch_norm]")
RECIPE = "recipe: 1\nname: r\nepochs: 3\nbatch_size: 101\noptimizer: {sgd: {lr: 0.05}}\nclip: 1.0\nlabel_smoothing: 0.1\n"
MEAN = RECIPE + "ema: 0.9\n"
WAYS: dict[str, dict[str, Any]] = {"ddp": {"strategy": "ddp"}, "fsdp": {"strategy": "fsdp"}, "recomputed": {"strategy": "fsdp", "recompute": True}}


def curve(run: Any) -> list[list[float]]:
    """Return losses and accuracies by epoch."""
    return [[row.train_loss, row.test_loss, row.train_accuracy, row.test_accuracy] for row in run.history]


def main() -> None:
    """Train in each way, and once with a break in the middle."""
    folder = Path(sys.argv[1])
    how: dict[str, Any] = {"recipe": RECIPE, "devices": "cpu:2", "progress": False}
    runs = {name: archdsl.train(NETWORK, out=folder / name, **how, **way) for name, way in WAYS.items()}
    archdsl.train(NETWORK, out=folder / "parts", **how, strategy="fsdp", on_epoch=lambda row: row.epoch == 1)
    averaged = archdsl.train(NORMED, out=folder / "averaged", **{**how, "recipe": RECIPE + "ema: 0.9\n"})
    runs["sharing"] = archdsl.train(SHARING, out=folder / "sharing", **how, strategy="fsdp")
    mean: dict[str, Any] = {**how, "recipe": MEAN, "strategy": "fsdp"}
    runs["mean"] = archdsl.train(NETWORK, out=folder / "mean", **mean)
    archdsl.train(NETWORK, out=folder / "mean resumed", **mean, on_epoch=lambda row: row.epoch == 1)
    runs["mean resumed"] = archdsl.train(NETWORK, out=folder / "mean resumed", **mean, resume=True)
    runs["resumed"] = archdsl.train(NETWORK, out=folder / "parts", **how, strategy="fsdp", resume=True)
    if runs["ddp"].rank == 0:
        (folder / "averaged.json").write_text(json.dumps([averaged.loss, averaged.accuracy]))
        (folder / "curves.json").write_text(json.dumps({name: curve(run) for name, run in runs.items()}))


if __name__ == "__main__":
    main()
