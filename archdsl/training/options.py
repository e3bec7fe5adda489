"""The options of a training that are neither network, data nor recipe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.training.history import Epoch

STRATEGIES = ("auto", "ddp", "fsdp")
PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


@dataclass(frozen=True, slots=True)
class Options:
    """How a training runs.

    Attributes:
        size: The side to which the images are resized first; without it they stay as they are.
        data_root: Where torchvision keeps its data; ``data`` without it.
        download: Whether torchvision may fetch data that are not there.
        epochs: Another number of epochs than the recipe's; its schedule is stretched.
        seed: Of the weights, the order of the images and everything else that is drawn.
        devices: ``auto`` (an accelerator where there is one), ``cpu``, how many accelerators of each machine, or ``cpu:2``, how many processes.
        nodes: How many machines.
        strategy: ``auto``, which is ``ddp`` for several processes: each has the whole network; or ``fsdp``: each has a share of the weights.
        sync_norm: Whether batch norms take their statistics over all processes; on accelerators.
        recompute: Whether blocks keep nothing for the backward pass and are computed again in it.
        precision: ``32``, ``bf16`` or ``16`` (mixed); 32 without it.
        progress: Whether to show progress on standard output.
        files: Whether checkpoints, history and curve are written; without them a run costs its steps and little else, and cannot be resumed.
        checkpoint_every: After how many minutes a checkpoint is written within an epoch, too, by one process; only after each epoch without it.
        tensorboard: Whether the history is also written for TensorBoard, into the folder ``tensorboard`` of the run.
        on_epoch: Called with the row of each epoch, after its files are written. A true answer ends the training; an exception does, too, and passes.
    """

    size: int | None = None
    data_root: str | Path | None = None
    download: bool = False
    epochs: int | None = None
    seed: int = 0
    devices: str | int = "auto"
    nodes: int = 1
    strategy: str = "auto"
    sync_norm: bool = False
    recompute: bool = False
    precision: str | int | None = None
    progress: bool = True
    files: bool = True
    checkpoint_every: float | None = None
    tensorboard: bool = False
    on_epoch: Callable[[Epoch], Any] | None = None

    @staticmethod
    def read(given: dict[str, Any]) -> Options:
        """Check options; raise :class:`UsageError` with everything that is wrong."""
        known = [each.name for each in fields(Options)]
        wrong = [Diagnostic("E810", f"training has no option `{name}`", None, did_you_mean(name, known)) for name in given if name not in known]
        if wrong:
            raise UsageError(wrong)
        options = Options(**given)
        wrong = [Diagnostic("E810", message) for message in options._problems()]
        if wrong:
            raise UsageError(wrong)
        return options

    def _problems(self) -> list[str]:
        found = []
        if self.epochs is not None and (not isinstance(self.epochs, int) or not 0 < self.epochs <= 100_000):
            found.append(f"`epochs` must be a whole number from 1, got `{self.epochs}`")
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**32:
            found.append(f"`seed` must be a whole number from 0 to 2**32 - 1, got `{self.seed}`")
        if self.devices not in ("auto", "cpu") and not re.fullmatch(r"(cpu:)?[1-9][0-9]{0,3}", str(self.devices)):
            found.append(f"`devices` must be `auto`, `cpu`, `cpu:2` or a number from 1, got `{self.devices}`")
        if not isinstance(self.nodes, int) or self.nodes < 1:
            found.append(f"`nodes` must be a whole number from 1, got `{self.nodes}`")
        if self.strategy not in STRATEGIES:
            found.append("`strategy` must be " + ", ".join(f"`{name}`" for name in STRATEGIES) + f", got `{self.strategy}`")
        if self.precision is not None and str(self.precision) not in PRECISIONS:
            found.append("`precision` must be " + ", ".join(f"`{name}`" for name in PRECISIONS) + f", got `{self.precision}`")
        if self.checkpoint_every is not None and (not isinstance(self.checkpoint_every, (int, float)) or not self.checkpoint_every >= 0):
            found.append(f"`checkpoint_every` must be a number of minutes, got `{self.checkpoint_every}`")
        if self.sync_norm and str(self.devices).startswith("cpu"):
            found.append("`sync_norm` needs accelerators")
        if self.tensorboard and not self.files:
            found.append("a run without files has nowhere to write for `tensorboard`")
        if self.on_epoch is not None and not callable(self.on_epoch):
            found.append(f"`on_epoch` must be callable with the row of an epoch, got `{self.on_epoch}`")
        return found

    @property
    def trainer(self) -> dict[str, Any]:
        """The same as Lightning's trainer takes it."""
        kind = str(self.devices).partition(":")[0]
        accelerator = kind if kind in ("auto", "cpu") else "gpu"
        return {
            "accelerator": accelerator,
            "devices": self._per_node,
            "num_nodes": self.nodes,
            "precision": PRECISIONS[str(self.precision or "32")],
            "sync_batchnorm": self.sync_norm,
        }

    @property
    def processes(self) -> int:
        """How many processes train, on all machines together."""
        return self._per_node * self.nodes

    @property
    def _per_node(self) -> int:
        number = str(self.devices).rpartition(":")[2]
        return int(number) if number.isdigit() else 1
