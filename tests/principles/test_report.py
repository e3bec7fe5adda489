"""Networks held against principles."""

from __future__ import annotations

from time import perf_counter

import pytest

import archdsl
from archdsl.errors import UsageError
from archdsl.principles.facts import Measured
from archdsl.principles.report import lint, lint_all, rules_of, shared_blocks
from archdsl.spec.catalogue import entries

OWN = """
principles: 1
rules:
  deep: {sentence: Be deep., metric: longest_path, met: {more_than: mean_path}, severity: warning, mend: add layers}
  small: {sentence: Be small., metric: largest_kernel, met: {at_most: 3}, severity: error}
"""
NET = "archdsl: 1\nname: tiny\ninput: [4, 8, 8]\nnet:\n  - conv: 4\n  - conv: {out_channels: 4, kernel_size: 5}\n"


def test_a_report() -> None:
    report = lint(archdsl.load("resnet50"))
    verdicts = {each.id: each.verdict for each in report.findings}
    assert verdicts == {
        "shorter-paths": "met",
        "multiple-paths": "met",
        "identity-propagation": "met",
        "small-filters": "met",
        "factorised-filters": "not met",
        "few-dense-spatial-macs": "met",
        "pointwise-convolutions": "met",
        "shared-blocks": "not applicable",
    }
    assert (report.count("met"), report.count("not met"), report.count("not applicable")) == (6, 1, 1)
    data = report.as_dict()
    assert data["principles"][0] | {"id": "shorter-paths", "value": 0.56, "verdict": "met"} == data["principles"][0]
    assert data["metrics"]["bottlenecks"] == 16


def test_an_own_set_says_where_and_fails_by_severity() -> None:
    arch = archdsl.load(NET)
    report = lint(arch, OWN)
    deep, small = report.findings
    assert (deep.verdict, small.verdict) == ("not met", "not met")
    assert small.span is not None
    assert (small.span.line, small.node.name if small.node else "") == (6, "conv_2")
    assert deep.span is None
    assert small.as_dict()["where"] == {"node": "conv_2", "file": "<text>", "line": 6}
    assert report.fails()
    assert not lint(archdsl.load(NET.replace("5", "3")), OWN).fails()
    assert lint(archdsl.load(NET.replace("5", "3")), OWN).fails(strict=True)


def test_sets_are_joined_in_order() -> None:
    assert list(rules_of(["recap", OWN]))[-2:] == ["deep", "small"]
    assert len(rules_of(["recap", "smith_topin"])) == 22


def test_what_networks_share() -> None:
    reports = lint_all({name: archdsl.load(name).graph for name in ("resnet50", "resnet101", "mobilenet-v1")})
    shared = shared_blocks(reports)
    assert list(shared[0][1]) == ["resnet50", "resnet101", "mobilenet-v1"]
    widest = {names["resnet50"] for _, names in shared if "resnet50" in names}
    assert "stage0.i1.bottleneck" in widest
    assert all(each.verdict == "met" for report in reports for each in report.findings if each.id == "shared-blocks")


def test_a_recipe_answers_for_the_data() -> None:
    report = lint_all({"a": archdsl.load(NET).graph}, "smith_topin", {"augmentations": Measured(2)})[0]
    assert {each.id: each.verdict for each in report.findings}["cover-the-problem-space"] == "met"


def test_several_networks_are_named_one_by_one() -> None:
    arch = archdsl.load("archdsl: 1\nnetworks: {a: {input: [4], net: [{linear: 8}]}, b: {input: [8], net: [{linear: 2}]}}")
    with pytest.raises(UsageError, match="has several networks"):
        lint(arch)
    assert len(lint_all(arch.graphs)) == 2


def test_the_whole_catalogue_in_ten_seconds() -> None:
    """One network of each document; all of them take less than ten seconds on an idle core, which no test can ask for."""
    families = {entry.path.stem: name for name, entry in entries().items()}
    graphs = {f"{name} {part}": graph for name in families.values() for part, graph in archdsl.load(name).graphs.items()}
    start = perf_counter()
    reports = lint_all(graphs, ["recap", "smith_topin"])
    assert perf_counter() - start < 10
    assert len(reports) == len(graphs)
    text = " ".join(f"{rule.sentence} {rule.mend} {rule.note}" for rule in rules_of(["recap", "smith_topin"]).values())
    assert "bad" not in text.split()
