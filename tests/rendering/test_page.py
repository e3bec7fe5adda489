"""The interactive page, in a browser: what a click, a key, a word and an address do, and that nothing of a document runs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import archdsl
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape
from archdsl.rendering import Options, render
from archdsl.rendering.page import page_text
from tests.rendering.browsing import Browser, browser

BRANCHED = """
archdsl: 1
name: branched
input: [3, 32, 32]
blocks:
  unit: {args: {width: , stride: 1}, body: [{conv: {out_channels: $width, kernel_size: 3, stride: $stride}}, batch_norm, relu]}
  rows:
    args: {width: }
    body:
      - branch:
          merge: concat
          paths:
            - [{unit: $width}]
            - [{unit: $width}, {unit: $width}]
            - [{max_pool: {kernel_size: 3, stride: 1, padding: 1}}]
      - conv: $width
net:
  - unit: {width: 16}
  - repeat: {times: 3, index: i, body: [{rows: 16}]}
  - {unit: {width: 32, stride: 2}, as: down}
  - repeat: {times: 2, index: j, body: [{rows: 32}]}
  - global_avg_pool
  - linear: 10   # </script><img src=x onerror=alert(1)>
"""

TWO = """
archdsl: 1
name: two
networks:
  first: {input: [3, 8, 8], net: [{conv: {out_channels: 4, kernel_size: 3}}, relu, flatten]}
  second: {input: [4, 8, 8], net: [{skip: [{conv: 4}, relu, {conv: 4}]}, global_avg_pool]}
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(archdsl.load("resnet50"), tmp_path_factory.mktemp("page") / "resnet50.html")


@pytest.fixture(scope="module")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(archdsl.load(BRANCHED), tmp_path_factory.mktemp("page") / "branched.html")


