"""Trainings on an accelerator; skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archdsl
from tests.training.networks import TINY

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator")

QUIET = {"devices": 1, "progress": False}


@pytest.mark.parametrize("precision", [32, "bf16", 16])
def test_digits_are_learned(precision: object, tmp_path: Path) -> None:
    run = archdsl.train(archdsl.load("resnet8-digits"), "digits", "digits", out=tmp_path, precision=precision, **QUIET)
    assert run.accuracy > 0.97
    assert archdsl.evaluate(run.checkpoint, device="cuda").accuracy == pytest.approx(run.accuracy, abs=0.01)


def test_a_run_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    whole = archdsl.train(archdsl.load(TINY), "digits", "digits", epochs=3, out=tmp_path / "whole", **QUIET)

    def stop(row: archdsl.training.Epoch) -> bool:
        return row.epoch == 2

    archdsl.train(archdsl.load(TINY), "digits", "digits", epochs=3, out=tmp_path / "cut", on_epoch=stop, **QUIET)
    resumed = archdsl.train(archdsl.load(TINY), "digits", "digits", epochs=3, out=tmp_path / "cut", resume=True, **QUIET)
    assert [row.train_loss for row in resumed.history] == pytest.approx([row.train_loss for row in whole.history], rel=1e-3)


@pytest.mark.parametrize(
    ("network", "data", "recipe", "settings"),
    [
        ("mnist-addition-2xst-fcn-affine", "digits-addition", "digits", {}),
        ("distorted-mnist-st-cnn-tps", "digits-rts", "digits", {"width": 8}),
        ("ijepa-small", "digits", "ijepa-small", {"image": 8, "patch": 1, "width": 32, "predictor_width": 16, "n_visible": 20, "n_hidden": 10}),
    ],
)
def test_other_trainings_run(network: str, data: str, recipe: str, settings: dict[str, object], tmp_path: Path) -> None:
    run = archdsl.train(archdsl.load(network, set=settings), data, recipe, epochs=1, out=tmp_path, **QUIET)
    assert len(run.history) == 1
    assert {each.device.type for each in run.model.parameters()} == {"cpu"}


def test_fractal_columns_are_drawn_on_the_accelerator() -> None:
    recipe = "recipe: 1\nepochs: 1\nbatch_size: 64\noptimizer: {sgd: {lr: 0.02}}\nglobal_drop_path: {chance: 0.5, per: sample}\nema: 0.99\n"
    arch = archdsl.load("fractalnet-20", set={"input": [1, 8, 8], "widths": [16, 32, 64], "dropouts": [0, 0, 0.1]})
    run = archdsl.train(arch, "digits", recipe, files=False, **QUIET)
    assert run.history[0].train_loss < 4
