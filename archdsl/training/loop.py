"""The run itself: Lightning loops, and spreads it over processes; a recorder keeps the history and writes the checkpoints."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from archdsl.analysis.cost import analyze
from archdsl.backend.compiling import compile_architecture
from archdsl.backend.pieces import in_pieces
from archdsl.errors import Diagnostic, UsageError, printable
from archdsl.training.augmentation import Alteration
from archdsl.training.batches import Batches
from archdsl.training.board import Board
from archdsl.training.checkpoints import read_checkpoint, rebuild_network
from archdsl.training.engine import lightning, quiet
from archdsl.training.evaluation import BATCH
from archdsl.training.fitness import is_flat
from archdsl.training.history import Epoch
from archdsl.training.options import Options
from archdsl.training.plan import Plan
from archdsl.training.progress import Display, Screen
from archdsl.training.rand_augment import Units
from archdsl.training.recorder import Recorder
from archdsl.training.run import Run
from archdsl.training.task import Classification

SMALL_STEP = 200_000_000
"""MACs of a forward pass on a batch, below which one thread is as fast as several."""


def run_plan(plan: Plan, saved: dict[str, Any] | None) -> Run:
    """Train as planned, from the beginning or from a checkpoint."""
    done = carry_out(plan, saved, Epoch, _prepare)
    network = rebuild_network(done.saved, plan.architecture.graph)
    return Run(plan.architecture.name, done.history, plan.files.last, plan.out, network, done.rank)


@dataclass(frozen=True, slots=True)
class Done:
    """What a training left: what its last checkpoint holds, its history, and which of several processes this is."""

    saved: dict[str, Any]
    history: tuple[Any, ...]
    rank: int


Prepare = Callable[[Plan, "dict[str, Any] | None", "list[Any]"], "tuple[Any, Recorder]"]
"""From a plan, a checkpoint and a history to what Lightning trains and what keeps the history."""


def carry_out(plan: Plan, saved: dict[str, Any] | None, row: type, prepare: Prepare) -> Done:
    """Train what is left of a plan, and write the curve.

    Args:
        plan: What to do.
        saved: The checkpoint to go on from.
        row: What the history is made of.
        prepare: Builds what is trained.
    """
    history = [row(**each) for each in saved["history"]] if saved else []
    rank = 0
    if len(history) < plan.epochs:
        with quiet(), _torch_state(plan), _told(plan):
            task, recorder = prepare(plan, saved, history)
            _fit(plan, task, recorder)
            saved, rank = recorder.content, recorder.rank
    assert saved is not None
    if rank == 0:
        plan.files.write_curve(history, printable(f"{plan.architecture.name} on {plan.dataset.name}"))
    return Done(saved, tuple(history), rank)


def _prepare(plan: Plan, saved: dict[str, Any] | None, history: list[Any]) -> tuple[Classification, Recorder]:
    data, recipe, options = plan.dataset, plan.stretched, plan.options
    flat = is_flat(plan.architecture.graph)
    alter = Alteration(recipe.augment, recipe.mixup, recipe.cutmix, data.classes, Units.of(data.mean, data.std, data.lowest, data.largest))
    train = Batches(data.x_train, data.y_train, recipe.batch_size, data.mean, data.std, seed=options.seed, flat=flat, alter=alter, fresh=data.fresh)
    test = Batches(data.x_test, data.y_test, BATCH, data.mean, data.std, flat=flat)
    task = Classification(_network(plan), recipe, train, len(history), sharded=options.strategy == "fsdp")
    display = Display(Screen(quiet=not options.progress), recipe.epochs, len(train), len(history))
    return task, Recorder(plan, (train, test), history, saved, display)


def _fit(plan: Plan, task: Any, recorder: Recorder) -> None:
    """Let Lightning loop over what is left of the epochs.

    Raises:
        KeyboardInterrupt: On Ctrl-C, after saying how to go on.
    """
    recipe, options, history, display = plan.stretched, plan.options, recorder.history, recorder.display
    callbacks = [recorder, *([Board(plan.out, history)] if options.tensorboard and plan.out else [])]
    trainer = _trainer(options, callbacks=callbacks, max_epochs=recipe.epochs - len(history), gradient_clip_val=recipe.clip)
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(task, *recorder.batches)
    except SystemExit:  # Lightning's answer to Ctrl-C, with further ones switched off
        signal.signal(signal.SIGINT, handler)
        display.close()
        said = _how_to_go_on(plan)
        display.say(said)
        raise KeyboardInterrupt(said) from None
    finally:
        recorder.close()


def _network(plan: Plan) -> nn.Module:
    """Return the network, in pieces where its blocks are sharded or recomputed."""
    network = compile_architecture(plan.architecture, seed=plan.options.seed)
    if plan.options.strategy != "fsdp" and not plan.options.recompute:
        return network
    return in_pieces(network, plan.architecture.graph, recompute=plan.options.recompute)


def _trainer(options: Options, **settings: Any) -> Any:
    """Return Lightning's trainer without what archdsl does itself: logging, checkpoints, the bar."""
    strategy: Any = options.strategy
    if strategy == "fsdp":
        strategy = lightning.strategies.ModelParallelStrategy(data_parallel_size=options.processes, tensor_parallel_size=1)
    try:
        trainer = lightning.Trainer(
            strategy=strategy,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
            **options.trainer,
            **settings,
        )
    except Exception as error:  # devices and precisions that this machine lacks, in Lightning's words
        raise UsageError(Diagnostic("E810", f"this machine cannot train so: {str(error).strip()}")) from None
    started_by = type(getattr(trainer.strategy, "cluster_environment", None)).__name__
    if options.nodes > 1 and started_by == "LightningEnvironment" and "MASTER_ADDR" not in os.environ:  # it would wait for others that never come
        help = "start it with `torchrun` or `srun`, or set MASTER_ADDR, MASTER_PORT and NODE_RANK on each"
        raise UsageError(Diagnostic("E810", f"nothing says where the {options.nodes} machines of `nodes` are", None, help))
    return trainer


