"""The keyboard, roles and names, and the address that holds what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl.rendering import render
from tests.rendering.browsing import Browser, clean, lit, wait


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
