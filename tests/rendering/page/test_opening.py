"""What a click opens and lights up."""

from __future__ import annotations

from pathlib import Path

import archdsl
from archdsl.rendering import Options, render
from archdsl.rendering.page import page_text
from tests.rendering.browsing import Browser, clean, lit
from tests.rendering.documents import BRANCHED

TWO = """
archdsl: 1
name: two
networks:
  first: {input: [3, 8, 8], net: [{conv: {out_channels: 4, kernel_size: 3}}, relu, flatten]}
  second: {input: [4, 8, 8], net: [{skip: [{conv: 4}, relu, {conv: 4}]}, global_avg_pool]}
"""


def test_a_click_opens_a_block_at_any_depth(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    assert chromium.texts(".column h2") == ["resnet50"]
    chromium.click(chromium.box(0, "stage1"))
    assert chromium.texts(".column h2 span") == ["resnet50", "stage1 bottleneck 256→512, first /2"]
    chromium.click(chromium.box(1, "i1–3"))
    assert chromium.texts(".column header p")[2] == "stage1.i1.bottleneck · 3 alike · together 840 k params · 655 M MACs"
    labels = [each.get_attribute("aria-label") for each in chromium.all('.column[data-column="2"] .box.op')]
    assert labels[1] == "3×3, 128 · BN · ReLU, 128×28×28 to 128×28×28" and len(labels) == 4
    assert chromium.box(0, "stage1").get_attribute("aria-expanded") == "true"
    assert chromium.box(0, "stage2").get_attribute("aria-expanded") == "false"
    chromium.click(chromium.box(0, "stage3"))
    assert chromium.texts(".column h2 span") == ["resnet50", "stage3 bottleneck 1024→2048, first /2"]
    chromium.click(chromium.one('.column[data-column="1"] [data-do="close"]'))
    assert chromium.texts(".column h2") == ["resnet50"]
    clean(chromium)


def test_equal_insides_are_drawn_once() -> None:
    text = page_text(archdsl.load("resnet50", set={"depths": [83, 83, 83, 83]}), Options())
    assert text.count("<template") == page_text(archdsl.load("resnet50"), Options()).count("<template") < 20
    assert page_text(archdsl.load(BRANCHED), Options()).count("<template") == 3  # the network, and rows of two widths


def test_the_page_is_small_and_opens_fast(chromium: Browser, resnet: Path) -> None:
    assert resnet.stat().st_size < 200_000
    times = []
    for _ in range(3):
        chromium.open(resnet)
        times.append(chromium.script("return performance.getEntriesByType('navigation')[0].loadEventEnd"))
        clean(chromium)
    assert 0 < min(times) < 1000


def test_several_networks(chromium: Browser, tmp_path: Path) -> None:
    page = render(archdsl.load(TWO), tmp_path / "two.html")
    chromium.open(page)
    assert chromium.texts("#network option") == ["first", "second"]
    chromium.script("const s = document.getElementById('network'); s.value = 1; s.dispatchEvent(new Event('change'))")
    assert chromium.texts(".column h2") == ["second"] and chromium.address() == "#net=second"
    assert len(chromium.all(".wire.skip")) == 1
    chromium.press("/", *"flatten")
    assert chromium.texts("#found li small") == ["first"]
    chromium.press("ENTER")
    assert chromium.texts(".column h2") == ["first"] and chromium.one(".box.chosen").get_attribute("aria-label").startswith("3×3, 4 · ReLU · flatten")
    chromium.open(page, "#net=second")
    assert chromium.texts(".column h2") == ["second"]
    clean(chromium)


def test_a_click_lights_up_all_paths_and_dims_the_rest(chromium: Browser, branched: Path) -> None:
    chromium.open(branched)
    chromium.click(chromium.box(0, "rows"))
    chromium.click(chromium.box(1, "max-pool"))
    assert lit(chromium, 1) == {"in 16×32×32", "max-pool 3×3", "C", "1×1", "out 16×32×32"}
    dim = chromium.all('.column[data-column="1"] .box:not(.lit)')
    assert len(dim) == 2 and {each.value_of_css_property("opacity") for each in dim} != {"1"}
    wires = chromium.all('.column[data-column="1"] .wire')
    assert sum("lit" in each.get_attribute("class") for each in wires) == 4 and len(wires) == 8
    chromium.click(chromium.box(1, "max-pool"))
    assert lit(chromium, 1) == set() and chromium.all(".dimmed") == []
    clean(chromium)


def test_paths_that_are_left_out_light_up_too(chromium: Browser, tmp_path: Path) -> None:
    network = archdsl.load("resnext50-32x4d", form="aggregated")
    chromium.open(render(network, tmp_path / "paths.html", block="aggregated"))
    chromium.click(chromium.one(".box.dots.opens"))
    assert chromium.texts(".column h2 span")[-1] == "total 32 paths"
    assert {"in 256×56×56", "total 32 paths", "+", "out 256×56×56"} <= lit(chromium, 0)
    assert "1×1" not in {text.split(",")[0] for text in lit(chromium, 0)}
    clean(chromium)


def test_a_way_around_is_no_path_through(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet, "#open=stage1,.i1")
    chromium.open(resnet, "#open=stage1")
    chromium.click(chromium.box(1, "i1–3"))
    chromium.click(chromium.box(2, "3×3"))
    assert [each.get_attribute("class") for each in chromium.all('.column[data-column="2"] .wire:not(.lit)')] == ["wire skip"]
