"""Recipes: what they say, what is wrong with them, and the rates that they give."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.errors import ArchError, SourceError, UsageError
from archdsl.training.recipes import Recipe, load_recipe, shipped_recipes

START = "recipe: 1\nepochs: 10\nbatch_size: 8\n"
SGD = "optimizer: {sgd: {lr: 0.1}}\n"

WRONG = {
    "misspelt field": (
        "recipe: 1\nepocs: 10\nbatch_size: 8\n" + SGD,
        """error[E101]: the recipe has no field `epocs`
 --> <text>:2:1
  |
2 | epocs: 10
  | ^^^^^
  = help: did you mean `epochs`?""",
    ),
    "misspelt optimizer": (
        START + "optimizer: {adam: {lr: 0.1}}\n",
        """error[E101]: `optimizer` has no field `adam`
 --> <text>:4:13
  |
4 | optimizer: {adam: {lr: 0.1}}
  |             ^^^^
  = help: did you mean `adamw`?""",
    ),
    "misspelt entry of a list": (
        START + SGD + "augment: [{pad_crop: 1}, {flop: 0.5}]\n",
        """error[E101]: `augment` has no field `flop`
 --> <text>:5:27
  |
5 | augment: [{pad_crop: 1}, {flop: 0.5}]
  |                           ^^^^
  = help: did you mean `flip`?""",
    ),
    "two optimizers": (
        START + "optimizer: {sgd: {lr: 0.1}, adamw: {lr: 0.1}}\n",
        """error[E102]: `optimizer` takes exactly one of `sgd`, `rmsprop`, `adamw`
 --> <text>:4:1
  |
4 | optimizer: {sgd: {lr: 0.1}, adamw: {lr: 0.1}}
  | ^^^^^^^^^""",
    ),
    "no rate": (
        START + "optimizer: {sgd: {momentum: 0.9}}\n",
        """error[E102]: `sgd` needs `lr`
 --> <text>:4:13
  |
4 | optimizer: {sgd: {momentum: 0.9}}
  |             ^^^""",
    ),
    "a rate in words": (
        START + "optimizer: {sgd: {lr: fast}}\n",
        """error[E103]: `lr` must be a number, got `fast`
 --> <text>:4:23
  |
4 | optimizer: {sgd: {lr: fast}}
  |                       ^^^^""",
    ),
    "no rate at all": (
        START + "optimizer: {sgd: {lr: 0}}\n",
        """error[E103]: `lr` must be a number above 0, got `0`
 --> <text>:4:23
  |
4 | optimizer: {sgd: {lr: 0}}
  |                       ^""",
    ),
    "nesterov without momentum": (
        START + "optimizer: {sgd: {lr: 0.1, momentum: 0}}\n",
        """error[E102]: `sgd` needs `momentum` above 0, or `nesterov: false`
 --> <text>:4:13
  |
4 | optimizer: {sgd: {lr: 0.1, momentum: 0}}
  |             ^^^""",
    ),
    "one beta": (
        START + "optimizer: {adamw: {lr: 0.1, betas: [0.9]}}\n",
        """error[E103]: `betas` must be two numbers, got `[0.9]`
 --> <text>:4:37
  |
4 | optimizer: {adamw: {lr: 0.1, betas: [0.9]}}
  |                                     ^^^^^""",
    ),
    "half an epoch": (
        "recipe: 1\nepochs: 2.5\nbatch_size: 8\n" + SGD,
        """error[E103]: `epochs` must be a whole number, got `2.5`
 --> <text>:2:9
  |
2 | epochs: 2.5
  |         ^^^""",
    ),
    "a batch of nothing": (
        "recipe: 1\nepochs: 2\nbatch_size: 0\n" + SGD,
        """error[E103]: `batch_size` must be a whole number from 1 to 1,000,000, got `0`
 --> <text>:3:13
  |
