"""Which paths are trained: columns of fractal networks, freeze-drop-path, stochastic depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archdsl
from archdsl.errors import UsageError
from archdsl.training.fit import train
from archdsl.training.paths import Columns, count_columns, deepen_drops, keep_column, modules_of
from archdsl.training.recipes import GlobalDropPath, load_recipe
from tests.training.networks import TINY

FRACTAL = {"input": [3, 8, 8], "widths": [4, 6], "dropouts": [0, 0], "caffe": False}
RECIPE = "recipe: 1\nname: r\nepochs: 2\nbatch_size: 100\noptimizer: {sgd: {lr: 0.05}}\n"
COLUMN = {1: "block0.fractal.unit", 2: "block0.fractal.fractal.unit", 3: "block0.fractal.fractal.fractal.unit"}
"""A unit that belongs to one column alone, by the column, counted from the shortest."""


def fractal(**settings: Any) -> nn.Module:
    """Return a fractal network of three columns with norms that do nothing, so that samples do not touch one another."""
    network = archdsl.compile(archdsl.load("fractalnet", set={**FRACTAL, **settings}), seed=0)
    return network.eval()


def joins_on(network: nn.Module) -> nn.Module:
    """Switch the drawing of paths on, and leave the norms as they are in evaluation."""
    for join in modules_of(network, "Join"):
        join.train()
    return network


def used_columns(network: nn.Module, images: Tensor) -> list[set[int]]:
    """Return for each image the columns of the first block whose own weights its scores depend on."""
    parameters = dict(network.named_parameters())
    found = []
    for image in images.split(1):
        network.zero_grad()
        network(image).sum().backward()
        found.append({number for number, name in COLUMN.items() if parameters[f"{name}.conv.weight"].grad.abs().sum() > 0})
    return found


def test_a_network_knows_its_columns() -> None:
    assert count_columns(fractal()) == 3
    assert count_columns(fractal(columns=4)) == 4
    assert count_columns(archdsl.compile(archdsl.load(TINY))) == 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_column_alone_is_the_network_of_that_column(number: int) -> None:
    network = fractal()
    keep_column(network, number)
    images = torch.randn(3, 3, 8, 8)
    assert used_columns(network, images) == [{number}] * 3
    alone = archdsl.compile(archdsl.load("fractalnet", set={**FRACTAL, "alone": number}), seed=1).eval()
    depth = 2 ** (number - 1)
    ours = [layer for name, layer in network.named_modules() if name.count("fractal") == number and isinstance(layer, (nn.Conv2d, nn.BatchNorm2d))]
    theirs = [layer for layer in alone.modules() if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d))]
    assert len(ours) == len(theirs) == 2 * 2 * depth
    for one, two in zip(ours, theirs):
        two.load_state_dict(one.state_dict())
    alone.linear.load_state_dict(network.linear.state_dict())
    torch.testing.assert_close(network(images), alone(images))


@pytest.mark.parametrize(("number", "columns", "message"), [(0, 3, "columns are 1 to 3"), (4, 3, "columns are 1 to 3"), (1, 1, "has columns")])
def test_columns_that_are_not_there(number: int, columns: int, message: str) -> None:
    with pytest.raises(UsageError, match=f"the network has no column {number}\n.*{message}"):
        keep_column(fractal(columns=columns), number)


def drawn(per: str, chance: float, draws: int, samples: int) -> Tensor:
    """Return the columns that were drawn, ``(draws, samples)``, from the deepest; -1: none."""
    network = fractal()
    columns = Columns(network, GlobalDropPath(chance=chance, per=per))
    torch.manual_seed(0)
    found = []
    for _ in range(draws):
        columns.draw(samples, "cpu")
        found.append(modules_of(network, "Join")[0].column.expand(samples).clone())
    return torch.stack(found)


def test_columns_are_drawn_for_each_sample_or_for_the_batch() -> None:
    for chance in (0.5, 0.9):
        each = drawn("sample", chance, 40, 100)
        shares = torch.stack([(each == column).double().mean() for column in (-1, 0, 1, 2)])
        torch.testing.assert_close(shares, torch.tensor([1 - chance, *[chance / 3] * 3], dtype=torch.double), atol=0.03, rtol=0)
        assert all(len(row.unique()) == 4 for row in each)
    batch = drawn("batch", 0.5, 400, 5)
    assert all(len(row.unique()) == 1 for row in batch)
    assert abs((batch[:, 0] == -1).double().mean() - 0.5) < 0.08


@pytest.mark.parametrize("per", ["sample", "batch"])
def test_only_the_drawn_column_has_a_gradient(per: str) -> None:
    torch.manual_seed(1)
    network = joins_on(fractal())
    columns = Columns(network, GlobalDropPath(chance=0.999999, per=per))
    seen = set()
    for _ in range(12):
        columns.draw(1, "cpu")
        column = 3 - int(modules_of(network, "Join")[0].column)
        assert used_columns(network, torch.randn(1, 3, 8, 8)) == [{column}]
        seen.add(column)
    assert seen == {1, 2, 3}


def test_local_drops_are_for_each_sample_or_for_the_batch() -> None:
    network = joins_on(fractal(drop_path=0.5))
    (join, *_) = modules_of(network, "Join")
    torch.manual_seed(0)
    values = torch.ones(64, 1), torch.full((64, 1), 3.0)
    results = {float(each) for _ in range(20) for each in join(*values)}
    assert results == {1.0, 2.0, 3.0}
    Columns(network, GlobalDropPath(chance=0.0, per="batch")).clear()
    assert all(len(join(*values).unique()) == 1 for _ in range(20))


def test_freeze_drop_path_trains_the_drawn_branch_alone() -> None:
    text = """
