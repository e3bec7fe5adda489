"""The text of pictures: golden files, and escaping.

``python -m tests.rendering.test_dot`` writes the golden files anew; look at the difference before you keep it.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

import archdsl
from archdsl.rendering import Options, dot_text
from archdsl.rendering.dot import attributes, edge_line, escape, node_line, quote, row_line, thickness, view_text
from archdsl.rendering.drawing import svg_of
from archdsl.rendering.mermaid import mermaid_text
from archdsl.rendering.view import Box, Panel, Plate, View, Wire
from tests.rendering.documents import DOCUMENTS

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = ['</script><img onerror="alert(1)">', 'a "quoted" \\ name', "two\nlines", "\x00\x1b[31m", "a]]>b", "<B>&amp;", "\\N \\G \\l", "#quot;", "​‮x"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_golden(name: str) -> None:
    assert dot_text(archdsl.load(DOCUMENTS[name])) == (GOLDEN / f"{name}.dot").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("a", '"a"'), ("", '""'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("a\nb", '"a b"'), ("\x07", '"�"'), ("3×3", '"3×3"')],
)
def test_quote(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_statements() -> None:
    assert node_line("a b", {"label": "x"}) == '"a b" [label="x"];'
    assert edge_line("a", "b", {"weight": "3"}) == '"a" -> "b" [weight="3"];'
    assert row_line(["a", "b"]) == '{ rank=same; "a"; "b"; "a" -> "b" [style="invis"]; }'
    assert attributes({}) == "[]"
    assert escape("<&>\"'") == "&lt;&amp;&gt;&quot;'"


def test_lines_grow_with_channels() -> None:
    widths = [thickness(channels) for channels in (1, 16, 64, 256, 2048, 10**9)]
    assert widths == sorted(widths) and widths[0] == widths[1] == 0.8 and widths[-1] == 4.5


def _hostile_view(name: str) -> View:
    boxes = (
        Box(name, "op", "conv", (name,)),
        Box(f"{name}/2", "block", "block", (name, name), name, 3, plate="p"),
        Box(f"{name}/3", "bar", "bar", ports=(name, name)),
    )
    wires = (Wire(name, f"{name}/2", "trunk", name), Wire(f"{name}/2", f"{name}/3", "skip"))
    return View(name, (Panel(name, name, boxes, wires, (Plate("p", name, name, 2),), note=name, framed=True),))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name: str) -> None:
    view = _hostile_view(name)
    svg = svg_of(view, Options()).decode()
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "g", "title", "text", "path", "polygon", "polyline", "ellipse"}
    assert "onerror" not in svg or "&lt;img onerror=" in svg


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_mermaid(name: str) -> None:
    lines = mermaid_text(_hostile_view(name), Options()).splitlines()
    assert all(line.count('"') in (0, 2) and "<img" not in line and "</script" not in line for line in lines)
    assert len(lines) == len(mermaid_text(_hostile_view("plain"), Options()).splitlines())


def test_a_repeated_box_without_words_in_mermaid() -> None:
    box = Box("loop", "block", "block", times=3)
    assert 'n0_0[["<b>×3</b>"]]:::block' in mermaid_text(View("net", (Panel("net", "", (box,), ()),)), Options())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_dot(name: str) -> None:
    assert len(view_text(_hostile_view(name), Options()).splitlines()) == len(view_text(_hostile_view("plain"), Options()).splitlines())


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for key, document in DOCUMENTS.items():
        (GOLDEN / f"{key}.dot").write_text(dot_text(archdsl.load(document)), encoding="utf-8")
