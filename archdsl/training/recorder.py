"""What is kept and shown while a network trains: the history, the files, progress."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import torch
from torch import Tensor

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.batches import Batches, seed_of
from archdsl.training.checkpoints import describe_network
from archdsl.training.engine import lightning
from archdsl.training.history import Epoch, FeatureEpoch
from archdsl.training.plan import Plan
from archdsl.training.progress import Display
from archdsl.training.sharding import gathered, load_optimizer, load_weights
from archdsl.training.task import Classification
from archdsl.training.within import capture, restore


class Recorder(lightning.Callback):  # type: ignore[misc]
    """Seeds every epoch, keeps the history, writes the checkpoints, shows progress.

    Attributes:
        content: What the last checkpoint holds.
        rank: Which of several processes this is; the first one, 0, writes and shows.
    """

    def __init__(self, plan: Plan, batches: tuple[Batches, Batches], history: list[Any], saved: dict[str, Any] | None, display: Display) -> None:
        self.plan = plan
        self.facts = _facts(plan)
        self.batches = batches
        self.history = history
        self.content = saved or {}
        self.display = display
        self.rank = 0
        self.started = self.written = 0.0
        self.within = self.content.pop("within", None)
        self._lock: int | None = None

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        task: Classification = pl_module
        self.rank = trainer.global_rank
        if trainer.is_global_zero:
            self._lock = self.plan.files.hold()
        for batches in self.batches:
            batches.to(task.device)
            batches.rank, batches.world = trainer.global_rank, trainer.world_size
        smallest = min(batches.smallest for batches in self.batches)
        if smallest < trainer.world_size:
            message = f"a batch of {smallest} images cannot be shared by {trainer.world_size} processes"
            raise self._failed(Diagnostic("E810", message, None, "fewer devices, more images, or a larger `batch_size` in the recipe"))
        if self.content:
            load_weights(task.network, self.content["weights"])
            load_optimizer(trainer.optimizers[0], self.content["optimizer"])
        if self.content and task.average is not None:
            load_weights(task.average.network, self.content["average"])
        if self.plan.options.checkpoint_every is not None and trainer.world_size == 1:
            task.on_step = partial(self._step_done, trainer, task)
        self.display.console.quiet |= self.rank > 0
        self.display.header(_header(self.plan, trainer, task))

    def _failed(self, why: Diagnostic) -> UsageError:
        """Return the error for what all processes meet at once: the first one tells it, the others end with nothing to say."""
        return UsageError([why] if self.rank == 0 else [])

    def close(self) -> None:
        """Let other runs write into the folder, and take the bar away."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        self.display.close()

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        task: Classification = pl_module
        self.started = time.perf_counter()
        self.batches[0].epoch = task.epoch
        torch.manual_seed(seed_of(self.plan.options.seed, task.epoch, trainer.global_rank))
        task.trained.sums = task.tested.sums = None
        self.written = self.started
        if self.within is not None:
            self.started -= self.within["seconds"]
            restore(self.within, task, self.batches[0])
            self.within = None
        self.display.start_epoch(task.epoch + 1)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        self.display.step()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        task: Classification = pl_module
        row, best = self.row(task, partial(trainer.strategy.reduce, reduce_op="sum"))
        if not (math.isfinite(row.train_loss) and math.isfinite(row.test_loss)):
            raise self._failed(_diverged(row, self.plan))
        self.history.append(row)
        self._collect(trainer, task)
        if trainer.is_global_zero:
            self.plan.files.write_epoch(self.content, self.history, best)
        self.display.end_epoch(row, best)
        if self.plan.options.on_epoch is not None:
            wanted = bool(self.plan.options.on_epoch(row))
            trainer.should_stop = trainer.strategy.reduce_boolean_decision(wanted, all=False)

    def _step_done(self, trainer: Any, task: Classification, steps: int) -> None:
        """Write a checkpoint in the middle of an epoch, when it is time for one."""
        now, every = time.perf_counter(), self.plan.options.checkpoint_every
        if every is None or now - self.written < 60 * every or steps == task.steps:
            return
        if task.average is not None:
            task.average.take_buffers(task.network)
        self._collect(trainer, task)
        within = capture(task, self.batches[0], steps, now - self.started)
        self.plan.files.write_last({**self.content, "within": within})
        self.written = now

    def row(self, task: Any, together: Callable[[Tensor], Tensor]) -> tuple[Any, bool]:
        """Return the row of the epoch, and whether it is the best so far; ``together`` sums over processes."""
        train_loss, train_accuracy, _ = task.trained.result(together)
        test_loss, test_accuracy, _ = task.tested.result(together)
        seconds = time.perf_counter() - self.started
        best = test_accuracy > max((row.test_accuracy for row in self.history), default=-1.0)
        return Epoch(task.epoch + 1, train_loss, train_accuracy, test_loss, test_accuracy, task.rate_at(task.steps - 1), seconds), best

    def _collect(self, trainer: Any, task: Classification) -> None:
        self.content = {
            **self.facts,
            "epoch": len(self.history),
            "history": [asdict(row) for row in self.history],
            "weights": gathered(dict(task.network.state_dict())),
            "average": gathered(dict(task.average.network.state_dict())) if task.average is not None else None,
            "optimizer": gathered(trainer.optimizers[0].state_dict()),
        }


def _facts(plan: Plan) -> dict[str, Any]:
    """Return what a checkpoint keeps that is the same in all epochs."""
    return {
        "network": describe_network(plan.architecture),
        "recipe": plan.recipe.as_dict(),
        "epochs": plan.epochs,
        "data": plan.dataset.facts(),
        "seed": plan.options.seed,
    }


def _header(plan: Plan, trainer: Any, task: Classification) -> list[str]:
    params = sum(each.numel() for each in task.network.parameters())
    device = torch.cuda.get_device_name(task.device) if task.device.type == "cuda" else task.device.type.upper()
    several = f"{trainer.world_size} x {device}" if trainer.world_size > 1 else device
    data = f"{plan.dataset.name}: {len(plan.dataset.y_train):,} train, {len(plan.dataset.y_test):,} test images"
    how = f"recipe {plan.recipe.name}, seed {plan.options.seed}, {several}, " + (f"writing to {plan.out}" if plan.out else "without files")
    resumed = [f"going on after epoch {task.first_epoch}"] if task.first_epoch else []
    return [f"{plan.architecture.name} ({params:,} parameters) on {data}", how, *resumed]


def _diverged(row: Epoch | FeatureEpoch, plan: Plan) -> Diagnostic:
    help = f"in the recipe: a smaller `lr` than {plan.recipe.optimizer.chosen.lr:g}, more `warmup_epochs`, or `clip: 1.0`"
    where = "" if not math.isfinite(row.train_loss) else " on the test images"
    return Diagnostic("E811", f"the loss{where} is not finite in epoch {row.epoch}", None, help)


class FeatureRecorder(Recorder):
    """The same where features are predicted; no epoch is called the best, since the loss does not tell what features are worth."""

    def row(self, task: Any, together: Callable[[Tensor], Tensor]) -> tuple[Any, bool]:
        train_loss = float(task.trained.result(together)[0])
        (test_loss, *_), (_, *deviations) = (each.tolist() for each in task.tested.result(together))
        seconds = time.perf_counter() - self.started
        last = task.steps - 1
        deviation = sum(deviations) / len(deviations)
        return FeatureEpoch(task.epoch + 1, train_loss, test_loss, deviation, task.momentum_at(last), task.rate_at(last), seconds), False
