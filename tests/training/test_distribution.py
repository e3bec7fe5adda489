"""Two processes on one machine give what one gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
import torch
from rich.console import Console

import archdsl
from archdsl.errors import UsageError
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import read_checkpoint
from archdsl.training.datasets import load_data
from archdsl.training.options import Options
from archdsl.training.plan import Plan
from archdsl.training.progress import Display
from archdsl.training.recipes import load_recipe
from archdsl.training.recorder import Recorder
from tests.training.processes import MEAN, NETWORK, RECIPE, SHARING, curve

ROOT = Path(__file__).parents[2]


def run(*command: str) -> str:
    """Run a Python module on two processes, or one that starts its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_two_processes_give_the_curve_of_one(tmp_path: Path) -> None:
    how: dict[str, Any] = {"recipe": RECIPE, "files": False, "devices": "cpu", "progress": False}
    alone = archdsl.train(NETWORK, **how)
    run("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "tests.training.processes", str(tmp_path))
    curves = json.loads((tmp_path / "curves.json").read_text())
    assert set(curves) == {"ddp", "fsdp", "recomputed", "resumed", "sharing", "mean", "mean resumed"}
    average = archdsl.train(NETWORK, **{**how, "recipe": MEAN})
    runs = {"sharing": archdsl.train(SHARING, **how), "mean": average, "mean resumed": average}
    for name, found in curves.items():
        for row, wanted in zip(found, curve(runs.get(name, alone)), strict=True):
            assert row == pytest.approx(wanted, abs=1e-5), name
    mean = read_checkpoint(tmp_path / "mean")
    for each, weight in read_checkpoint(tmp_path / "mean resumed")["average"].items():
        assert torch.allclose(weight, mean["average"][each], atol=1e-5) and not torch.equal(weight, mean["weights"][each])
    for name in ("ddp", "fsdp", "parts"):
        assert archdsl.evaluate(tmp_path / name).loss == pytest.approx(alone.loss, abs=1e-5)
    again = archdsl.evaluate(tmp_path / "averaged")  # both processes evaluate with the statistics that are kept
    assert [again.loss, again.accuracy] == pytest.approx(json.loads((tmp_path / "averaged.json").read_text()), abs=1e-6)


def test_the_command_starts_its_own_processes_and_speaks_once(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(NETWORK)
    script = tmp_path / "command.py"
    script.write_text("from archdsl.cli import main\n\nmain()\n")
    lines = run(str(script), "train", str(tmp_path / "net.yaml"), "--devices", "cpu:2", "--epochs", "1", "--out", str(tmp_path / "out")).splitlines()
    assert "2 x CPU" in lines[1]
    assert [line.split()[0] for line in lines[2:-1]] == ["epoch", "1/1"]
    assert json.loads(lines[-1])["epochs"] == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["best.pt", "curve.png", "history.csv", "last.pt"]


def test_recomputing_changes_nothing(tmp_path: Path) -> None:
    plain, again = (archdsl.train("resnet8-digits", epochs=1, files=False, devices="cpu", progress=False, recompute=each) for each in (False, True))
    assert [row.test_loss for row in plain.history] == [row.test_loss for row in again.history]


def test_shares_of_a_batch_weigh_as_much_as_their_images() -> None:
    batches = Batches(numpy.zeros((23, 1, 1, 1), numpy.float32), numpy.arange(23), 6, [0.0], [1.0], seed=1)
    batches.world = 3
    for batch, whole in enumerate([6, 6, 6, 5]):
        shares = []
        for batches.rank in range(3):
            own = list(batches)[batch][1]
            shares.append(batches.share(batch))
            assert shares[-1] * whole == pytest.approx(len(own) * 3)
        assert sum(shares) == pytest.approx(3)


@pytest.mark.parametrize(("size", "images"), [(2, (40, 9)), (10, (40, 2))])
def test_batches_that_are_too_small_to_share(size: int, images: tuple[int, int]) -> None:
    batches = tuple(Batches(numpy.zeros((count, 1, 1, 1), numpy.float32), numpy.arange(count), size, [0.0], [1.0]) for count in images)
    arch, digits, recipe = archdsl.load(NETWORK), load_data("digits"), load_recipe(RECIPE)
    recorder = Recorder(Plan(arch, digits, recipe, 1, Options(), None), batches, [], None, Display(Console(quiet=True), 1, 1))
    with pytest.raises(UsageError, match=r"a batch of [12] images cannot be shared by 3 processes"):
        recorder.on_fit_start(SimpleNamespace(global_rank=0, world_size=3, is_global_zero=True), SimpleNamespace(device="cpu"))
    with pytest.raises(UsageError) as caught:
        recorder.on_fit_start(SimpleNamespace(global_rank=1, world_size=3, is_global_zero=False), SimpleNamespace(device="cpu"))
    assert caught.value.diagnostics == (), "the first process has told it"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {"accelerator": "auto", "devices": 1, "num_nodes": 1}),
        ({"devices": "cpu"}, {"accelerator": "cpu", "devices": 1}),
        ({"devices": "cpu:3"}, {"accelerator": "cpu", "devices": 3}),
        ({"devices": 4, "nodes": 2, "sync_norm": True}, {"accelerator": "gpu", "devices": 4, "num_nodes": 2, "sync_batchnorm": True}),
        ({"devices": "8", "precision": "bf16"}, {"accelerator": "gpu", "devices": 8, "precision": "bf16-mixed"}),
    ],
)
def test_options_as_lightning_takes_them(given: dict[str, object], wanted: dict[str, object]) -> None:
    options = Options.read(given)
    assert options.trainer.items() >= wanted.items()
    assert options.processes == options.trainer["devices"] * options.trainer["num_nodes"]
