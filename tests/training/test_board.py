"""The history for TensorBoard, with a writer that takes notes in place of TensorBoard's."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from archdsl.errors import MissingDependencyError, UsageError
from archdsl.training.fit import train
from tests.training.networks import TINY


class Notes:
    """A writer that remembers."""

    made: ClassVar[list[Notes]] = []

    def __init__(self, folder: str, purge_step: int) -> None:
        self.folder, self.purge_step, self.rows, self.closed = folder, purge_step, {}, False
        Notes.made.append(self)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.rows[name, step] = value

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        self.closed = True


def quiet(out: Path, **options: Any) -> Any:
    """Train the tiny network with a board."""
    return train(TINY, out=out, tensorboard=True, progress=False, devices="cpu", **options)


def test_every_epoch_is_written_and_a_run_that_goes_on_writes_all_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Notes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    monkeypatch.setattr(Notes, "made", [])
    quiet(tmp_path, epochs=3, on_epoch=lambda row: row.epoch == 2)
    run = quiet(tmp_path, resume=True)
    first, second = Notes.made
    assert {step for _, step in first.rows} == {1, 2} and {step for _, step in second.rows} == {1, 2, 3}
    for row in run.history:
        assert second.rows["accuracy/test", row.epoch] == row.test_accuracy
        assert second.rows["loss/train", row.epoch] == row.train_loss
    assert second.folder == str(tmp_path / "tensorboard") and second.purge_step == 1 and first.closed and second.closed


def test_without_tensorboard_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(MissingDependencyError) as caught:
        quiet(tmp_path, epochs=1)
    assert str(caught.value) == "error[E710]: this needs `tensorboard`, which is not installed\n  = help: pip install 'archdsl[tensorboard]'"


def test_it_needs_a_folder() -> None:
    with pytest.raises(UsageError, match="a run without files has nowhere to write for `tensorboard`"):
        train(TINY, files=False, tensorboard=True, progress=False)
