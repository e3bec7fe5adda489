"""Trainings that are killed, or interrupted from the keyboard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archdsl.training.checkpoints import read_checkpoint
from archdsl.training.fit import train
from tests.training.networks import TINY
from tests.training.nursery import EPOCHS, KILLS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="trainings are forked")


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], dict[str, Any], str]:
    """Run the nursery; return its folder, what the interrupted training said, what was found, and what went to standard error."""
    folder = tmp_path_factory.mktemp("nursery")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.training.nursery", str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    *said, last = done.stdout.splitlines()
    return folder, said, json.loads(last), done.stderr


def test_a_run_killed_five_times_at_random_moments_ends_like_one_left_alone(nursery: Any) -> None:
    folder, _, found, _ = nursery
    assert (len(found["killed"]["moments"]), found["killed"]["code"]) == (KILLS, 0), found
    killed = train(TINY, out=folder / "killed", resume=True, devices="cpu", progress=False)
    alone = train(TINY, files=False, epochs=EPOCHS, devices="cpu", progress=False)
    assert [row.epoch for row in killed.history] == list(range(1, EPOCHS + 1))
    assert abs(killed.loss - alone.loss) < 1e-6 and killed.accuracy == alone.accuracy, found
    assert [row.train_loss for row in killed.history] == pytest.approx([row.train_loss for row in alone.history], abs=1e-6)
    assert not list((folder / "killed").glob(".*.part")), "what a kill left is cleared away by the next write"


def test_control_c_says_how_to_go_on(nursery: Any) -> None:
    folder, said, found, errors = nursery
    last = folder / "interrupted" / "last.pt"
    epochs = read_checkpoint(last)["epoch"]
    assert found["interrupted"] == {"code": 130} and 1 <= epochs < 500
    assert said[-1] == f"interrupted: `{last}` holds {epochs} of 500 epochs; the same call with `--resume` (`resume=True`) goes on"
    assert errors.strip().splitlines()[-1] == "interrupted"
