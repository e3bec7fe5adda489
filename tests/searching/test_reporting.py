"""Reports: right numbers, one file that asks for nothing, escaped texts, cards with pictures; and effects with honest intervals."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy
import pytest

import archdsl
from archdsl.errors import MissingDependencyError, SearchError, TargetError, UsageError
from archdsl.searching.effects import RESAMPLES, Interval, bootstrap, choice_effects, pearson, principle_effects, ranks, slope
from archdsl.searching.objectives import Objective
from archdsl.searching.reporting import write_report
from archdsl.searching.reporting.findings import best_so_far, read_topics
from archdsl.searching.reporting.plot import draw
from archdsl.searching.reporting.scales import Scale, short
from archdsl.searching.study import Study, search

HOSTILE = "</script><img src=x onerror=alert(1)>"
SPACE = """
archdsl: 1
name: little
input: [3, 8, 8]
vars: {width: {int: [4, 40]}, kernel: {choice: [1, 3]}, skipped: {choice: [true, false], times: 2}}
blocks:
  layer: {args: {on: }, body: [{if: $on, then: [{skip: [{conv: {out_channels: $width, kernel_size: $kernel}}]}], else: [{conv: $width}]}]}
net: [{conv: $width}, {layer: $skipped[0]}, {layer: $skipped[1]}, global_avg_pool, {linear: 10}]
"""
SPACE = SPACE.replace("$skipped[0]", "'$(skipped[0])'").replace("$skipped[1]", "'$(skipped[1])'")


def error_of(arch: Any) -> dict[str, float]:
    """Return less where there are skips and where layers are wide; the kernel makes no difference."""
    noise = (archdsl.analyze(arch).params * 7919 % 100) / 1000
    return {"error": 0.5 - 0.1 * sum(arch.vars["skipped"]) - arch.vars["width"] / 200 + noise}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies") / "s.db"
    for strategy, seed in (("random", 0), ("random", 1), ("evolution", 0)):
        search(SPACE, 40, storage=path, evaluate=error_of, objectives=["error"], strategy=strategy, seed=seed)
    return path


@pytest.fixture(scope="module")
def study(storage: Path) -> Study:
    from archdsl.searching.study import read_study

    return read_study(storage, "little-random-0")


def cards(page: Path) -> list[dict[str, Any]]:
    found = re.search(r'id="cards">(.*?)</script>', page.read_text())
    assert found is not None
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_a_page_tells_what_was_found(storage: Path, tmp_path: Path) -> None:
    write_report(storage, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert text.count('<svg class="chart"') == 3
    assert "shorter-paths" in text
    assert "skipped" in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    shown = cards(tmp_path / "r.html")
    assert len(shown) == 120
    assert all("width: " in each["words"] and "error" in each["numbers"] for each in shown)
    drawn = [each["picture"] for each in shown if each["picture"]]
    assert drawn
    assert b"<svg" in base64.b64decode(drawn[0].partition(",")[2])


def test_studies_that_differ_in_their_seed_are_one_group(storage: Path) -> None:
    (topic,) = read_topics(str(storage))
    assert [(group.label, len(group.studies), len(group.trials)) for group in topic.groups] == [("random", 2, 80), ("evolution", 1, 40)]
    curves = topic.groups[0].curves()
    assert [len(curve) for curve in curves] == [40, 40]
    assert all(later <= sooner for curve in curves for sooner, later in pairwise(curve))
    (alone,) = read_topics(str(storage), ["little-evolution-0"])
    assert len(alone.trials) == 40


def test_spaces_are_shown_side_by_side(tmp_path: Path) -> None:
    for name, text in (("a", SPACE), ("b", SPACE.replace("name: little", "name: other"))):
        search(text, 4, storage=tmp_path / "s.db", evaluate=error_of, objectives=["error"], name=name)
    write_report(tmp_path / "s.db", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert page.count("Spaces side by side") == 1
    assert page.count('<svg class="chart"') == 7
    assert "other, by function" in page


def test_the_best_so_far_follows_the_direction(study: Study) -> None:
    rising = best_so_far(study.complete, Objective("params", "maximize"))
    assert rising == sorted(rising)
    assert rising[-1] == max(each.costs["params"] for each in study.complete)


def test_a_picture(storage: Path, tmp_path: Path) -> None:
    write_report(storage, tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


def test_studies_with_and_without_a_second_objective_are_one_picture(tmp_path: Path) -> None:
    def error_and_value(arch: Any) -> dict[str, float]:
        return {**error_of(arch), "value": 1.0}

    search(SPACE, 2, storage=tmp_path / "s.db", evaluate=error_and_value, objectives=["error", "value"], strategy="random")
    search(SPACE, 2, storage=tmp_path / "s.db", evaluate=error_of, objectives=["error"], strategy="evolution")
    write_report(tmp_path / "s.db", tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("count", [1, 2])
def test_a_single_trial_is_seen_in_every_chart(tmp_path: Path, count: int) -> None:
    search(SPACE, count, storage=tmp_path / "s.db", evaluate=error_of, objectives=["error"])
    write_report(tmp_path / "s.db", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert text.count('<circle class="point c0"') == (2 if count == 1 else 0)
    assert text.count('<polyline class="line c0"') == (0 if count == 1 else 2)
    figure = draw(read_topics(str(tmp_path / "s.db")))
    drawn = [line for axes in figure.axes[1:] for line in axes.get_lines()]
    assert [line.get_marker() for line in drawn] == ["o" if count == 1 else ""] * 2
    assert all(mark == int(mark) for mark in figure.axes[2].get_xticks())


def test_the_median_of_two_lies_between_them(tmp_path: Path) -> None:
    values = iter([1.0, 2.0])
    search(SPACE, 2, storage=tmp_path / "s.db", evaluate=lambda arch: next(values))
    write_report(tmp_path / "s.db", tmp_path / "r.html")
    assert "<td>1</td><td>1.5</td>" in (tmp_path / "r.html").read_text()


def test_texts_are_escaped(tmp_path: Path) -> None:
    text = SPACE.replace("name: little", f"name: {json.dumps(HOSTILE)}")
    search(text, 3, storage=tmp_path / "s.db", evaluate=error_of, objectives=["error"], name=HOSTILE)
    write_report(tmp_path / "s.db", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "onerror" in page
    assert HOSTILE not in page
    assert "<img" not in page


def test_without_graphviz_cards_have_words(storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> str:
        raise MissingDependencyError([])

    monkeypatch.setattr("archdsl.searching.reporting.pictures.svg_text", missing)
    write_report(storage, tmp_path / "r.html", ["little-evolution-0"])
    assert all(not each["picture"] and each["words"] for each in cards(tmp_path / "r.html"))


def test_what_is_wrong_is_said(storage: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="what kind of report"):
        write_report(storage, tmp_path / "r.pdf")
    with pytest.raises(SearchError, match="there is no file"):
        write_report(tmp_path / "none.db", tmp_path / "r.html")
    with pytest.raises(SearchError, match="there is no study `x`"):
        write_report(storage, tmp_path / "r.html", ["x"])
    with pytest.raises(TargetError, match="cannot write"):
        write_report(storage, tmp_path / "none" / "r.html")
    search(SPACE, 2, storage=tmp_path / "t.db", evaluate=lambda arch: float("nan"))
    with pytest.raises(SearchError, match="has a result"):
        write_report(tmp_path / "t.db", tmp_path / "r.html")
    assert not list(tmp_path.glob("r.*"))


def test_the_page_in_a_browser(storage: Path, tmp_path: Path) -> None:
    from tests.rendering.browsing import browser

    write_report(storage, tmp_path / "r.html", ["little-random-0", "little-random-1"])
    with browser(tmp_path) as chromium:
        chromium.open(tmp_path / "r.html")
        chromium.hover(chromium.one(".dot.front"))
        assert chromium.texts("#card h4")[0].startswith("trial ")
        chromium.driver.implicitly_wait(5)
        assert chromium.script("return document.querySelector('#card img').src").startswith("data:image/svg+xml")
        back = "return getComputedStyle(document.body).backgroundColor"
        light = chromium.script(back)
        chromium.click(chromium.one("#theme"))
        assert chromium.script(back) != light
        chromium.press("ESCAPE")
        assert not chromium.one("#card").is_displayed()
        assert chromium.log() == []
        assert [each for each in chromium.requests() if not each.startswith(("file:", "about:", "data:"))] == []


# --- effects ------------------------------------------------------------------------------------------------------------------------------


def test_effects_of_choices_are_found(study: Study) -> None:
    found = choice_effects(study.settings.load_space(), study.complete, study.objectives[0])
    effects = {(each.choice, each.option): each.difference for each in found}
    assert effects["skipped", "true"].high < 0 < effects["skipped", "false"].low
    assert effects["skipped", "true"].low < -0.2 < effects["skipped", "true"].high + 0.1
    assert not effects["kernel", "3"].clear


def test_effects_of_principles_are_found(study: Study) -> None:
    effects = {each.id: each for each in principle_effects(study.complete, study.objectives[0])}
    assert effects["multiple-paths"].holds == "yes"
    assert effects["multiple-paths"].met + effects["multiple-paths"].missed == 40
    assert effects["small-filters"].holds == "not tested"
    correlation = effects["multiple-paths"].correlation
    assert correlation is not None
    assert correlation.high < 0


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    draw = numpy.random.default_rng(0)
    hits = 0
    for seed in range(200):
        x = numpy.repeat([0.0, 1.0], 30)
        found = bootstrap(slope, x, x * 0.5 + draw.normal(size=60), seed)
        hits += found.low <= 0.5 <= found.high
    assert 178 <= hits <= 199


@pytest.mark.parametrize("seed", range(6))
def test_intervals_are_those_of_resampled_pairs(seed: int) -> None:
    draw = numpy.random.default_rng(seed)
    x = (draw.random(40) < 0.2).astype(float) if seed % 2 else draw.normal(size=40)
    y = x + draw.normal(size=40)
    found, rows = bootstrap(slope, x, y, seed), numpy.random.default_rng(seed).integers(0, 40, (RESAMPLES, 40))
    slopes = [numpy.cov(x[row], y[row])[0, 1] / x[row].var(ddof=1) if numpy.ptp(x[row]) else 0.0 for row in rows]
    assert (found.low, found.high) == pytest.approx(tuple(numpy.percentile(slopes, [2.5, 97.5])))
    assert bootstrap(pearson, x, y, seed).middle == pytest.approx(numpy.corrcoef(x, y)[0, 1])
    assert bootstrap(pearson, x, numpy.full(40, 0.1), seed) == Interval(0, 0, 0)


def test_what_sizes_say_wholly_is_no_correlation(study: Study) -> None:
    effects = principle_effects(study.complete, Objective("params", "minimize"))
    assert any(each.correlation is not None for each in effects)
    assert all(each.adjusted is None for each in effects)


def test_ranks_and_intervals() -> None:
    assert ranks(numpy.array([3.0, 1.0, 3.0])).tolist() == [2.5, 1.0, 2.5]
    assert Interval(0.1, 0.2, 0.3).clear
    assert not Interval(-0.1, 0.2, 0.3).clear


# --- axes ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[0.0], [5.0, 5.0], [0.01, 0.012], [1, 1000], [-3, 4], [1e-9, 1e9], []])
def test_all_values_are_on_their_scale(values: list[float]) -> None:
    scale = Scale.over(values, 0, 100)
    assert all(0 <= scale(value) <= 100 for value in values)
    assert all(0 <= scale(mark) <= 100 for mark in scale.marks())
    assert 1 <= len(scale.marks()) <= 25


@pytest.mark.parametrize(("values", "marks"), [([1, 1], [1]), ([1, 3], [1, 2, 3]), ([1, 12], [5, 10])])
def test_networks_are_counted_in_whole_numbers(values: list[float], marks: list[float]) -> None:
    scale = replace(Scale.over(values, 0, 100, False), whole=True)
    assert [each for each in scale.marks() if each > 0] == marks


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (1000, "1k"), (2_500_000, "2.5M"), (0.04567, "0.0457"), (-1234, "-1.23k")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text


def test_the_report_needs_no_program_of_the_network() -> None:
    source = Path(archdsl.__file__).parent / "searching" / "reporting" / "page.js"
    assert not re.search(r"fetch|XMLHttp|import |innerHTML", source.read_text())
