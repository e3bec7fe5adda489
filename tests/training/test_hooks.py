"""What a caller may do while a network trains, and runs that leave no files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archdsl.errors import UsageError
from archdsl.training.checkpoints import read_checkpoint
from archdsl.training.fit import train
from archdsl.training.history import Epoch
from tests.training.networks import TINY


def quiet(**options: Any) -> Any:
    """Train the tiny network without a word."""
    return train(TINY, progress=False, devices="cpu", **options)


class Pruned(Exception):
    """A caller's own."""


def test_every_epoch_is_reported_after_its_files_are_written(tmp_path: Path) -> None:
    seen: list[tuple[Epoch, int]] = []
    run = quiet(out=tmp_path, epochs=3, on_epoch=lambda row: seen.append((row, read_checkpoint(tmp_path)["epoch"])))
    assert tuple(row for row, _ in seen) == run.history
    assert [epoch for _, epoch in seen] == [1, 2, 3]


def test_a_true_answer_ends_the_training(tmp_path: Path) -> None:
    whole = quiet(files=False, epochs=4)
    run = quiet(out=tmp_path, epochs=4, on_epoch=lambda row: row.epoch == 2)
    assert [row.test_loss for row in run.history] == [row.test_loss for row in whole.history[:2]]
    assert len(quiet(out=tmp_path, resume=True).history) == 4


def test_an_exception_passes(tmp_path: Path) -> None:
    def prune(row: Epoch) -> None:
        if row.epoch == 2:
            raise Pruned

    with pytest.raises(Pruned):
        quiet(out=tmp_path, epochs=4, on_epoch=prune)
    assert read_checkpoint(tmp_path)["epoch"] == 2


def test_a_run_without_files_is_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept, bare = quiet(out=tmp_path / "kept", epochs=2), quiet(files=False, epochs=2)
    assert [row.test_loss for row in bare.history] == [row.test_loss for row in kept.history]
    assert (bare.out, bare.checkpoint, bare.as_dict()["checkpoint"]) == (None, None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"out": "x"}, "a run without files has nothing to put into `out`"),
        ({"resume": True}, "a run without files has nothing to resume"),
        ({"on_epoch": 3}, "`on_epoch` must be callable with the row of an epoch, got `3`"),
    ],
)
def test_what_does_not_go_together(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        quiet(files=False, **options)
    assert [each.message for each in caught.value.diagnostics] == [message]
