"""Networks in notebooks."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import pytest

import archdsl
from archdsl.rendering import layout
from archdsl.showing import bundle_of

TINY = "{archdsl: 1, name: tiny, input: [3, 8, 8], net: [{conv: 4}, relu]}"
LINE = "tiny: 3×8×8 to 4×8×8, 12 parameters, 768 multiply-adds"


def test_an_architecture_shows_itself() -> None:
    arch = archdsl.load(TINY)
    shown = arch._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {"text/plain", "image/svg+xml"} and shown["text/plain"] == LINE
    assert ElementTree.fromstring(shown["image/svg+xml"]).tag.endswith("svg")
    assert arch.graph._repr_mimebundle_()["image/svg+xml"] == shown["image/svg+xml"]


def test_several_networks_and_none() -> None:
    assert archdsl.load("ijepa")._repr_mimebundle_()["text/plain"].count("multiply-adds") == 2
    library = archdsl.load("{archdsl: 1, name: parts, blocks: {unit: {body: [relu]}}}")
    assert library._repr_mimebundle_() == {"text/plain": "parts: a library of blocks"}


def test_without_graphviz_the_text_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout.shutil, "which", lambda name: None)
    monkeypatch.setattr(layout.importlib.util, "find_spec", lambda name: None)
    shown = archdsl.load(TINY)._repr_mimebundle_()
    assert set(shown) == {"text/plain"} and shown["text/plain"].startswith(LINE) and "apt install graphviz" in shown["text/plain"]


def test_what_does_not_show_itself_is_text() -> None:
    assert bundle_of([1, 2]) == {"text/plain": "[1, 2]"}


def test_nothing_that_draws_is_imported_before_it_is_asked_for() -> None:
    script = f"import sys, archdsl; arch = archdsl.load({TINY!r}); assert not [m for m in sys.modules if m.startswith('archdsl.rendering')]"
    subprocess.run([sys.executable, "-c", f"{script}; arch._repr_mimebundle_(); assert 'archdsl.rendering' in sys.modules"], check=True)
