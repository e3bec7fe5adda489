"""Pictures of the whole catalogue: every box is drawn once, every skip is drawn, nothing overlaps."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archdsl
from archdsl.rendering import Options
from archdsl.rendering.composing import MARGIN, Placed, arrange, composed_text, read_layout
from archdsl.rendering.dot import panel_text
from archdsl.rendering.geometry import curve
from archdsl.rendering.layout import Job, run
from archdsl.rendering.naming import plain_view
from archdsl.rendering.picturing import picture_of
from archdsl.rendering.view import View
from tests.rendering.documents import DOCUMENTS

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
KINDS = [("documents", name) for name in DOCUMENTS] + [("specs", path.stem) for path in SPECS]


def load(where: str, name: str) -> archdsl.Architecture:
    return archdsl.load(DOCUMENTS[name] if where == "documents" else SPECS[0].parent / f"{name}.yaml")


def draw(view: View, options: Options) -> tuple[list[Placed], str]:
    answers = run([Job(panel_text(panel, options), "nop2" if panel.placed() else "dot", "json0") for panel in view.panels])
    placed = [read_layout(panel, answer, options) for panel, answer in zip(view.panels, answers)]
    (svg,) = run([Job(composed_text(view, placed, options), "nop2", "svg")])
    return placed, svg.decode()


@pytest.mark.parametrize(("where", "name"), KINDS)
def test_default_picture(where: str, name: str) -> None:
    options = Options()
    view = plain_view(picture_of(load(where, name), options))
    placed, svg = draw(view, options)
    _check_drawn(view, svg)
    _check_overlaps(view, placed, options)
    assert len(svg) < 300_000


OTHERS = {"lr": Options(direction="lr"), "deep": Options(depth=3), "costs": Options(color="macs", fuse=False, theme="dark")}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("options", OTHERS.values(), ids=OTHERS)
def test_other_pictures(name: str, options: Options) -> None:
    view = plain_view(picture_of(load("documents", name), options))
    placed, svg = draw(view, options)
    _check_drawn(view, svg)
    _check_overlaps(view, placed, options)


def _check_drawn(view: View, svg: str) -> None:
    groups = [element.get("class", "").split() for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("}g")]
    nodes = [words for words in groups if words[:1] == ["node"] and len(words) > 1]
    assert len(nodes) == sum(len(panel.boxes) for panel in view.panels)
    for kind in ("skip", "trunk", "bus", "side", "flow", "chain"):
        drawn = [words for words in groups if words == ["edge", kind]]
        assert len(drawn) == sum(wire.kind == kind for panel in view.panels for wire in panel.wires), kind
    ids = [element.get("id") for element in ElementTree.fromstring(svg).iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def _check_overlaps(view: View, placed: list[Placed], options: Options) -> None:
    moves = arrange(view, placed, options)
    frames = [where.bounds.grown(MARGIN).moved(*move) for where, move in zip(placed, moves)]
    assert not [pair for pair in combinations(frames, 2) if pair[0].meets(pair[1])]
    for panel, where in zip(view.panels, placed):
        for (one, first), (two, second) in combinations(where.boxes.items(), 2):
            assert not first.grown(-0.5).meets(second.grown(-0.5)), f"{panel.name}: {one} over {two}"
        for number, (spline, _) in where.wires.items():
            wire = panel.wires[number]
            others = {name: rect.grown(-1) for name, rect in where.boxes.items() if name not in (wire.source, wire.target)}
            crossed = [name for name, rect in others.items() if any(map(rect.holds, curve(spline)))]
            assert not crossed, f"{panel.name}: {wire.source} to {wire.target} through {crossed}"
        for name, rect in where.boxes.items():
            assert rect.left >= where.bounds.left - 0.1 and rect.right <= where.bounds.right + 0.1, name