@contextmanager
def _told(plan: Plan) -> Iterator[None]:
    """Turn what torch says of batches that are too large, or of one image, into diagnostics."""
    size = plan.recipe.batch_size
    try:
        yield
    except torch.OutOfMemoryError:
        raise UsageError(_too_large(size)) from None
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise UsageError(_too_large(size)) from None
    except ValueError as error:
        if not str(error).startswith("Expected more than 1"):
            raise
        message = "a norm of the network has one value of each channel, in a batch of one image, and cannot be trained on that"
        raise UsageError(Diagnostic("E810", message, None, "a larger `batch_size` in the recipe, or more images")) from None


def _too_large(size: int) -> Diagnostic:
    help = "a smaller `batch_size` in the recipe, `--recompute`, `--precision bf16`, or smaller images: `--size`"
    return Diagnostic("E810", f"there is too little memory to train with batches of {size:,} images", None, help)


@contextmanager
def _torch_state(plan: Plan) -> Iterator[None]:
    """Leave torch's generator, threads and choice of convolutions as they were.

    An accelerator tries its ways to convolve, and keeps the fastest. Steps of very small networks run on one thread: sharing them out costs more
    than it gains, above all on a busy machine, and the numbers are then the same on any number of cores.
    """
    threads, tried = torch.get_num_threads(), torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    if analyze(plan.architecture).macs * plan.recipe.batch_size < SMALL_STEP:
        torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
        torch.backends.cudnn.benchmark = tried


def _how_to_go_on(plan: Plan) -> str:
    if plan.out is None or not (plan.files.last and plan.files.last.is_file()):
        return "interrupted in the first epoch: nothing is saved yet" if plan.out else "interrupted: this run keeps no files"
    done = read_checkpoint(plan.files.last)["epoch"]  # the history may be an epoch ahead
    return f"interrupted: `{plan.files.last}` holds {done} of {plan.epochs} epochs; the same call with `--resume` (`resume=True`) goes on"
