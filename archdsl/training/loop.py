"""The run itself: Lightning loops, a recorder keeps the history and writes the checkpoints."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

import torch
from rich.console import Console

from archdsl.analysis.cost import analyze
from archdsl.backend.compiling import compile_architecture
from archdsl.errors import Diagnostic, UsageError
from archdsl.training.augmentation import Alteration
from archdsl.training.batches import Batches, seed_of
from archdsl.training.checkpoints import describe_network, rebuild_network
from archdsl.training.engine import lightning, quiet
from archdsl.training.evaluation import BATCH
from archdsl.training.fitness import is_flat
from archdsl.training.history import Epoch
from archdsl.training.plan import Plan
from archdsl.training.progress import Display, printable
from archdsl.training.run import Run
from archdsl.training.task import Classification

SMALL_STEP = 200_000_000
"""MACs of a forward pass on a batch, below which one thread is as fast as several."""


def run_plan(plan: Plan, saved: dict[str, Any] | None) -> Run:
    """Train as planned, from the beginning or from a checkpoint."""
    history = [Epoch(**row) for row in saved["history"]] if saved else []
    if len(history) < plan.epochs:
        with quiet(), _torch_state(plan):
            saved = _train(plan, saved, history)
    assert saved is not None
    plan.files.write_curve(history, printable(f"{plan.architecture.name} on {plan.dataset.name}"))
    return Run(plan.architecture.name, tuple(history), plan.files.last, plan.out, rebuild_network(saved, plan.architecture.graph))


def _train(plan: Plan, saved: dict[str, Any] | None, history: list[Epoch]) -> dict[str, Any]:
    data, recipe, options = plan.dataset, plan.stretched, plan.options
    flat = is_flat(plan.architecture.graph)
    alter = Alteration(recipe.augment, recipe.mixup, recipe.cutmix, data.classes)
    train = Batches(data.x_train, data.y_train, recipe.batch_size, data.mean, data.std, seed=options.seed, flat=flat, alter=alter, fresh=data.fresh)
    test = Batches(data.x_test, data.y_test, BATCH, data.mean, data.std, flat=flat)
    task = Classification(compile_architecture(plan.architecture, seed=options.seed), recipe, train, len(history))
    display = Display(Console(quiet=not options.progress), recipe.epochs, len(train), len(history))
    recorder = Recorder(plan, (train, test), history, saved, display)
    trainer = _trainer(recorder, max_epochs=recipe.epochs - len(history), gradient_clip_val=recipe.clip, **options.trainer)
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(task, train, test)
    except SystemExit:  # Lightning's answer to Ctrl-C, with further ones switched off
        signal.signal(signal.SIGINT, handler)
        display.close()
        display.say(_how_to_go_on(plan, len(history)))
        raise KeyboardInterrupt(_how_to_go_on(plan, len(history))) from None
    finally:
        display.close()
    return recorder.content


def _trainer(recorder: Recorder, **settings: Any) -> Any:
    """Return Lightning's trainer without what archdsl does itself: logging, checkpoints, the bar."""
    try:
        return lightning.Trainer(
            callbacks=[recorder],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
            **settings,
        )
    except Exception as error:  # devices and precisions that this machine lacks, in Lightning's words
        raise UsageError(Diagnostic("E810", f"this machine cannot train so: {str(error).strip()}")) from None


@contextmanager
def _torch_state(plan: Plan) -> Iterator[None]:
    """Leave torch's generator and threads as they were.

    Steps of very small networks run on one thread: sharing them out costs more than it gains, above all on a busy machine, and the
    numbers are then the same on any number of cores.
    """
    threads = torch.get_num_threads()
    if analyze(plan.architecture).macs * plan.recipe.batch_size < SMALL_STEP:
        torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)


def _how_to_go_on(plan: Plan, done: int) -> str:
    if not done or plan.out is None:
        return "interrupted in the first epoch: nothing is saved yet" if plan.out else "interrupted: this run keeps no files"
    return f"interrupted: `{plan.files.last}` holds {done} of {plan.epochs} epochs; the same call with `--resume` (`resume=True`) goes on"


class Recorder(lightning.Callback):  # type: ignore[misc]
    """Seeds every epoch, keeps the history, writes the checkpoints, shows progress."""

    def __init__(self, plan: Plan, batches: tuple[Batches, Batches], history: list[Epoch], saved: dict[str, Any] | None, display: Display) -> None:
        self.plan = plan
        self.facts = _facts(plan)
        self.batches = batches
        self.history = history
        self.content = saved or {}
        self.display = display
        self.started = 0.0

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        task: Classification = pl_module
        for batches in self.batches:
            batches.to(task.device)
            batches.rank, batches.world = trainer.global_rank, trainer.world_size
        if self.content:
            task.network.load_state_dict(self.content["weights"])
            trainer.optimizers[0].load_state_dict(self.content["optimizer"])
        if self.content and task.average is not None:
            task.average.network.load_state_dict(self.content["average"])
        self.display.header(_header(self.plan, trainer, task))

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        task: Classification = pl_module
        self.started = time.perf_counter()
        self.batches[0].epoch = task.epoch
        torch.manual_seed(seed_of(self.plan.options.seed, task.epoch, trainer.global_rank))
        task.trained.sums = task.tested.sums = None
        self.display.start_epoch(task.epoch + 1)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        self.display.step()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        task: Classification = pl_module
        together = partial(trainer.strategy.reduce, reduce_op="sum")
        train_loss, train_accuracy, _ = task.trained.result(together)
        test_loss, test_accuracy, _ = task.tested.result(together)
        if not math.isfinite(train_loss):
            raise UsageError(_diverged(task, self.plan))
        seconds = time.perf_counter() - self.started
        best = test_accuracy > max((row.test_accuracy for row in self.history), default=-1.0)
        row = Epoch(task.epoch + 1, train_loss, train_accuracy, test_loss, test_accuracy, task.rate_at(task.steps - 1), seconds)
        self.history.append(row)
        self._collect(trainer, task)
        if trainer.is_global_zero:
            self.plan.files.write_epoch(self.content, self.history, best)
        self.display.end_epoch(row, best)
        if self.plan.options.on_epoch is not None:
            wanted = bool(self.plan.options.on_epoch(row))
            trainer.should_stop = trainer.strategy.reduce_boolean_decision(wanted, all=False)

    def _collect(self, trainer: Any, task: Classification) -> None:
        self.content = {
            **self.facts,
            "epoch": len(self.history),
            "history": [asdict(row) for row in self.history],
            "weights": task.network.state_dict(),
            "average": task.average.network.state_dict() if task.average is not None else None,
            "optimizer": trainer.optimizers[0].state_dict(),
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
    data = f"{plan.dataset.name}: {len(plan.dataset.y_train):,} train, {len(plan.dataset.y_test):,} test images"
    how = f"recipe {plan.recipe.name}, seed {plan.options.seed}, {device}, " + (f"writing to {plan.out}" if plan.out else "without files")
    resumed = [f"going on after epoch {task.first_epoch}"] if task.first_epoch else []
    return [f"{plan.architecture.name} ({params:,} parameters) on {data}", how, *resumed]


def _diverged(task: Classification, plan: Plan) -> Diagnostic:
    help = f"in the recipe: a smaller `lr` than {plan.recipe.optimizer.chosen.lr:g}, more `warmup_epochs`, or `clip: 1.0`"
    return Diagnostic("E811", f"the loss is not finite in epoch {task.epoch + 1}", None, help)