def wait(until: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Return what a function gives once that is something; fail when it does not become so."""
    end = time.monotonic() + seconds
    while not (found := until()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found


def clean(chromium: Browser) -> None:
    """Assert that nothing went wrong, and that nothing but the page itself was asked for."""
    assert chromium.log() == []
    assert [each for each in chromium.requests() if not each.startswith(("file:", "about:", "data:", "blob:"))] == []


# --- opening ----------------------------------------------------------------------------------------------------------------------------


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


# --- what stands out --------------------------------------------------------------------------------------------------------------------


def lit(chromium: Browser, column: int) -> set[str]:
    found = chromium.all(f'.column[data-column="{column}"] .dimmed .box[role].lit')
    return {each.get_attribute("aria-label").split(",")[0].split(" ·")[0] for each in found}


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


# --- card, search, line -----------------------------------------------------------------------------------------------------------------


def test_the_card_says_shapes_and_costs(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    assert not chromium.one("#card").is_displayed()
    chromium.hover(chromium.box(0, "stage1"))
    text = re.sub(" +", " ", chromium.one("#card").text)
    for words in ("256×56×56", "512×28×28", "1,219,584 (4.8 %)", "resnet.yaml:26", "×4"):
        assert words in text
    chromium.click(chromium.box(0, "stage1"))
    chromium.click(chromium.box(1, "i1–3"))
    chromium.hover(chromium.box(2, "3×3"))
    text = re.sub(" +", " ", chromium.one("#card").text)
    assert "147,712 (0.6 %), all 3: 1.7 %" in text and "3 times in the network" in text and "batch_norm BN 256" in text
    chromium.hover(chromium.one("#totals"))
    assert not chromium.one("#card").is_displayed()
    clean(chromium)


def test_search_opens_the_way(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.press("/", *"3x3 512")
    assert chromium.texts("#found li span") == ["3×3, 512, /2 · BN · ReLU", "3×3, 512 · BN · ReLU"]
    assert chromium.texts("#found li small")[1] == "stage3 bottleneck 1024→2048, first /2 › i1–2 bottleneck"
    chromium.press("ARROW_DOWN", "ENTER")
    assert chromium.texts(".column header p")[-1].startswith("stage3.i1.bottleneck · 2 alike")
    assert chromium.one(".box.chosen").get_attribute("aria-label").startswith("3×3, 512 · BN")
    assert "hit" in chromium.one(".box.chosen").get_attribute("class")
    chromium.press("/", "ESCAPE")
    assert chromium.all(".box.hit") == [] and "find" not in chromium.address()
    chromium.press("/", *"nothing like it")
    assert chromium.texts("#found li") == ["nothing found"]
    clean(chromium)


def test_the_document_is_linked_both_ways(chromium: Browser, branched: Path) -> None:
    chromium.open(branched)
    lines = BRANCHED.splitlines()
    assert chromium.script("return [...document.querySelectorAll('.line code')].map(each => each.textContent)") == lines
    chromium.click(chromium.box(0, "fc 10"))
    assert chromium.texts(".line.own") == ["- linear: 10 # </script><img src=x onerror=alert(1)>"]
    down = next(number for number, line in enumerate(lines, 1) if "as: down" in line)
    chromium.click(chromium.one(f'.line[data-line="{down}"]'))
    assert [each.get_attribute("aria-label")[:8] for each in chromium.all(".box.named")] == ["3×3, 32,"]
    pool = next(number for number, line in enumerate(lines, 1) if "max_pool" in line)
    chromium.click(chromium.one(f'.line[data-line="{pool}"]'))
    assert [each.get_attribute("aria-label").split(",")[0] for each in chromium.all('.column[data-column="1"] .box.named')] == ["max-pool 3×3"]
    assert len(chromium.all('.column[data-column="0"] .box.named')) == 2
    assert chromium.address() == f"#open=i0.rows&line=0:{pool}"
    chromium.click(chromium.one(f'.line[data-line="{pool}"]'))
    assert chromium.all(".box.named") == []
    clean(chromium)


def test_a_line_of_another_file_is_brought_into_view(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.click(chromium.box(0, "7×7"))
    assert chromium.texts("#files [aria-selected=true]") == ["resnet.yaml"]
    chromium.click(chromium.box(0, "stage0"))
    chromium.click(chromium.all('.column[data-column="1"] .box.opens')[0])
    chromium.click(chromium.box(2, "ReLU"))
    assert chromium.texts("#files [aria-selected=true]") == ["residual.yaml"]
    own = chromium.one(".line.own")
    assert own.text.strip() == "- relu"
    pane, line = (chromium.script("return arguments[0].getBoundingClientRect().toJSON()", each) for each in (chromium.one("#text"), own))
    assert pane["top"] <= line["top"] and line["bottom"] <= pane["bottom"]


# --- zoom and move ----------------------------------------------------------------------------------------------------------------------


def view(chromium: Browser) -> list[float]:
    return [float(each) for each in chromium.one(".stage svg").get_dom_attribute("viewBox").split()]


def test_zoom_and_drag(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    box = chromium.box(0, "stage1")
    whole, before = view(chromium), box.rect
    middle = (before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    turn = "{bubbles: true, cancelable: true, deltaY: -300, clientX: arguments[1], clientY: arguments[2]}"
    chromium.script(f"arguments[0].dispatchEvent(new WheelEvent('wheel', {turn}))", box, *middle)
    after = box.rect
    assert view(chromium)[2] < 0.7 * whole[2] and after["width"] > 1.5 * before["width"]
    assert abs(after["x"] + after["width"] / 2 - middle[0]) < 1.5 and abs(after["y"] + after["height"] / 2 - middle[1]) < 1.5
    zoomed = view(chromium)
    chromium.actions().move_to_element(box).click_and_hold().move_by_offset(60, 40).release().perform()
    moved = view(chromium)
    assert moved[2:] == zoomed[2:] and moved[0] < zoomed[0] and moved[1] < zoomed[1]
    assert len(chromium.all(".column")) == 1, "a drag is no click"
    chromium.actions().move_to_element(box).click_and_hold().move_by_offset(2, 1).release().perform()
    assert len(chromium.all(".column")) == 2, "a short way is one"
    chromium.click(chromium.one('[data-do="fit"]'))
    assert view(chromium)[3] >= whole[3] - 1
    chromium.press("+")
    clean(chromium)


def test_two_fingers_zoom(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    stage = chromium.one(".stage").rect
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    whole = view(chromium)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        given = [{"x": each, "y": other, "id": number} for number, (each, other) in enumerate(points)]
        chromium.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})

    touch("touchStart", (x - 40, y))
    touch("touchStart", (x - 40, y), (x + 40, y))
    for step in range(5):
        touch("touchMove", (x - 50 - 10 * step, y), (x + 50 + 10 * step, y))
    touch("touchEnd")
    assert view(chromium)[2] < 0.6 * whole[2] and len(chromium.all(".column")) == 1
    touch("touchStart", (x, y))
    touch("touchMove", (x + 30, y + 50))
    touch("touchEnd")
    assert view(chromium)[1] < whole[1] + whole[3] / 2
    clean(chromium)


def test_a_long_sheet_begins_where_it_can_be_read(chromium: Browser, tmp_path: Path) -> None:
    steps = ", ".join(f"{{conv: {4 + number % 2}}}, {{max_pool: {{kernel_size: 3, stride: 1, padding: 1}}}}" for number in range(40))
    chromium.open(render(archdsl.load(f"{{archdsl: 1, name: long, input: [3, 8, 8], net: [{steps}]}}"), tmp_path / "long.html"))
    assert chromium.one(".box.input").is_displayed()
    assert chromium.script("return document.querySelector('.box.input rect').getBoundingClientRect().height") > 12
    chromium.click(chromium.one('[data-do="fit"]'))
    stage, last = (chromium.script("return arguments[0].getBoundingClientRect().bottom", chromium.one(each)) for each in (".stage", ".box.output"))
    assert last <= stage + 1


# --- looks ------------------------------------------------------------------------------------------------------------------------------


def fill(element: Any) -> str:
    return element.find_element("css selector", "rect").value_of_css_property("fill")  # type: ignore[no-any-return]


def test_colors_and_legend(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    assert chromium.texts("#legend .swatch") == ["convolution", "linear", "pooling", "block", "in and out"]
    plain = fill(chromium.box(0, "stage1"))
    chromium.click(chromium.one('[data-color="params"]'))
    fills = {name: fill(chromium.box(0, name)) for name in ("stage0", "stage1", "stage3", "max-pool")}
    assert len(set(fills.values())) == 4 and plain not in fills.values()
    assert "parameters" in chromium.one("#legend").text and chromium.address() == "#color=params"
    assert "59 %" in chromium.texts(".share")
    chromium.press("c")
    assert chromium.address() == "#color=macs" and chromium.one('[data-color="macs"]').get_attribute("aria-checked") == "true"
    chromium.press("c")
    assert fill(chromium.box(0, "stage1")) == plain and chromium.all(".share") == []
    clean(chromium)


def test_light_and_dark(chromium: Browser, resnet: Path, tmp_path: Path) -> None:
    def paper() -> str:
        return chromium.one(".column").value_of_css_property("background-color")  # type: ignore[no-any-return]

    chromium.open(resnet)
    light = paper()
    chromium.click(chromium.one("#theme"))
    dark = paper()
    assert dark != light and chromium.address() == "#theme=dark"
    chromium.press("t")
    assert paper() == light
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    chromium.open(resnet)
    assert paper() == dark, "as the system has it"
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.open(render(archdsl.load("resnet50"), tmp_path / "dark.html", theme="dark", color="macs"))
    assert paper() == dark and chromium.one('[data-color="macs"]').get_attribute("aria-checked") == "true"
    clean(chromium)


# --- keys and address -------------------------------------------------------------------------------------------------------------------


def focused(chromium: Browser) -> str:
    return chromium.script("return document.activeElement.getAttribute('aria-label')")  # type: ignore[no-any-return]


def test_the_keyboard_reaches_everything(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.script("document.querySelector('.column [data-do=fit]').focus()")
    chromium.press("TAB")
    assert focused(chromium).startswith("input")
    assert chromium.one("#card").is_displayed()
    chromium.press("ARROW_DOWN", "ARROW_DOWN", "ARROW_DOWN")
    assert focused(chromium).startswith("stage0")
    chromium.press("ENTER")
    assert len(chromium.all(".column")) == 2
    chromium.press("ARROW_RIGHT", "END")
    assert focused(chromium).startswith("i1–2")
    chromium.press("ARROW_RIGHT")
    assert len(chromium.all(".column")) == 3 and focused(chromium).startswith("1×1, 64")
    chromium.press("ARROW_LEFT", "ARROW_LEFT")
    assert focused(chromium).startswith("stage0")
    chromium.press("ESCAPE")
    assert chromium.all(".box.chosen") == [] and len(chromium.all(".column")) == 3
    chromium.press("ESCAPE", "ESCAPE")
    assert len(chromium.all(".column")) == 1
    chromium.press("?")
    assert chromium.one("#keys").is_displayed()
    chromium.press("ESCAPE")
    assert not chromium.one("#keys").is_displayed()
    chromium.press("y")
    assert not chromium.one("#source").is_displayed() and chromium.address() == "#yaml=0"
    clean(chromium)


def test_from_left_to_right_columns_are_rows(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(render(archdsl.load("resnet50"), tmp_path / "across.html", direction="lr", block="bottleneck"))
    assert chromium.texts(".column h2") == ["bottleneck"]
    chromium.open(render(archdsl.load("resnet50"), tmp_path / "across.html", direction="lr"))
    chromium.script("document.querySelector('.column [data-do=fit]').focus()")
    chromium.press("TAB", "ARROW_RIGHT", "ARROW_RIGHT", "ARROW_RIGHT", "ARROW_DOWN")
    first, second = (each.rect for each in chromium.all(".column"))
    assert second["y"] >= first["y"] + first["height"] and second["x"] == first["x"]
    chromium.press("ARROW_UP")
    assert focused(chromium).startswith("stage0")
    clean(chromium)


def test_every_box_has_a_role_and_a_name(chromium: Browser, branched: Path) -> None:
    chromium.open(branched, "#open=i0.rows")
    boxes = chromium.all(".box")
    assert {each.get_attribute("role") for each in boxes} == {"button"} and all(each.get_attribute("aria-label") for each in boxes)
    fields = chromium.all("button, input, select")
    assert all(each.get_attribute("textContent") or each.get_attribute("aria-label") for each in fields)
    assert len(chromium.all('.column .box[tabindex="0"]')) == 2, "one stop of Tab a column"


def test_the_address_holds_what_is_shown(chromium: Browser, branched: Path) -> None:
    chromium.open(branched)
    chromium.click(chromium.box(0, "rows"))
    chromium.click(chromium.box(1, "max-pool"))
    chromium.press("c", "t")
    address = chromium.script("return location.hash")
    shown = chromium.texts(".column h2"), lit(chromium, 1)
    chromium.open(branched, address)
    assert (chromium.texts(".column h2"), lit(chromium, 1)) == shown and chromium.script("return location.hash") == address
    assert chromium.one("html").get_attribute("data-theme") == "dark"
    chromium.script("location.hash = '#open=j0.rows'")
    wait(lambda: chromium.texts(".column header p")[-1].startswith("j0.rows · 2 alike"))
    clean(chromium)


WRONG = ["#open=nowhere,i0.rows&at=7:x", "#at=0:<img src=x onerror=1>", "#color=pink&theme=%E0%A4%A&net=9", "#line=9:9", "#open=,,,&find=%", "#=&=&&"]


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_address_is_left_out(chromium: Browser, branched: Path, address: str) -> None:
    chromium.open(branched, address)
    assert chromium.texts(".column h2") == ["branched"] and chromium.all(".box.chosen") == []
    clean(chromium)


# --- saving -----------------------------------------------------------------------------------------------------------------------------


def test_the_picture_is_saved(chromium: Browser, branched: Path, tmp_path: Path) -> None:
    chromium.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    chromium.open(branched, "#open=i0.rows&theme=dark")
    boxes = len(chromium.all(".box"))
    chromium.click(chromium.one("#save-svg"))
    svg = wait(lambda: next(iter(tmp_path.glob("branched.svg")), None))
    root = ElementTree.fromstring(svg.read_text())
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "rows" in "".join(root.itertext()) and tags.count("rect") + tags.count("ellipse") + tags.count("circle") > boxes
    assert {"script", "style", "foreignObject"} & set(tags) == set()
    assert any(element.get("fill") == "rgb(31, 58, 82)" for element in root.iter()), "the dark palette is written into it"
    chromium.click(chromium.one("#save-png"))
    png = wait(lambda: next(iter(tmp_path.glob("branched.png")), None))
    wait(lambda: png.stat().st_size > 5000)
    assert png.read_bytes().startswith(b"\x89PNG")
    clean(chromium)


# --- hostile names ----------------------------------------------------------------------------------------------------------------------

HOSTILE = [
    '</script><img src=x onerror="window.bad=1">',
    '"><svg onload=window.bad=1>',
    "</template><script>window.bad=1</script>",
    "${bad} $title",
    "<!--",
    "a\u2028b",
]


def hostile_graph(name: str) -> Graph:
    shape = Shape((3, 8, 8))
    start = Node(name, Input(), (), shape, name)
    first = Node(f"{name}.a", OPS["relu"](), (start,), shape, f"{name}.a")
    last = Node(f"{name}.b", OPS["tanh"](), (first,), shape, f"{name}.b")
    return Graph(name, (start, first, last), (start,), (last,))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_text(chromium: Browser, tmp_path: Path, name: str) -> None:
    page = render(hostile_graph(name), tmp_path / "net.html", fuse=False)
    chromium.open(page)
    plain = name.replace("\u2028", " ")
    assert chromium.script("return [window.bad, document.title, document.images.length]") == [None, plain, 0]
    assert chromium.one("h1").get_attribute("textContent") == plain
    chromium.hover(chromium.one(".box.op"))
    assert chromium.script("return document.querySelector('#card .name').textContent") == f"{name}.a"
    chromium.press("/", "t", "a", "n")
    assert len(chromium.all("#found [role=option]")) == 1
    assert chromium.script("return document.querySelectorAll('img, svg svg, script:not([type]):not(:last-of-type)').length") == 0
    clean(chromium)


def test_a_hostile_document_is_shown_as_text(chromium: Browser, tmp_path: Path) -> None:
    text = BRANCHED.replace("name: branched", "name: \"</title></script><img src=x onerror='window.bad=1'>\"")
    chromium.open(render(archdsl.load(text), tmp_path / "net.html"))
    assert chromium.script("return [window.bad, document.images.length]") == [None, 0]
    assert chromium.one("h1").text == "</title></script><img src=x onerror='window.bad=1'>"
    assert chromium.texts(".line")[-1].endswith("# </script><img src=x onerror=alert(1)>")
    clean(chromium)


def test_the_policy_forbids_what_the_page_does_not_bring(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.script("const s = document.createElement('script'); s.textContent = 'window.bad = 1'; document.body.append(s)")
    chromium.script("new Image().src = 'http://127.0.0.1:9/x.png'; fetch('http://127.0.0.1:9/').catch(() => {})")
    assert chromium.script("return window.bad") is None
    assert wait(lambda: [each for each in chromium.log() if "Content Security Policy" in each])


def test_the_parts_of_a_page() -> None:
    text = page_text(archdsl.load(BRANCHED), Options())
    facts, texts = (json.loads(re.search(rf'id="{name}">(.*?)</script>', text, re.S)[1]) for name in ("facts", "texts"))  # type: ignore[index]
    assert texts == [{"name": "document", "text": BRANCHED}] or texts[0]["text"] == BRANCHED
    assert [network["params"] for network in facts["networks"]] == [archdsl.analyze(archdsl.load(BRANCHED)).params]
    boxes = facts["sheets"][facts["networks"][0]["sheet"]]["boxes"]
    assert sum(box.get("macs", 0) for box in boxes) == facts["networks"][0]["macs"]
    assert text.count("<script") == 3 and text.count("</script") == 3
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", markup)
