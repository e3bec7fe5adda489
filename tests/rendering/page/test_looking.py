"""Zooming and moving, colors, light and dark, and the saved picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import archdsl
from archdsl.rendering import render
from tests.rendering.browsing import Browser, clean, wait


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
