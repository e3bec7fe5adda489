"""Trainings on an accelerator; skipped where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import archdsl
from archdsl.training.rand_augment import OPERATIONS
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


@pytest.mark.parametrize("precision", [32, "bf16"])
def test_a_sharded_training_has_the_curve_of_a_whole_one(precision: object, tmp_path: Path) -> None:
    how: dict[str, Any] = {"epochs": 2, "precision": precision, **QUIET}
    runs = {each: archdsl.train(archdsl.load(TINY), "digits", "digits", out=tmp_path / each, strategy=each, **how) for each in ("auto", "fsdp")}
    whole, sharded = ([row.train_loss for row in run.history] for run in runs.values())
    assert sharded == pytest.approx(whole, rel=1e-3 if precision == 32 else 0.05)
    assert archdsl.evaluate(runs["fsdp"].checkpoint).accuracy == pytest.approx(runs["fsdp"].accuracy, abs=0.01)


def test_recomputed_blocks_have_the_curve_of_kept_ones() -> None:
    runs = [archdsl.train(archdsl.load(TINY), "digits", "digits", epochs=2, files=False, recompute=each, **QUIET) for each in (False, True)]
    kept, recomputed = ([row.train_loss for row in run.history] for run in runs)
    assert recomputed == pytest.approx(kept, rel=1e-3)


def test_a_recipe_with_all_changes_of_images_learns() -> None:
    changes = "[{reflect_crop: 1}, {flip: 0.5}, {rand_augment: {count: 2}}, {erase: {chance: 0.5}}, {cutout: 2}]"
    recipe = f"recipe: 1\nepochs: 3\nbatch_size: 64\noptimizer: {{adamw: {{lr: 3e-3}}}}\naugment: {changes}\nmixup: 0.2\ncutmix: 1.0\nema: 0.99\n"
    run = archdsl.train(archdsl.load(TINY), "digits", recipe, files=False, **QUIET)
    assert run.history[-1].train_loss < run.history[0].train_loss


@pytest.mark.parametrize("name", OPERATIONS)
def test_images_are_changed_as_on_the_processor(name: str) -> None:
    draw = torch.Generator().manual_seed(0)
    given = torch.rand(16, 3, 24, 24, generator=draw), torch.linspace(0, 1, 16), torch.tensor([1.0, -1.0] * 8), torch.full((1, 3, 1, 1), 0.5)
    there = OPERATIONS[name](*(each.cuda() for each in given)).cpu()
    changed = (there - OPERATIONS[name](*given)).abs()
    assert (changed > 1e-4).float().mean() < 0.001  # a value at the border of two steps of `equalize` or `posterize` may fall on either side
