"""The middle of an epoch as a checkpoint keeps it, so that a long epoch need not be begun anew."""

from __future__ import annotations

from random import Random
from typing import Any

import torch

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.batches import Batches


def capture(task: Any, batches: Batches, steps: int, seconds: float) -> dict[str, Any]:
    """Return what the rest of an epoch depends on, besides weights and optimizer, after some of its steps."""
    return {
        "steps": steps,
        "seconds": seconds,
        "sums": task.trained.sums,
        "draws": batches.draws(),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(task.device) if task.device.type == "cuda" else None,
    }


def restore(within: dict[str, Any], task: Any, batches: Batches) -> None:
    """Go on in the middle of an epoch that has just been begun: its first batches are left out.

    Raises:
        UsageError: If the middle is not one of such an epoch, or was kept on another kind of device.
    """
    try:
        torch.Generator(task.device).set_state(within["draws"]["images"])
        Random().setstate(within["draws"]["batch"])
        torch.set_rng_state(within["torch"])
        damaged = within["steps"] >= task.steps
    except (RuntimeError, TypeError, ValueError):
        damaged = True
    if damaged:
        message = "the checkpoint is of the middle of an epoch, which cannot be gone on with: it was kept on another kind of device, or is damaged"
        raise UsageError(Diagnostic("E807", message, None, "name the kind with `--devices`, or start anew in another folder: `--out`"))
    batches.skip(within["steps"], within["draws"])
    task.trained.sums = None if within["sums"] is None else within["sums"].to(task.device)
    if within["cuda"] is not None and task.device.type == "cuda":
        torch.cuda.set_rng_state(within["cuda"], task.device)