3 | batch_size: 0
  |             ^""",
    ),
    "steps beyond the end": (
        START + SGD + "schedule: {steps: {at: [5, 12]}}\n",
        """error[E103]: `at` reaches epoch 12, and the recipe ends after 10
 --> <text>:5:24
  |
5 | schedule: {steps: {at: [5, 12]}}
  |                        ^^^^^^^""",
    ),
    "all warm-up": (
        START + SGD + "schedule: {cosine: {warmup_epochs: 10}}\n",
        """error[E103]: `warmup_epochs` reaches epoch 10, and the recipe ends after 10
 --> <text>:5:36
  |
5 | schedule: {cosine: {warmup_epochs: 10}}
  |                                    ^^""",
    ),
    "another format": (
        "recipe: 2\nepochs: 2\nbatch_size: 4\n" + SGD,
        """error[E103]: `recipe` must be 1, got `2`
 --> <text>:1:9
  |
1 | recipe: 2
  |         ^""",
    ),
    "several at once, in order": (
        START + SGD + "label_smoothing: 1\nema: 0\nclip: -1\n",
        """error[E103]: `label_smoothing` must be a number from 0 to below 1, got `1`
 --> <text>:5:18
  |
5 | label_smoothing: 1
  |                  ^

error[E103]: `ema` must be a number between 0 and 1, got `0`
 --> <text>:6:6
  |
6 | ema: 0
  |      ^

error[E103]: `clip` must be a number above 0, got `-1`
 --> <text>:7:7
  |
