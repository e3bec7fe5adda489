"""Checkpoints that somebody has changed: one clear line, whatever is done with them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import archdsl
from archdsl.errors import ArchError, UsageError
from archdsl.training.checkpoints import read_checkpoint
from tests.training.networks import TINY

RECIPE = "recipe: 1\nname: averaged\nepochs: 2\nbatch_size: 300\noptimizer: {adamw: {lr: 0.01}}\nema: 0.9\n"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the checkpoint of an unfinished run holds."""
    out = tmp_path_factory.mktemp("run")
    archdsl.train(TINY, recipe=RECIPE, out=out, progress=False, devices="cpu", on_epoch=lambda row: True)
    return read_checkpoint(out)


def written(folder: Path, content: dict[str, Any]) -> Path:
    """Write a checkpoint as it is."""
    torch.save(content, folder / "last.pt")
    return folder


def resume(folder: Path) -> None:
    """Go on with a run."""
    archdsl.train(TINY, recipe=RECIPE, out=folder, resume=True, progress=False, devices="cpu")


USES: dict[str, Callable[[Path], Any]] = {
    "evaluate": lambda folder: archdsl.evaluate(folder),
    "predict": lambda folder: archdsl.predict(folder, "digits:0"),
    "cam": lambda folder: archdsl.cam(folder, "digits:0"),
    "resume": resume,
}
MAPS = {name: use for name, use in USES.items() if name != "resume"}


def test_nothing_is_wrong_with_what_training_wrote(tmp_path: Path, saved: dict[str, Any]) -> None:
    for use in USES.values():
        use(written(tmp_path, saved))


