"""The history for TensorBoard, where it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from archdsl.extras import missing_dependency
from archdsl.training.engine import lightning
from archdsl.training.history import Epoch, FeatureEpoch


def summary_writer() -> Any:
    """Return torch's writer for TensorBoard.

    Raises:
        MissingDependencyError: If TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 (it is not needed otherwise, and may be missing)
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    return SummaryWriter


class Board(lightning.Callback):  # type: ignore[misc]
    """Writes the rows of a history, as they come, into the folder ``tensorboard`` of a run; a run that goes on writes it anew."""

    def __init__(self, folder: Path, history: Sequence[Any]) -> None:
        self.writer = summary_writer()(str(folder / "tensorboard"), purge_step=1)
        self.history = history
        for row in history:
            self._write(row)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if trainer.is_global_zero:
            self._write(self.history[-1])

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        self.writer.close()

    def _write(self, row: Epoch | FeatureEpoch) -> None:
        for name, value in asdict(row).items():
            part, _, what = name.partition("_")
            if name != "epoch":
                self.writer.add_scalar(f"{what}/{part}" if part in ("train", "test") else name, value, row.epoch)
        self.writer.flush()
