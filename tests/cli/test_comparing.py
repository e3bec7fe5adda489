"""Commands that measure networks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from archdsl.analysis.published import Comparison
from archdsl.analysis.zoo import Exhibit, visit
from archdsl.cli import app
from archdsl.cli.charts import zoo_summary


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


# --- paths --------------------------------------------------------------------------------------------------------------------------------


def test_the_ensemble_view_of_a_residual_network() -> None:
    result = run("paths", "resnet110-cifar")
    assert result.exit_code == 0
    assert "18,014,398,509,481,984 = 2^54" in result.stdout
    assert "98.02 % of the paths pass 19 to 35" in result.stdout
    assert "0.4537 % of the paths pass 5 to 17" in result.stdout


def test_paths_as_json() -> None:
    found = json.loads(run("paths", "fractalnet-20", "--json").stdout)
    assert (found["shortest"], found["longest"], found["mean"], found["count"]) == (6, 21, 14.0, 3125)
    assert sum(found["histogram"].values()) == 3125
    assert found["ensemble"] is None
    found = json.loads(run("paths", "resnet110-cifar", "--json", "--unit", "skip").stdout)
    assert (found["unit"], found["count"], found["ensemble"]["modules"]) == ("skip", 2**54, 54)


def test_an_unknown_unit_has_a_message() -> None:
    result = run("paths", "resnet50", "--unit", "bottelneck")
    assert result.exit_code == 2
    assert "did you mean `bottleneck`?" in result.stderr


def test_several_networks_have_their_paths_each(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text("archdsl: 1\nnetworks: {a: {input: [4], net: [{linear: 8}, relu]}, b: {input: [8], net: [{linear: 2}, {linear: 2}]}}\n")
    found = json.loads(run("paths", str(file), "--json").stdout)
    assert {name: each["longest"] for name, each in found["networks"].items()} == {"a": 1, "b": 2}
    assert run("paths", str(file)).stdout.count("paths      1") == 2


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_plots(tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / f"paths.{ending}"
    assert run("paths", "resnet18", "--plot", str(file)).exit_code == 0
    assert file.stat().st_size > 5000


def test_a_plot_of_no_known_kind(tmp_path: Path) -> None:
    result = run("paths", "resnet18", "--plot", str(tmp_path / "paths.gif"))
    assert result.exit_code == 2
    assert "ends in `.pdf`, `.png`, `.svg`" in result.stderr


# --- zoo ----------------------------------------------------------------------------------------------------------------------------------


def test_a_family_of_the_zoo() -> None:
    result = run("zoo", "--family", "resnet")
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if " resnet50 " in line)
    assert line.split()[:3] == ["resnet50", "25,557,032", "25.6M"]
    assert line.split()[-1] == "agrees"
    assert "explained: truncated" in result.stdout
    assert "networks in 1 family: " in result.stdout


def test_the_zoo_as_json() -> None:
    rows = json.loads(run("zoo", "--family", "resnet", "--json").stdout)
    row = next(row for row in rows if row["name"] == "resnet50")
    assert (row["params"], row["published"]["params"], row["verdict"]) == (25557032, "25.6M", "agrees")


def test_an_unknown_family() -> None:
    result = run("zoo", "--family", "resnett")
    assert result.exit_code == 2
    assert "did you mean `resnet`?" in result.stderr


def test_a_figure_that_differs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = visit("resnet")
    wrong = Exhibit(first.name, first.file, first.count, first.output, {}, (Comparison("params", 1, "2", "differs"),), "differs")
    monkeypatch.setattr("archdsl.analysis.zoo.visit", lambda family: [first, wrong])
    result = run("zoo")
    assert result.exit_code == 1
    assert zoo_summary([first, wrong]) in result.stdout


def test_nothing_in_the_catalogue_differs() -> None:
    assert [each.name for each in visit() if each.verdict == "differs"] == []