def change(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what sets a value; dots lead into mappings."""

    def damage(saved: dict[str, Any]) -> None:
        *above, last = name.split("/")
        for each in above:
            saved = saved[each]
        saved[last] = value

    return damage


def _first(saved: dict[str, Any], part: str, made: Callable[[torch.Tensor], torch.Tensor]) -> None:
    saved[part]["conv.weight"] = made(saved[part]["conv.weight"])


NAN = float("nan")
DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a part is missing": (lambda saved: saved.pop("seed"), "it has no `seed`"),
    "epochs are not a number": (change("epochs", NAN), "its `epochs` is not a whole number from 1 to 1,000,000"),
    "no epochs": (change("epochs", 0), "its `epochs` is not a whole number from 1 to 1,000,000"),
    "an epoch that is true": (change("epoch", True), "its `epoch` is not a whole number from 0"),
    "more epochs than there are": (change("epoch", 2), "its `history` has 1 rows, and `epoch` says 2 of 2"),
    "history of no rows": (change("history", ["x"]), "row 1 of its `history` is not that of an epoch 1"),
    "history with other columns": (lambda saved: saved["history"][0].pop("lr"), "row 1 of its `history` is not that of an epoch 1"),
    "history with texts": (lambda saved: saved["history"][0].update(lr="high"), "row 1 of its `history` is not that of an epoch 1"),
    "history of another epoch": (lambda saved: saved["history"][0].update(epoch=7), "row 1 of its `history` is not that of an epoch 1"),
    "history of tensors": (lambda saved: saved["history"][0].update(lr=torch.ones(2)), "its `history` holds what is not plain data"),
    "recipe is a list": (change("recipe", [1]), "its `recipe` is not a mapping"),
    "seed is a text": (change("seed", "0"), "its `seed` is not a whole number from 0"),
    "mean of several channels": (change("data/mean", [0.0, 0.0]), "its `data: mean` has 2 values, and its images have 1 channels"),
    "mean is not a number": (change("data/mean", [NAN]), "its `data: mean` is not a list of finite numbers"),
    "deviation of zero": (change("data/std", [0.0]), "its `data: std` has a value that is not above 0"),
    "shape of two sides": (change("data/shape", [8, 8]), "its `data: shape` is not three whole numbers from 1"),
    "no classes": (change("data/classes", "ten"), "its `data: classes` is not a whole number from 1"),
    "weights are a list": (change("weights", [torch.ones(1)]), "its `weights` is not tensors by name"),
    "weights of numbers": (change("weights", {"conv.weight": 1}), "its `weights` is not tensors by name"),
    "the average is a text": (change("average", "none"), "its `average` is not tensors by name"),
    "no optimizer": (change("optimizer", {}), "its `optimizer` is not the state of an optimizer"),
    "a middle that is none": (change("within", {"steps": 1}), "it has no `within: seconds`, `within: sums`"),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_told_in_one_line_whatever_the_checkpoint_is_used_for(name: str, use: str, saved: dict[str, Any], tmp_path: Path) -> None:
    damage, message = DAMAGES[name]
    content = copy.deepcopy(saved)
    damage(content)
    with pytest.raises(UsageError) as caught:
        USES[use](written(tmp_path, content))
    assert str(caught.value).startswith(f"error[E807]: `{tmp_path / 'last.pt'}` is damaged: {message}")


GRAPH = [
    (lambda text: text.replace("linear", "lineal"), "the graph of `tiny` cannot be rebuilt: "),
    (lambda text: "", "the graph of `tiny` cannot be rebuilt: "),
    (lambda text: text.replace('"kernel_size": 3', '"kernel_size": 30000'), "is damaged: its weights are not those of its graph"),
    (lambda text: text.replace('"out_features": 10', '"out_features": 10000000'), "is damaged: its weights are not those of its graph"),
    (lambda text: text.replace('"out_features": 10', '"out_features": 10000000000'), "the graph of `tiny` cannot be rebuilt: "),
]


@pytest.mark.parametrize("use", MAPS)
@pytest.mark.parametrize(("made", "message"), GRAPH)
def test_graphs_that_are_not_those_of_the_weights(made: Any, message: str, use: str, saved: dict[str, Any], tmp_path: Path) -> None:
    content = copy.deepcopy(saved)
    content["network"]["graph"] = made(saved["network"]["graph"])
    assert content["network"]["graph"] != saved["network"]["graph"]
    with pytest.raises(UsageError) as caught:
        USES[use](written(tmp_path, content))
    assert caught.value.diagnostics[0].code == "E807" and message in str(caught.value)


@pytest.mark.parametrize("use", ["predict", "cam"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"shape": [3, 8, 8], "mean": [0.0] * 3, "std": [1.0] * 3}, "its graph does not compute: "),
        ({"classes": 7}, "its graph gives (10,) for an image, and the data have 7 classes"),
    ],
)
def test_graphs_of_other_data(data: Any, message: str, use: str, saved: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        {"predict": archdsl.predict, "cam": archdsl.cam}[use](written(tmp_path, {**saved, "data": {**saved["data"], **data}}), tmp_path / "x.npy")
    assert str(caught.value).startswith(f"error[E807]: the checkpoint of `tiny` is damaged: {message}")


WEIGHTS = [
    (lambda weights: weights.popitem(), "is none, and the graph has"),
    (lambda weights: weights.update(more=torch.ones(2)), "`more` is torch.float32 (2,), and the graph has none"),
    (lambda weights: weights.update({"conv.weight": torch.ones(8, 1, 5, 5)}), "`conv.weight` is torch.float32 (8, 1, 5, 5), and the graph has"),
    (lambda weights: weights.update({"conv.weight": torch.ones(8, 1, 3, 3).double()}), "`conv.weight` is torch.float64 (8, 1, 3, 3), and the graph"),
    (lambda weights: weights.update({"conv.weight": torch.ones(8, 1, 3, 3).int()}), "`conv.weight` is torch.int32 (8, 1, 3, 3), and the graph has"),
    (lambda weights: weights.clear(), "is none, and the graph has"),
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("damage", "message"), WEIGHTS[:-1])
def test_weights_that_are_not_those_of_the_graph(damage: Any, message: str, use: str, saved: dict[str, Any], tmp_path: Path) -> None:
    content = copy.deepcopy(saved)
    damage(content["average"])
    with pytest.raises(UsageError) as caught:
        USES[use](written(tmp_path, content))
    assert str(caught.value).startswith("error[E807]: the checkpoint of `tiny` is damaged: its weights are not those of its graph\n  = note: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(("damage", "message"), WEIGHTS)
def test_weights_that_cannot_be_trained_on(damage: Any, message: str, saved: dict[str, Any], tmp_path: Path) -> None:
    content = copy.deepcopy(saved)
    damage(content["weights"])
    with pytest.raises(UsageError, match="is damaged: its weights are not those of its graph") as caught:
        resume(written(tmp_path, content))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.update({99: state[0]}),
        lambda state: state.update({"x": state[0]}),
        lambda state: state.update({0: None}),
        lambda state: state[0].pop("exp_avg"),
        lambda state: state[0].update(exp_avg=torch.ones(3)),
        lambda state: state[0].update(exp_avg=None),
        lambda state: state[0].update(step="one"),
    ],
)
def test_an_optimizer_of_other_weights(damage: Any, saved: dict[str, Any], tmp_path: Path) -> None:
    content = copy.deepcopy(saved)
    damage(content["optimizer"]["state"])
    with pytest.raises(UsageError) as caught:
        resume(written(tmp_path, content))
    assert str(caught.value) == "error[E807]: the checkpoint is damaged: its optimizer's state is not that of its weights"


def test_rates_of_a_checkpoint_do_not_count(saved: dict[str, Any], tmp_path: Path) -> None:
    content = copy.deepcopy(saved)
    content["optimizer"]["param_groups"] = [{"params": [0], "lr": NAN, "betas": 3}]
    ends = []
    for number, each in enumerate((saved, content)):
        (tmp_path / str(number)).mkdir()
        resume(written(tmp_path / str(number), each))
        ends.append(read_checkpoint(tmp_path / str(number))["history"][-1]["test_loss"])
    assert ends[0] == ends[1]


def test_the_average_and_the_recipe_belong_together(saved: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no average of the weights, which its recipe keeps"):
        resume(written(tmp_path, {**saved, "average": None}))


@pytest.mark.parametrize("recipe", [{"schedule": {"cosine": {"warmup_epochs": 2.0, "final": 0.0}}}, {"epochs": 0}, {"a": 1}])
def test_recipes_that_are_none(recipe: Any, saved: dict[str, Any], tmp_path: Path) -> None:
    content = copy.deepcopy(saved)
    content["recipe"].update(recipe)
    with pytest.raises(UsageError, match="holds no recipe that can be read"):
        archdsl.train(TINY, out=written(tmp_path, content), resume=True, progress=False, devices="cpu")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value in nested mappings and lists."""
    if path:
        yield path
    for name, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, name))


ODD = (None, -1, 10**12, NAN, "x", [], {}, True, torch.ones(2), ("a",))


@pytest.mark.parametrize("seed", range(40))
def test_any_value_may_be_exchanged_for_any_other(seed: int, saved: dict[str, Any], tmp_path: Path) -> None:
    draw = random.Random(seed)
    content = copy.deepcopy(saved)
    *above, last = draw.choice(sorted(places(content), key=str))
    part: Any = content
    for each in above:
        part = part[each]
    part[last] = draw.choice(ODD)
    for use in USES.values():
        try:
            use(written(tmp_path, content))
        except ArchError as error:
            assert str(error).startswith("error[E8")