archdsl: 1
input: [6]
net:
  - branch:
      merge: freeze_drop_path
      paths: {a: [{linear: 4}], b: [{linear: 4}], c: [{linear: 4}]}
  - linear: 3
"""
    network = archdsl.compile(archdsl.load(text), seed=0).train()
    torch.manual_seed(0)
    seen = []
    for _ in range(70):
        network.zero_grad()
        network(torch.randn(5, 6)).sum().backward()
        grads = {path: getattr(network, path).linear.weight.grad for path in "abc"}
        (branch,) = [path for path, grad in grads.items() if grad is not None and bool(grad.abs().sum() > 0)]
        seen.append(branch)
    assert set(seen) == {"a", "b", "c"}


DROPS = """
archdsl: 1
name: drops
input: [1, 8, 8]
net:
  - {conv: {out_channels: 4, kernel_size: 3, stride: 2}}
  - repeat: {times: 4, body: [{skip: [{conv: {out_channels: 4, kernel_size: 3}}, relu, {drop_path: 0.1}]}]}
  - global_avg_pool
  - linear: 10
"""


def test_the_chance_to_leave_a_block_out_grows_with_the_depth() -> None:
    network = archdsl.compile(archdsl.load(DROPS))
    deepen_drops(network, 0.8)
    assert [each.p for each in modules_of(network, "DropPath")] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    whole = archdsl.compile(archdsl.load("stochastic-depth-110"), device="meta")
    chances = [each.p for each in modules_of(whole, "DropPath")]
    deepen_drops(whole, 0.5)
    assert [each.p for each in modules_of(whole, "DropPath")] == pytest.approx(chances)


def test_the_drops_of_convnext_grow_from_none() -> None:
    network = archdsl.compile(archdsl.load("convnext-tiny"), device="meta")
    assert [each.p for each in modules_of(network, "DropPath")] == pytest.approx([0.1 * block / 17 for block in range(1, 18)])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("global_drop_path: {}", "the recipe `r` has `global_drop_path`, and the network has no `join` that drops paths"),
        ("stochastic_depth: 0.5", "the recipe `r` has `stochastic_depth`, and the network has no `drop_path`"),
    ],
)
def test_recipes_that_drop_what_is_not_there(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        train(TINY, recipe=RECIPE + line, files=False, progress=False, devices="cpu")
    assert [each.message for each in caught.value.diagnostics] == [message]


def test_a_fractal_network_trains_is_evaluated_whole_and_goes_on_with_the_same_curve(tmp_path: Path) -> None:
    arch = archdsl.load("fractalnet", set={**FRACTAL, "input": [1, 8, 8], "widths": [4, 4]})
    recipe = load_recipe(RECIPE + "global_drop_path: {per: sample}")
    whole = train(arch, recipe=recipe, out=tmp_path / "whole", progress=False, devices="cpu")
    train(arch, recipe=recipe, out=tmp_path / "parts", progress=False, devices="cpu", on_epoch=lambda row: True)
    parts = train(arch, recipe=recipe, out=tmp_path / "parts", resume=True, progress=False, devices="cpu")
    assert [row.train_loss for row in parts.history] == [row.train_loss for row in whole.history]
    assert archdsl.evaluate(whole.checkpoint).loss == whole.loss
    alone = [archdsl.evaluate(whole.checkpoint, column=number).loss for number in (1, 2, 3)]
    assert len({whole.loss, *alone}) == 4
    with pytest.raises(UsageError, match="the network has no column 4"):
        archdsl.evaluate(whole.checkpoint, column=4)
