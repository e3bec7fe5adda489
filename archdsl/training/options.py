"""The options of a training that are neither network, data nor recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.training.history import Epoch

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
        devices: ``auto`` (an accelerator where there is one), ``cpu``, or how many accelerators.
        precision: ``32``, ``bf16`` or ``16`` (mixed); 32 without it.
        progress: Whether to show progress on standard output.
        files: Whether checkpoints, history and curve are written; without them a run costs its steps and little else, and cannot be resumed.
        on_epoch: Called with the row of each epoch, after its files are written. A true answer ends the training; an exception does, too, and passes.
    """

    size: int | None = None
    data_root: str | Path | None = None
    download: bool = False
    epochs: int | None = None
    seed: int = 0
    devices: str | int = "auto"
    precision: str | int | None = None
    progress: bool = True
    files: bool = True
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
        if self.devices not in ("auto", "cpu") and not (str(self.devices).isdigit() and int(self.devices) > 0):
            found.append(f"`devices` must be `auto`, `cpu` or a number from 1, got `{self.devices}`")
        if self.precision is not None and str(self.precision) not in PRECISIONS:
            found.append("`precision` must be " + ", ".join(f"`{name}`" for name in PRECISIONS) + f", got `{self.precision}`")
        if self.on_epoch is not None and not callable(self.on_epoch):
            found.append(f"`on_epoch` must be callable with the row of an epoch, got `{self.on_epoch}`")
        return found

    @property
    def trainer(self) -> dict[str, Any]:
        """The same as Lightning's trainer takes it."""
        named = self.devices in ("auto", "cpu")
        accelerator = str(self.devices) if named else "gpu"
        return {"accelerator": accelerator, "devices": 1 if named else int(self.devices), "precision": PRECISIONS[str(self.precision or "32")]}
