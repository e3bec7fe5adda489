"""A step of the trainer beside one of a bare torch loop: ResNet-20, 128 images of 32x32.

    python benchmarks/training_step.py [--rounds 30] [--batch 128] [--device cpu]

One training runs. After each of its steps a bare loop takes one, and a copy of the bare loop another, in an order drawn anew: so all three see the
same machine, and the copy (A/A) shows what the noise alone gives. A step is all that is between two calls of the trainer's last hook: its batch,
forward and backward pass, optimizer, sums of loss and accuracy, schedule, progress. Validation is not in it. On a CPU that others use, too, look at
the processor's seconds: with one thread they are those that the clock would show on an idle machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy
import torch
from pairs import ratio
from torch import nn

import archdsl
from archdsl.training import loop
from archdsl.training.datasets import Dataset, make_dataset
from archdsl.training.recorder import Recorder

RECIPE = "recipe: 1\nname: bare\nepochs: 1\nbatch_size: {batch}\noptimizer: {{sgd: {{lr: 0.01, weight_decay: 1e-4}}}}\n"
WARM = 3


def images(count: int) -> Dataset:
    """Return random images."""
    draw = numpy.random.default_rng(0)
    arrays = {"x_train": draw.integers(0, 256, (count, 32, 32, 3), numpy.uint8), "y_train": numpy.arange(count) % 10}
    return make_dataset("noise", {**arrays, "x_test": arrays["x_train"][:10], "y_test": arrays["y_train"][:10]})


def bare_loop(data: Dataset, batch: int, device: str) -> Callable[[], None]:
    """Return one step of a loop as one would write it by hand."""
    model = archdsl.compile(archdsl.load("resnet20-cifar"), device=device).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)
    pixels, labels = torch.as_tensor(data.x_train, device=device), torch.as_tensor(data.y_train, device=device)
    mean, std = (torch.tensor(each, device=device, dtype=torch.float32).view(1, -1, 1, 1) for each in (data.mean, data.std))
    order = torch.randperm(len(labels), device=device)
    start = 0

    def step() -> None:
        nonlocal start
        chosen = order[start : start + batch]
        start = (start + batch) % len(labels)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model((pixels[chosen].float() - mean) / std), labels[chosen]).backward()
        optimizer.step()

    return step


class Timed(Recorder):
    """Takes the time of each step, and lets the others take theirs after it."""

    others: dict[str, Callable[[], None]]
    seconds: dict[str, list[tuple[float, float]]]
    draw = random.Random(0)
    resumed: tuple[float, float] | None = None

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        """Note the trainer's time, then run the others."""
        super().on_train_batch_end(trainer, pl_module)
        _wait(pl_module.device)
        if Timed.resumed is not None:
            Timed.seconds["trainer"].append(_since(Timed.resumed))
        for name in self.draw.sample(list(Timed.others), len(Timed.others)):
            start = _now()
            Timed.others[name]()
            _wait(pl_module.device)
            if Timed.resumed is not None:
                Timed.seconds[name].append(_since(start))
        Timed.resumed = _now()


def _now() -> tuple[float, float]:
    """Return the time of the clock and that of the processor."""
    return time.perf_counter(), time.process_time()


def _since(start: tuple[float, float]) -> tuple[float, float]:
    clock, processor = _now()
    return clock - start[0], processor - start[1]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = images(given.batch * (given.rounds + WARM + 1))
    Timed.others = {name: bare_loop(data, given.batch, given.device) for name in ("bare", "again")}
    Timed.seconds = {"trainer": [], **{name: [] for name in Timed.others}}
    loop.Recorder = Timed  # type: ignore[misc]
    devices = "cpu" if given.device == "cpu" else 1
    archdsl.train("resnet20-cifar", data, RECIPE.format(batch=given.batch), files=False, progress=False, devices=devices)
    print(f"ResNet-20, {given.batch} x (3, 32, 32), {given.device}, {len(Timed.seconds['bare']) - WARM} interleaved rounds")
    for number, clock in enumerate(("clock", "processor")):
        seconds = {name: [each[number] for each in times[WARM:]] for name, times in Timed.seconds.items()}
        bare, trainer = (1000 * statistics.median(seconds[name]) for name in ("bare", "trainer"))
        ratios = ratio(seconds["trainer"], seconds["bare"]), ratio(seconds["again"], seconds["bare"])
        print(f"  {clock:9}  bare loop {bare:8.1f} ms   trainer {trainer:8.1f} ms   trainer / bare loop {ratios[0]}   A/A {ratios[1]}")


if __name__ == "__main__":
    main()