7 | clip: -1
  |       ^^""",
    ),
    "nothing": ("# soon\n", "error[E005]: `<text>` is empty\n  = help: a recipe starts with `recipe: 1`"),
    "a list": ("- recipe\n- epochs\n", "error[E103]: a recipe is a mapping; `<text>` is none\n  = help: a recipe starts with `recipe: 1`"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_recipes_are_explained(case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(ArchError) as caught:
        load_recipe(text)
    assert str(caught.value) == message


def test_unknown_recipes_are_named() -> None:
    with pytest.raises(UsageError) as caught:
        load_recipe("digit")
    assert str(caught.value) == "error[E806]: there is no recipe `digit`\n  = help: did you mean `digits`?"
    with pytest.raises(SourceError) as missing:
        load_recipe("recipes/none.yaml")
    assert str(missing.value) == "error[E001]: there is no file `recipes/none.yaml`"


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_read_and_are_called_like_their_files(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert Recipe.model_validate(recipe.as_dict()) == recipe


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_build_their_optimizer_and_walk_to_the_end(name: str) -> None:
    from torch import nn

    from archdsl.training.optimizers import build_optimizer

    recipe = load_recipe(name)
    network = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))
    optimizer = build_optimizer(network, recipe)
    fields = recipe.optimizer.chosen.model_dump()
    assert type(optimizer).__name__.lower() == recipe.optimizer.kind
    given = {field: value for field, value in fields.items() if field != "weight_decay"}
    assert {field: optimizer.defaults[field] for field in given} == given
    assert optimizer.param_groups[0]["weight_decay"] == fields["weight_decay"]
    rates = [recipe.rate((step + 0.5) / 10) for step in range(10 * recipe.epochs)]
    assert all(0 < rate <= fields["lr"] for rate in rates)
    assert max(rates) == pytest.approx(fields["lr"], rel=0.02)
    assert rates[-1] < rates[len(rates) // 2] or recipe.schedule.kind == "constant"
    short = recipe.lasting(3)
    assert max(short.rate((step + 0.5) / 50) for step in range(150)) == pytest.approx(fields["lr"], rel=0.05)
    assert recipe.about and recipe.cite


PAPERS = {
    "resnet": {0: 0.1, 29.9: 0.1, 30: 0.01, 60: 0.001, 89: 0.001},
    "resnet-cifar": {81: 0.1, 82: 0.01, 123: 0.001},
    "preresnet-cifar": {0.5: 0.05, 1: 0.1, 82: 0.01},
    "wrn": {59: 0.1, 60: 0.02, 120: 0.004, 160: 0.0008},
    "densenet-cifar": {149: 0.1, 150: 0.01, 225: 0.001},
    "fractalnet": {199: 0.02, 200: 0.002, 300: 0.0002, 350: 0.00002},
    "smith-topin": {24: 0.02, 25: 0.002, 37.5: 0.0002, 43.75: 0.00002},
    "inception": {0: 0.045, 1.9: 0.045, 2: 0.0423, 4: 0.039762},
    "convnext": {10: 0.002, 20: 0.004, 160: 0.002, 300: 0.0},
    "senet": {0: 0.6, 30: 0.06, 90: 0.0006},
}


@pytest.mark.parametrize("name", PAPERS)
def test_rates_of_the_papers(name: str) -> None:
    recipe = load_recipe(name)
    assert {epoch: recipe.rate(epoch) for epoch in PAPERS[name]} == pytest.approx(PAPERS[name])


def test_the_documented_recipe_reads() -> None:
    page = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
    text = page.partition("```yaml\n")[2].partition("```")[0]
    assert load_recipe(text).name == "mine"


def test_the_default_follows_the_data() -> None:
    assert load_recipe(None, "digits").name == "digits"
    assert load_recipe(None, "other.npz").name == "cosine"


RATES = {
    "constant": ("", {0: 0.1, 5: 0.1, 10: 0.1}),
    "warm-up": ("schedule: {constant: {warmup_epochs: 4}}", {0: 0.0, 1: 0.025, 4: 0.1, 9: 0.1}),
    "steps": ("schedule: {steps: {at: [5, 8]}}", {0: 0.1, 4.99: 0.1, 5: 0.01, 7.9: 0.01, 8: 0.001}),
    "steps, warm": ("schedule: {steps: {at: [5], gamma: 0.5, warmup_epochs: 2}}", {1: 0.05, 3: 0.1, 6: 0.05}),
    "cosine": ("schedule: {cosine: {}}", {0: 0.1, 5: 0.05, 10: 0.0}),
    "cosine, warm": ("schedule: {cosine: {warmup_epochs: 2, final: 0.1}}", {0: 0.0, 1: 0.05, 2: 0.1, 6: 0.055, 10: 0.01}),
    "halving": ("schedule: {halving: {times: 2}}", {0: 0.1, 4.9: 0.1, 5: 0.01, 7.4: 0.01, 7.5: 0.001, 9: 0.001}),
    "exponential": ("schedule: {exponential: {gamma: 0.5, every: 2}}", {0: 0.1, 1.9: 0.1, 2: 0.05, 5: 0.025}),
    "exponential, warm": ("schedule: {exponential: {gamma: 0.5, every: 4, warmup_epochs: 2}}", {1: 0.05, 3: 0.1, 4: 0.05}),
    "one cycle": ("schedule: {one_cycle: {warmup_epochs: 4, start: 0.1, final: 0}}", {0: 0.01, 2: 0.055, 4: 0.1, 7: 0.05, 10: 0.0}),
}


@pytest.mark.parametrize("case", RATES)
def test_rates(case: str) -> None:
    text, wanted = RATES[case]
    recipe = load_recipe(START + SGD + text)
    assert {epoch: recipe.rate(epoch) for epoch in wanted} == pytest.approx(wanted)


@pytest.mark.parametrize("case", RATES)
def test_another_number_of_epochs_stretches_the_curve(case: str) -> None:
    recipe = load_recipe(START + SGD + RATES[case][0])
    longer = recipe.lasting(30)
    assert longer.epochs == 30
    assert [longer.rate(3 * each) for each in range(10)] == pytest.approx([recipe.rate(each) for each in range(10)])
    assert recipe.lasting(10) is recipe
