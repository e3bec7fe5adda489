"""Commands that measure networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
    assert run("paths", "resnet18", "-o", str(file)).exit_code == 0
    assert file.stat().st_size > 5000


def test_a_plot_of_no_known_kind(tmp_path: Path) -> None:
    result = run("paths", "resnet18", "-o", str(tmp_path / "paths.gif"))
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


# --- lint ---------------------------------------------------------------------------------------------------------------------------------


def test_a_scorecard() -> None:
    result = run("lint", "convnext-tiny")
    assert result.exit_code == 0
    assert "convnext-tiny   6 met, 1 not met, 1 not applicable" in result.stdout
    assert "largest_kernel is 7 (conv dw 7x7), asked is at most 3" in result.stdout
    assert "specs/convnext.yaml:15: stage0.i0.convnext_block.depthwise_conv" in result.stdout


def test_a_table_of_networks() -> None:
    result = run("lint", "vgg16", "resnet50", "densenet121", "mobilenet-v1", "fractalnet-20", "convnext-tiny")
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.startswith("  ") and len(line.split()) > 7}
    assert rows["vgg16"] == ["1", "x", "0", "x", "0", "x", "3", "0", "x", "0.992", "x", "0", "x", "0", "x"]
    assert rows["resnet50"] == ["0.56", "16", "0.72", "3", "0", "x", "0.481", "1", "3"]
    assert "   conv 1x1, batch_norm, relu: resnet50, densenet121, mobilenet-v1" in result.stdout


def test_lint_as_json() -> None:
    found = json.loads(run("lint", "resnet50", "--json", "--against", "smith_topin").stdout)
    assert len(found["principles"]) == 14
    assert {"id", "value", "verdict"} <= set(found["principles"][0])
    assert found["metrics"]["log2_paths"] == 16
    found = json.loads(run("lint", "resnet50", "resnet101", "--json").stdout)
    assert [each["name"] for each in found["networks"]] == ["resnet50", "resnet101"]
    assert found["shared_blocks"][0]["in"]["resnet101"]


def test_lint_fails_by_severity(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    rule = "principles: 1\nrules: {{deep: {{sentence: Be deep., metric: longest_path, met: {{at_least: 99}}, severity: {}}}}}\n"
    codes = {}
    for severity in ("advice", "warning", "error"):
        file.write_text(rule.format(severity))
        codes[severity] = [run("lint", "resnet50", "--against", str(file), *strict).exit_code for strict in ([], ["--strict"])]
    assert codes == {"advice": [0, 0], "warning": [0, 1], "error": [1, 1]}


def test_wrong_principles_have_a_place(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("principles: 1\nrules: {deep: {sentence: Be deep., metric: depth, met: {at_least: 99}}}\n")
    result = run("lint", "resnet50", "--against", str(file))
    assert result.exit_code == 1
    assert "own.yaml:2:44" in result.stderr
    assert run("lint", "resnet50", "--against", "recapp").exit_code == 2


def test_metrics_are_listed() -> None:
    result = run("lint", "--metrics")
    assert result.exit_code == 0
    assert result.stdout.startswith("shortest_path ")


def test_a_recipe_is_measured() -> None:
    result = run("lint", "resnet50", "--against", "smith_topin", "--recipe", "cosine")
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "augmentations" in line)
    assert "not applicable" not in line


# --- compare ------------------------------------------------------------------------------------------------------------------------------


def test_two_networks_side_by_side() -> None:
    result = run("compare", "resnet50", "resnet101")
    assert result.exit_code == 0
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.startswith("  ")}
    assert rows["params"] == ["25,557,032", "44,549,160", "+18,992,128", "1.743"]
    assert "+ stage2.i6-22   17 x (3 conv, 3 batch_norm, 3 relu, add)" in result.stdout


def test_other_names_are_no_other_structure() -> None:
    assert "the structure is the same" in run("compare", "resnet50", "resnet50").stdout
    result = run("compare", "resnext29-8x64d", "resnext29-8x64d-b")
    assert result.exit_code == 0


def test_widths_that_change_are_paired() -> None:
    result = run("compare", "resnet50", "wrn-50-2", "--json")
    changes = json.loads(result.stdout)["changes"]
    assert {each["kind"] for each in changes} == {"changed"}
    assert changes[0]["detail"] == "out_channels: 64 -> 128"


def test_two_networks_are_drawn_side_by_side(tmp_path: Path) -> None:
    target = tmp_path / "pair.dot"
    blocks = ("--block", "bottleneck", "--block", "aggregated")
    result = run("compare", "resnet50", "resnext50-32x4d", "--set-b", "form=aggregated", "-o", str(target), *blocks)
    assert result.exit_code == 0 and "resnext50-32x4d" in result.stdout
    assert "total 32 paths" in target.read_text() and "256, 1×1, 64" in target.read_text()
    assert run("compare", "resnet50", "resnet18", "-o", str(target), *blocks, "--block", "x").exit_code == 2
    assert run("compare", "resnet50", "resnet18", "-o", str(tmp_path / "pair.gif")).exit_code == 2


def test_long_numbers_fit() -> None:
    result = run("compare", "resnet110-cifar", "resnet1202-cifar")
    line = next(line for line in result.stdout.splitlines() if line.split()[:1] == ["paths"])
    assert line.split()[-1] == "2^600"


@pytest.mark.parametrize("command", ["paths", "lint", "compare"])
def test_a_library_has_no_network(command: str, tmp_path: Path) -> None:
    file = tmp_path / "library.yaml"
    file.write_text("archdsl: 1\nblocks: {unit: {body: [relu]}}\n")
    result = run(command, str(file), *(["resnet50"] if command == "compare" else []))
    assert result.exit_code == 2
    assert "is a library of blocks" in result.stderr


# --- MobileNet's tables -------------------------------------------------------------------------------------------------------------------

TABLE_1 = """
Conv / s2 | 3 x 3 x 3 x 32 | 224 x 224 x 3
Conv dw / s1 | 3 x 3 x 32 dw | 112 x 112 x 32
Conv / s1 | 1 x 1 x 32 x 64 | 112 x 112 x 32
Conv dw / s2 | 3 x 3 x 64 dw | 112 x 112 x 64
Conv / s1 | 1 x 1 x 64 x 128 | 56 x 56 x 64
Conv dw / s1 | 3 x 3 x 128 dw | 56 x 56 x 128
Conv / s1 | 1 x 1 x 128 x 128 | 56 x 56 x 128
Conv dw / s2 | 3 x 3 x 128 dw | 56 x 56 x 128
Conv / s1 | 1 x 1 x 128 x 256 | 28 x 28 x 128
Conv dw / s1 | 3 x 3 x 256 dw | 28 x 28 x 256
Conv / s1 | 1 x 1 x 256 x 256 | 28 x 28 x 256
Conv dw / s2 | 3 x 3 x 256 dw | 28 x 28 x 256
Conv / s1 | 1 x 1 x 256 x 512 | 14 x 14 x 256
Conv dw / s1 | 3 x 3 x 512 dw | 14 x 14 x 512
Conv / s1 | 1 x 1 x 512 x 512 | 14 x 14 x 512
Conv dw / s2 | 3 x 3 x 512 dw | 14 x 14 x 512
Conv / s1 | 1 x 1 x 512 x 1024 | 7 x 7 x 512
Conv dw / s1 | 3 x 3 x 1024 dw | 7 x 7 x 1024
Conv / s1 | 1 x 1 x 1024 x 1024 | 7 x 7 x 1024
FC / s1 | 1024 x 1000 | 1024
""".strip().splitlines()
"""Table 1 of arXiv:1704.04861 with the five equal pairs once; it prints s2 for the last depthwise layer, whose output is as large as its input."""


def printed(row: dict[str, Any]) -> str:
    """Return a row of the JSON as Table 1 has it."""
    weight, taken = row["parameters"]["weight"], row["inputs"][0]
    if row["kind"] == "linear":
        return f"FC / s1 | {weight[1]} x {weight[0]} | {taken[0]}"
    depthwise = " dw" in row["kind"]
    widths = f"{weight[0]} dw" if depthwise else f"{weight[1]} x {weight[0]}"
    step = taken[1] // row["output"][1]
    return f"Conv{' dw' * depthwise} / s{step} | {weight[2]} x {weight[3]} x {widths} | {taken[1]} x {taken[2]} x {taken[0]}"


def test_mobilenets_first_table() -> None:
    rows = json.loads(run("show", "mobilenet-v1", "--by", "node", "--json").stdout)["by_node"].values()
    found = [printed(row) for row in rows if "weight" in row["parameters"] and row["kind"] != "batch_norm"]
    assert [*found[:15], *found[23:]] == TABLE_1
    assert found[13:23] == TABLE_1[13:15] * 5


def test_mobilenets_second_table() -> None:
    """The paper prints 1.19 % of the multiply-adds for `conv 3x3`: two digits of 1.91 changed places."""
    lines = [line.split() for line in run("show", "mobilenet-v1", "--by", "kind").stdout.splitlines()]
    shares = {tuple(line[:-6]): (line[-1], line[-3]) for line in lines if line[-1:] and line[-1].endswith("%")}
    assert shares["conv", "1x1"] == ("94.86%", "74.59%")
    assert shares["conv", "dw", "3x3"] == ("3.06%", "1.06%")
    assert shares["conv", "3x3"] == ("1.91%", "0.02%")
    assert shares["linear",] == ("0.18%", "24.33%")


def test_running_fields_and_memory() -> None:
    found = json.loads(run("show", "resnet50", "--by", "node", "--json").stdout)
    assert (found["by_node"]["max_pool"]["receptive_field"], found["by_node"]["max_pool"]["stride"]) == (11, 4.0)
    assert found["by_node"]["linear"]["receptive_field"] is None
    assert found["memory"]["parameters"] > 4 * found["params"]
    assert found["traffic"] == sum(row["traffic"] for row in found["by_node"].values())


def test_stages_make_the_whole() -> None:
    found = json.loads(run("show", "resnet50", "--by", "stage", "--json").stdout)
    assert list(found["by_stage"]) == ["224x224", "112x112", "56x56", "28x28", "14x14", "7x7", "vector"]
    assert sum(row["macs"] for row in found["by_stage"].values()) == found["macs"]


def test_the_unravelled_view_is_a_picture(tmp_path: Path) -> None:
    file = tmp_path / "unraveled.svg"
    result = run("paths", "resnet50", "--set", "depths=[1, 1, 1, 0]", "--unit", "skip", "--unravel", "-o", str(file))
    assert result.exit_code == 0
    text = file.read_text()
    assert [text.count(f">f{sign}<") for sign in "₁₂₃"] == [4, 2, 1]
    assert text.count(">+<") == 7
    assert "8 paths" in text


def test_the_unravelled_view_of_a_deep_network(tmp_path: Path) -> None:
    net = "{{archdsl: 1, name: deep, input: [4, 8, 8], net: [{{repeat: {{times: {}, body: [{{conv: 4}}]}}}}]}}"
    (tmp_path / "net.yaml").write_text(net.format(1500))
    assert run("paths", str(tmp_path / "net.yaml"), "--unravel", "-o", str(tmp_path / "deep.dot")).exit_code == 0
    assert (tmp_path / "deep.dot").read_text().count("1×1, 4") == 1500
    (tmp_path / "net.yaml").write_text(net.format(2500))
    result = run("paths", str(tmp_path / "net.yaml"), "--unravel", "-o", str(tmp_path / "deeper.dot"))
    assert result.exit_code == 2
    assert result.stderr.startswith("error[E725]: the unravelled view of `deep` would have 2,501 places, and at most 2,000 are drawn\n")


def test_a_network_without_paths(tmp_path: Path) -> None:
    net = str(tmp_path / "net.yaml")
    Path(net).write_text("{archdsl: 1, name: constant, input: [4], net: [{parameter: [1, 4]}]}")
    for words in (["paths", net], ["paths", net, "--json"], ["lint", net], ["show", net], ["compare", net, net]):
        assert run(*words).exit_code == 0, words
    result = run("paths", net, "--unravel", "-o", str(tmp_path / "p.svg"))
    assert (result.exit_code, result.stderr) == (2, "error[E725]: no path leads from an input of `constant` to an output\n")


def test_more_paths_than_numbers_have_digits(tmp_path: Path) -> None:
    net = str(tmp_path / "net.yaml")
    body = f"[{{as: x}}, {{merge: add, from: [{', '.join('x' * 16)}]}}]"
    Path(net).write_text(f"{{archdsl: 1, input: [4], net: [{{repeat: {{times: 3600, body: {body}}}}}]}}")
    found = json.loads(run("paths", net, "--json").stdout)
    assert (found["count"], found["bulk"]["share"]) == ("about 10^4334", 1.0)
    assert json.loads(run("compare", net, net, "--json").stdout)["numbers"]["paths"] == ["about 10^4334"] * 2


@pytest.mark.parametrize("name", ["$\\frac$ and $x_1", "日本語", "</title>"])
def test_a_plot_of_any_name(name: str, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(f"{{archdsl: 1, name: '{name}', input: [4], net: [{{linear: 4}}]}}")
    assert run("paths", str(net), "-o", str(tmp_path / "plot.svg")).exit_code == 0
    assert not recwarn.list


def test_a_word_that_is_none_of_an_option_is_told_plainly() -> None:
    result = run("show", "resnet18", "--by", "nope")
    assert result.exit_code == 2
    assert "Error: Invalid value for '--by': 'nope' is not one of 'node', 'block', 'stage', 'kind'.\n" in result.stderr


def test_the_unravelled_view_needs_a_file_and_few_paths(tmp_path: Path) -> None:
    assert "write `-o paths.svg`" in run("paths", "resnet18", "--unravel").stderr
    file = tmp_path / "paths.svg"
    result = run("paths", "resnet18", "--unravel", "-o", str(file))
    assert result.exit_code == 2
    assert "has 256 paths" in result.stderr
    assert not file.exists()
