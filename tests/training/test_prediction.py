"""I-JEPA: who gets gradients, the average, shapes, schedules, resuming, and that features do not collapse."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import numpy
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from typer.testing import CliRunner

import archdsl
from archdsl.cli.application import app
from archdsl.errors import UsageError
from archdsl.training import datasets, progress
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import read_checkpoint
from archdsl.training.datasets import load_data, make_dataset
from archdsl.training.fit import train
from archdsl.training.masks import draw_masks
from archdsl.training.objectives import check_objective
from archdsl.training.options import Options
from archdsl.training.plan import Plan
from archdsl.training.prediction import FeaturePrediction, Target, all_tokens
from archdsl.training.pretraining import build_networks
from archdsl.training.probing import classify, features, probe, rebuild_encoders
from archdsl.training.recipes import load_recipe
from archdsl.training.resizing import resize_data

SMALL = {
    "image": 8,
    "patch": 1,
    "width": 32,
    "depth": 2,
    "heads": 2,
    "predictor_width": 16,
    "predictor_depth": 1,
    "n_visible": 20,
    "n_hidden": 10,
}
RECIPE = "recipe: 1\nepochs: 3\nbatch_size: 240\noptimizer: {adamw: {lr: 2e-3, weight_decay: 0.04}}\nfinal_weight_decay: 0.4\n"


def small(**settings: Any) -> Any:
    """Return encoder and predictor for the digits."""
    return archdsl.load("ijepa-small", set={**SMALL, **settings})


@pytest.fixture
def task(tmp_path: Path) -> FeaturePrediction:
    """Return a task whose networks are new."""
    data, recipe = load_data("digits"), load_recipe(RECIPE)
    plan = Plan(small(), data, recipe, 3, Options(seed=1), tmp_path)
    roles = check_objective(plan.architecture, data)
    return FeaturePrediction(build_networks(plan, roles), roles, recipe, Batches(data.x_train, data.y_train, 240, data.mean, data.std, seed=1))


def batch(task: FeaturePrediction, count: int = 6) -> tuple[Any, Any]:
    """Return some images and labels."""
    images, labels = next(iter(task.batches))
    return images[:count], labels[:count]


def test_shapes(task: FeaturePrediction) -> None:
    images, _ = batch(task)
    masks = draw_masks(6, 8, Random(0))
    tokens = all_tokens(task.average.network, images, 8)
    wanted, told = task.targets(tokens, masks), task.predictions(images, masks)
    assert tokens.shape == (6, 64, 32)
    assert told.shape == wanted.shape == (4 * 6, masks.targets.shape[2], 32)


def test_targets_are_normalized_tokens_of_the_whole_image_cut_to_the_blocks(task: FeaturePrediction) -> None:
    images, _ = batch(task)
    masks = draw_masks(6, 8, Random(3))
    tokens = all_tokens(task.average.network, images, 8)
    wanted = task.targets(tokens, masks).unflatten(0, (4, 6))
    for block, image in ((0, 0), (1, 4), (3, 5)):
        expected = F.layer_norm(tokens[image, masks.targets[block, image]], (32,))
        assert torch.equal(wanted[block, image], expected)
    assert wanted.mean(-1).abs().max() < 1e-5 and (wanted.std(-1, unbiased=False) - 1).abs().max() < 1e-3


def test_what_is_hidden_does_not_reach_the_prediction(task: FeaturePrediction) -> None:
    images, _ = batch(task)
    masks = draw_masks(6, 8, Random(1))
    seen = torch.zeros(6, 64, dtype=torch.bool).scatter_(1, masks.context, True)
    changed = torch.where(seen.view(6, 1, 8, 8), images, torch.randn_like(images))
    assert not torch.equal(changed, images)
    assert torch.equal(task.predictions(images, masks), task.predictions(changed, masks))


def test_no_gradient_reaches_the_targets(task: FeaturePrediction) -> None:
    task.training_step(batch(task), 0).backward()
    assert all(each.grad is None and not each.requires_grad for each in task.average.network.parameters())
    lacking = [name for name, each in task.network.named_parameters() if each.grad is None or not each.grad.abs().sum()]
    assert lacking == []


def test_the_average_is_exact() -> None:
    encoder = torch.nn.Linear(3, 2)
    target = Target(encoder)
    first = encoder.weight.detach().clone()
    with torch.no_grad():
        encoder.weight += 1.0
    target.follow(encoder, 0.75)
    torch.testing.assert_close(target.network.weight, first + 0.25, rtol=0, atol=1e-7)
    target.follow(encoder, 1.0)
    torch.testing.assert_close(target.network.weight, first + 0.25, rtol=0, atol=1e-7)
    target.follow(encoder, 0.0)
    assert torch.equal(target.network.weight, encoder.weight)


def test_momentum_and_decay_rise_over_the_training(task: FeaturePrediction) -> None:
    assert task.momentum_at(0) == pytest.approx(0.999)
    task.first_epoch = 1
    assert task.momentum_at(3) == pytest.approx(0.999 + 0.001 * 9 / 18)
    recipe = load_recipe(RECIPE)
    assert [recipe.decay(epoch) for epoch in (0, 1.5, 3)] == pytest.approx([0.04, 0.22, 0.4])
    assert load_recipe("digits").decay(3) == 5e-4


@pytest.mark.parametrize("loss", ["smooth_l1", "mse", "cosine"])
def test_losses_are_zero_where_the_prediction_is_right(task: FeaturePrediction, loss: str) -> None:
    object.__setattr__(task.roles, "loss", loss)
    told = torch.randn(4, 5, 6)
    assert float(task.loss(told, told)) == pytest.approx(0, abs=1e-6)
    assert float(task.loss(told, -told)) > 0.5


def curve(run: Any) -> list[dict[str, Any]]:
    """Return the history without times."""
    return [{name: value for name, value in asdict(row).items() if name != "seconds"} for row in run.history]


def test_features_are_learned_without_collapse_and_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(small(), recipe=RECIPE, out=tmp_path / "whole", devices="cpu", progress=False)
    assert whole.history[-1].test_loss < whole.history[0].test_loss < 0.5
    assert all(row.deviation > 0.01 for row in whole.history)
    assert [round(row.momentum, 5) for row in whole.history] == [0.99928, 0.99961, 0.99994]
    assert sorted(path.name for path in whole.out.iterdir()) == ["curve.png", "history.csv", "last.pt"]

    def interrupted(self: Any, epoch: int) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress.Display, "start_epoch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(small(), recipe=RECIPE, out=tmp_path / "parts", devices="cpu", progress=False)
    resumed = train(small(), recipe=RECIPE, out=tmp_path / "parts", devices="cpu", progress=False, resume=True)
    assert curve(resumed) == curve(whole)
    assert resumed.probe == whole.probe
    for one, two in zip(resumed.model.state_dict().values(), whole.model.state_dict().values()):
        assert torch.equal(one, two)
    found = archdsl.evaluate(whole.checkpoint)
    assert found == whole.probe and whole.as_dict()["accuracy"] == found.accuracy
    assert found.pixels > 0.9 and found.random > 0.3 and (found.train, found.test) == (1437, 360)
    with pytest.raises(UsageError, match=r"error\[E810\]: cannot compute on `cuda:99`: "):
        archdsl.evaluate(whole.checkpoint, device="cuda:99")
    with pytest.raises(UsageError, match="has several networks, `encoder`, `predictor`, and gives no scores"):
        archdsl.predict(whole.checkpoint, "digits:1")
    for options, missing in ((["--column", "1"], "column to evaluate alone"), (["--by-class"], "table of classes")):
        refused = CliRunner().invoke(app, ["evaluate", str(whole.out), *options])
        message = f"error[E810]: `ijepa-small` was trained for an objective: its features are probed, and there is no {missing}\n"
        assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", message)


def test_the_random_encoder_is_the_one_that_training_began_with(tmp_path: Path, task: FeaturePrediction) -> None:
    run = train(small(), recipe=RECIPE, epochs=1, seed=1, out=tmp_path / "run", devices="cpu", progress=False)
    first, trained = rebuild_encoders(read_checkpoint(run.checkpoint))
    for one, two in zip(first.state_dict().values(), task.network["encoder"].state_dict().values()):
        assert torch.equal(one, two)
    assert any(not torch.equal(one, two) for one, two in zip(first.state_dict().values(), trained.state_dict().values()))


def test_the_features_are_mean_tokens(tmp_path: Path) -> None:
    data = load_data("digits")
    saved = read_checkpoint(train(small(), recipe=RECIPE, epochs=1, out=tmp_path, devices="cpu", progress=False).checkpoint)
    _, encoder = rebuild_encoders(saved)
    found = features(encoder, data.x_test[:5], data.y_test[:5], saved, "cpu")
    images = (torch.from_numpy(data.x_test[:5]) - data.mean[0]) / data.std[0]
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(found), all_tokens(encoder, images, 8).mean(1))
    assert features(None, data.x_test[:5], data.y_test[:5], saved, "cpu") == pytest.approx(images.flatten(1).numpy(), abs=1e-6)
    assert probe(saved, data, train=200, test=50).test == 50


def test_the_regression_finds_what_can_be_told() -> None:
    draw = numpy.random.default_rng(0)
    labels = draw.integers(0, 3, 600)
    told = numpy.eye(3)[labels] * 5 + draw.normal(size=(600, 3)) * 0.1
    assert classify(told[:400], labels[:400], told[400:], labels[400:]) == 1.0
    blind = draw.normal(size=(600, 3))
    assert classify(blind[:400], labels[:400], blind[400:], labels[400:]) < 0.5


def test_the_regression_of_one_class_or_few_images_says_the_class() -> None:
    told = numpy.random.default_rng(0).normal(size=(20, 3))
    same, mixed = numpy.zeros(10, int), numpy.arange(10) % 2
    assert classify(told[:10], same, told[10:], mixed) == 0.5
    assert classify(told[:1], same[:1], told[10:], same) == 1.0
    assert classify(told[:3] * 9, mixed[:3], told[:3] * 9, mixed[:3]) > 0.6
    assert 0 <= classify(told[:10], numpy.repeat([0, 1], [8, 2]), told[10:], mixed) <= 1


def test_features_of_large_folders_are_predicted_and_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = numpy.random.default_rng(0)
    for number in range(12):
        path = tmp_path / ("train" if number < 8 else "test") / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (8, 8), dtype=numpy.uint8)).save(path)
    options: dict[str, Any] = {"epochs": 1, "files": False, "progress": False}
    whole = train(archdsl.load("ijepa-small", set=SMALL), tmp_path, "ijepa-small", **options)
    monkeypatch.setattr(datasets, "IN_MEMORY", 100)
    read = train(archdsl.load("ijepa-small", set=SMALL), tmp_path, "ijepa-small", **options)
    assert read.history[0].train_loss == pytest.approx(whole.history[0].train_loss, abs=1e-5)
    assert read.probe.test == whole.probe.test == 4


TEXT = """
archdsl: 1
name: odd
networks:
  seer:
    inputs: {image: [1, 8, 8], visible: {shape: [4], kind: index}}
    net: [{conv: 4, from: image}, {to_tokens: , as: t}, {merge: gather, from: {values: t, index: visible}}]
  teller:
    inputs: {context: [4, 4], visible: {shape: [4], kind: index}, hidden: {shape: [4], kind: index}}
    net:
      - {position_table: [64, 4], as: places}
      - {merge: gather, from: {values: places, index: hidden}, as: asked}
      - {merge: {concat: {dim: 0}}, from: [context, asked]}
      - {linear: 4}
      - slice: [4, 8]
