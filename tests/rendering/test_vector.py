"""The drawings of a page, without a browser: every box and wire once, nothing over anything, and text that stays text."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import combinations
from xml.etree import ElementTree

import pytest

import archdsl
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape
from archdsl.rendering import Options
from archdsl.rendering.composing import Placed, read_layout
from archdsl.rendering.dot import panel_text
from archdsl.rendering.geometry import Rect
from archdsl.rendering.layout import Job, run
from archdsl.rendering.naming import plain_view
from archdsl.rendering.page import page_text
from archdsl.rendering.page.insides import sheets_of
from archdsl.rendering.page.vector import svg_of_sheet
from archdsl.rendering.view import Box, Panel, Plate, View, Wire
from tests.rendering.documents import DOCUMENTS

OPTIONS = {"plain": Options(), "across": Options(direction="lr"), "deep": Options(depth=3), "unfused": Options(fuse=False)}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_box_and_wire_is_drawn_once(name: str, options: Options) -> None:
    sheets, _ = sheets_of(archdsl.load(DOCUMENTS[name]), options)
    panels = [plain_view(View("", (sheet.panel,))).panels[0] for sheet in sheets]
    answers = run([Job(panel_text(panel, options), "nop2" if panel.placed() else "dot", "json0") for panel in panels])
    for panel, answer in zip(panels, answers):
        placed = read_layout(panel, answer, options)
        root = ElementTree.fromstring(svg_of_sheet(panel, placed, frozenset()))
        boxes = [element.get("data-box") for element in root.iter("g") if element.get("data-box")]
        assert boxes == [str(number) for number in range(len(panel.boxes))]
        wires = [element.get("class") for element in root.iter("g") if element.get("data-from")]
        assert sorted(wires) == sorted(f"wire {wire.kind}" for wire in panel.wires if wire.kind != "hidden")
        for (one, first), (two, second) in combinations(placed.boxes.items(), 2):
            assert not first.grown(-0.5).meets(second.grown(-0.5)), f"{one} over {two}"
        _check_inside(root)


def _check_inside(root: ElementTree.Element) -> None:
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for each in root.iter("rect"):
        x, y, wide, high = (float(each.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height


HOSTILE = ["</svg></template><script>x()</script>", '"><img src=x onerror=x()>', "&lt;b&gt; & ' \"", "a\x00b\nc", "]]>", "<!-- -->", "\ud800x"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_every_place_of_a_drawing(name: str) -> None:
    boxes = (
        Box("a", "op", "conv", (name, name), name, 3, stacked=True),
        Box("b", "merge", "merge", (name,)),
        Box("c", "bar", "bar", ports=(name, name)),
        Box("d", "dots", "io", (name,)),
        Box("e", "block", "block", (name,), stacked=True, plate="p"),
    )
    panel = Panel("net", name, boxes, (Wire("a", "b", "skip", name),), (Plate("p", name, name, 2),), note=name)
    rects = {box.name: Rect(0, number * 40, 60, number * 40 + 30) for number, box in enumerate(boxes)}
    where = Placed(rects, {0: ("e,1,1 2,2 3,3 4,4 5,5", "7,7")}, {"p": (Rect(0, 0, 90, 90), "1,1")}, "", Rect(0, 0, 99, 250))
    root = ElementTree.fromstring(svg_of_sheet(panel, where, frozenset("ae")).encode("utf-8"))
    assert {element.tag for element in root.iter()} <= {"svg", "g", "rect", "ellipse", "path", "text", "tspan"}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on") or "href" in key]


class _Tags(HTMLParser):
    """Gathers the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style")]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_a_page(name: str) -> None:
    def tags(name: str) -> _Tags:
        shape = Shape((3, 8, 8))
        start = Node(name, Input(), (), shape, name)
        last = Node(f"{name}.b", OPS["relu"](), (start,), shape, f"{name}.b")
        parser = _Tags()
        parser.feed(page_text(Graph(name, (start, last), (start,), (last,)), Options(fuse=False)).encode().decode())
        return parser

    hostile, plain = tags(name), tags("plain")
    assert hostile.found == plain.found and hostile.handlers == plain.handlers == []
