"""Networks with auxiliary classifiers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import archdsl
from archdsl.errors import UsageError
from archdsl.training.batches import Batches
from archdsl.training.datasets import load_data
from archdsl.training.fit import train
from archdsl.training.recipes import load_recipe
from archdsl.training.task import Classification

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
NET = "archdsl: 1\nname: helped\ninput: [1, 8, 8]\n" + next(part.partition("```")[0] for part in PAGE.split("```yaml\n") if "outputs:" in part)
RECIPE = "recipe: 1\nname: r\nepochs: 2\nbatch_size: 100\noptimizer: {sgd: {lr: 0.05}}\nlabel_smoothing: 0.1\n"


def test_their_losses_are_added_with_their_weight() -> None:
    network = archdsl.compile(archdsl.load(NET), seed=0)
    digits = load_data("digits")
    batches = Batches(digits.x_train, digits.y_train, 50, digits.mean, digits.std, seed=0)
    images, labels = next(iter(batches))
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    helper, late = network(images)
    for weight in (0.0, 0.3, 1.0):
        task = Classification(network, load_recipe(RECIPE + f"aux: {weight}\n"), batches)
        torch.testing.assert_close(task.training_step((images, labels), 0), loss(late, labels) + weight * loss(helper, labels))
        assert task.trained.result()[1] == pytest.approx((late.argmax(1) == labels).double().mean().item())


def test_the_last_output_is_what_is_evaluated(tmp_path: Path) -> None:
    run = train(NET, recipe=RECIPE, out=tmp_path, progress=False, devices="cpu")
    found = archdsl.evaluate(run.checkpoint)
    assert (found.loss, found.accuracy) == (run.loss, run.accuracy)
    alone = archdsl.load(NET.replace("outputs: [helper, late]", "outputs: [late]"))
    other = archdsl.compile(alone)
    other.load_state_dict({name: value for name, value in run.model.state_dict().items() if name in other.state_dict()})
    images = torch.randn(3, 1, 8, 8)
    torch.testing.assert_close(other.eval()(images), run.model(images)[-1])


def test_every_output_has_to_fit_the_classes() -> None:
    with pytest.raises(UsageError) as caught:
        train(NET.replace("{linear: 10, as: helper}", "{linear: 9, as: helper}"), files=False, progress=False)
    assert [each.message for each in caught.value.diagnostics] == ["`helped` gives 9 scores, and `digits` has 10 classes"]