objective: {predict: {network: teller, target: {network: seer, average: 0.9}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", average: 0.9", "", "`odd` cannot be trained for its objective: `target` has no `average`"),
        ("kind: index}, hidden", "kind: index}, more: [3], hidden", "`seer` has to take an image and numbers of patches"),
        ("{linear: 4}", "{linear: 5}", r"`teller` gives \(8, 5\), not \(8, 4\): the 4 tokens of the context"),
        ("from: [context, asked]", "from: [context, asked, asked]", r"`teller` gives \(12, 4\), not \(8, 4\): the 4 tokens of the context"),
        ("position_table: [64, 4]", "position_table: [16, 4]", "`teller` takes places of patches from 16 rows, and an image has 64 patches"),
        (
            "visible}}]\n  teller",
            "visible}, as: g}, {position_table: [4, 4], as: p}, {merge: add, from: [g, p]}]\n  teller",
            "`seer` computes with 4 patches alone, and each batch has other numbers of them",
        ),
        (
            "      - {linear: 4}\n",
            "      - {linear: 4, as: g}\n      - {position_table: {shape: [8, 4], kind: learned}, as: p}\n      - {merge: add, from: [g, p]}\n",
            "`teller` computes with 4 and 4 patches alone, and each batch has other numbers of them",
        ),
        ("context: [4, 4]", "context: [5, 4]", r"`seer` gives \(4, 4\), and `teller` takes the tokens \(5, 4\)"),
        ("[1, 8, 8]", "[1, 3, 3]", "has to `gather` patches of a square of at least 4x4"),
        ("[1, 8, 8]", "[3, 8, 8]", r"`odd` takes \(3, 8, 8\), and the images of `digits` are \(1, 8, 8\)"),
    ],
)
def test_objectives_that_cannot_be(old: str, new: str, message: str) -> None:
    assert old in TEXT
    data = load_data("digits")
    if "3, 3" in new:
        few = {"x_train": numpy.zeros((2, 3, 3)), "y_train": [0, 1], "x_test": numpy.zeros((2, 3, 3)), "y_test": [0, 1]}
        data = make_dataset("digits", {name: numpy.array(value) for name, value in few.items()})
    with pytest.raises(UsageError, match=message):
        train(archdsl.load(TEXT.replace(old, new)), data, files=False, progress=False)


@pytest.mark.parametrize("options", [{"strategy": "fsdp"}, {"recompute": True}, {"checkpoint_every": 0}])
def test_options_that_do_nothing_for_an_objective(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="networks with an objective are trained without `fsdp`, `recompute` and `checkpoint_every`"):
        train(TEXT, "none.npz", **options)


@pytest.mark.parametrize(("name", "help"), [("ijepa-vit-ti-16", "`--set channels=1 --size 224`"), ("ijepa-small", "`--set image=8`")])
def test_a_network_for_other_images_says_what_would_mend_it(name: str, help: str) -> None:
    with pytest.raises(UsageError) as caught:
        train(name, files=False, progress=False)
    assert caught.value.diagnostics[0].help == help
    settings = {key: int(value) for key, value in re.findall(r"--set (\w+)=(\d+)", help)}
    size = 224 if "--size" in help else None
    check_objective(archdsl.load(name, set=settings), resize_data(load_data("digits"), size))
