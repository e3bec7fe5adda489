"""Panels that were laid out one by one, put together to one picture with all positions given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from archdsl.rendering.arcs import with_arcs
from archdsl.rendering.dot import (
    attributes,
    box_attributes,
    default_lines,
    edge_line,
    frame_attributes,
    graph_attributes,
    node_line,
    plate_attributes,
    quote,
    turned,
    wire_attributes,
)
from archdsl.rendering.geometry import Rect, curve, hull, moved_point, moved_spline, tightened
from archdsl.rendering.metrics import text_width
from archdsl.rendering.naming import prefixed
from archdsl.rendering.options import Options
from archdsl.rendering.splines import Point
from archdsl.rendering.spreading import Lines, spread
from archdsl.rendering.theme import THEMES
from archdsl.rendering.view import Link, Panel, View

GAP: Final = 44.0
"""Points between panels."""

MARGIN: Final = 12.0
"""Points between a panel's drawing and its frame."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where everything of a panel lies.

    Attributes:
        boxes: The rectangles of the boxes.
        wires: For the number of a wire its spline, and the middle of its label.
        plates: The rectangles of the plates, and the middles of their titles.
        title: The middle of the panel's title.
        bounds: What all of it covers.
    """

    boxes: dict[str, Rect]
    wires: dict[int, tuple[str, str]]
    plates: dict[str, tuple[Rect, str]]
    title: str
    bounds: Rect


def read_layout(panel: Panel, answer: bytes, options: Options) -> Placed:
    """Return where Graphviz put everything, from its JSON."""
    across = turned(panel, options).direction == "lr"
    data: dict[str, Any] = json.loads(answer)
    objects = {each["_gvid"]: each for each in data.get("objects", ())}
    boxes = {each["name"]: _box(each) for each in objects.values() if "pos" in each}
    wires = {}
    for edge in data.get("edges", ()):
        if edge.get("style") != "invis" and "pos" in edge:
            wires[int(edge["id"])] = (edge["pos"], _lifted(edge, across))
    names = {f"cluster_{plate.name}": plate.name for plate in panel.plates}
    framed = {names[each["name"]]: each for each in objects.values() if each["name"] in names and "bb" in each}
    plates = {name: (_rect(each["bb"]), each.get("lp", "")) for name, each in framed.items()}
    widths = {name: 72 * float(each.get("lwidth", 0)) for name, each in framed.items()}
    labels = [_label(panel.wires[number].label, middle) for number, (_, middle) in wires.items() if middle]
    if not panel.placed():
        wires = with_arcs(panel, boxes, labels, wires, across)
    plates = _with_room_for_titles(panel, boxes, wires, _around_inside(panel, wires, plates), widths)
    lines = spread(panel, Lines(boxes, wires, plates), across)
    labels = [_label(panel.wires[number].label, middle) for number, (_, middle) in lines.wires.items() if middle]
    return Placed(lines.boxes, lines.wires, lines.plates, data.get("lp", ""), _bounds(lines.boxes, lines.wires, lines.plates, labels, data))


def _lifted(edge: dict[str, Any], across: bool) -> str:
    """Return the middle of a label; above a line from left to right it keeps clear of a thick line."""
    middle: str = edge.get("lp", "")
    if not across or not middle or edge.get("class") in ("skip", "side", "chain"):
        return middle
    return moved_point(middle, (0.0, 2.0 + float(edge["penwidth"])))


def _box(values: dict[str, Any]) -> Rect:
    x, y = map(float, values["pos"].rstrip("!").split(","))
    width, height = float(values["width"]) * 36, float(values["height"]) * 36
    return Rect(x - width, y - height, x + width, y + height)


def _rect(text: str) -> Rect:
    return Rect(*map(float, text.split(",")))


def _around_inside(panel: Panel, wires: dict[int, tuple[str, str]], plates: dict[str, tuple[Rect, str]]) -> dict[str, tuple[Rect, str]]:
    """Let every plate hold the wires between its boxes too, which Graphviz does not look after."""
    parent = {plate.name: plate.parent for plate in panel.plates}
    inside = {box.name: _chain(box.plate, parent) for box in panel.boxes}
    found = dict(plates)
    for number, (spline, _) in wires.items():
        wire = panel.wires[number]
        for name in inside[wire.source]:
            if name in inside[wire.target] and name in found:
                rect, label = found[name]
                found[name] = (rect.around(hull(curve(spline)).grown(6)), label)
    for plate in reversed(panel.plates):
        if plate.parent in found and plate.name in found:
            rect, label = found[plate.parent]
            found[plate.parent] = (rect.around(found[plate.name][0].grown(8)), label)
    return found


def _with_room_for_titles(
    panel: Panel, boxes: dict[str, Rect], wires: dict[int, tuple[str, str]], plates: dict[str, tuple[Rect, str]], widths: dict[str, float]
) -> dict[str, tuple[Rect, str]]:
    """Move the left side of a plate so far that no wire from above crosses its title, where nothing else is there."""
    parent = {plate.name: plate.parent for plate in panel.plates}
    inside = {box.name: _chain(box.plate, parent) for box in panel.boxes}
    lines = [point for spline, _ in wires.values() for point in curve(spline)]
    found = dict(plates)
    for plate in panel.plates:
        if plate.name not in found:
            continue
        rect, _ = found[plate.name]
        width = widths[plate.name]
        crossing = [x for x, y in lines if rect.top - 22 < y < rect.top + 4 and rect.left < x < rect.left + width + 12]
        left = min([rect.left, *(x - width - 16 for x in crossing)])
        wider = Rect(left, rect.bottom, rect.right, rect.top)
        others = [box for name, box in boxes.items() if plate.name not in inside[name]]
        if any(wider.meets(box.grown(4)) for box in others):
            wider = rect
        found[plate.name] = (wider, f"{wider.left + width / 2 + 8:.2f},{rect.top - 12:.2f}")
    return found


def _chain(plate: str, parent: dict[str, str]) -> list[str]:
    found = []
    while plate:
        found.append(plate)
        plate = parent[plate]
    return found


def _label(text: str, middle: str) -> Rect:
    x, y = map(float, middle.split(","))
    half = text_width(text, 8) / 2 + 4
    return Rect(x - half, y - 5, x + half, y + 5)


def _bounds(
    boxes: dict[str, Rect], wires: dict[int, tuple[str, str]], plates: dict[str, tuple[Rect, str]], labels: list[Rect], data: dict[str, Any]
) -> Rect:
    found = next(iter(boxes.values()))
    for rect in (*boxes.values(), *labels, *(hull(curve(spline)) for spline, _ in wires.values())):
        found = found.around(rect)
    for rect, _ in plates.values():
        found = found.around(rect)
    if data.get("lp"):
        x, y = map(float, data["lp"].split(","))
        width, height = float(data["lwidth"]) * 36, float(data["lheight"]) * 36
        found = found.around(Rect(x - width, y - height, x + width, y + height))
    return found


# --- putting panels together ------------------------------------------------------------------------------------------------------------


def arrange(view: View, placed: list[Placed], options: Options) -> list[Point]:
    """Return how far each panel moves: networks beside each other, and the inside of a block behind the panel that the block is in.

    Positions are counted along the row of levels, and across it; from top to bottom the levels lie from left to right.
    """
    turn = options.direction == "lr"
    sizes = [_turned(each.bounds.grown(MARGIN), turn) for each in placed]
    level = _levels(view)
    starts: dict[int, Point] = {}
    along = 0.0
    for depth in range(max(level) + 1):
        members = [number for number, each in enumerate(level) if each == depth]
        if depth == 0:
            for number in members:
                starts[number] = (along, 0.0)
                along += sizes[number][0] + GAP
            continue
        free = 0.0
        for number in members:
            free = max(free, _beside_its_block(view, placed, number, starts, sizes, turn))
            starts[number] = (along, free)
            free += sizes[number][1] + GAP / 2
        along += max(sizes[number][0] for number in members) + GAP
    return [_move(each.bounds.grown(MARGIN), starts[number], turn) for number, each in enumerate(placed)]


def _turned(rect: Rect, turn: bool) -> Point:
    return (rect.height, rect.width) if turn else (rect.width, rect.height)


def _move(rect: Rect, start: Point, turn: bool) -> Point:
    """Return how far a rectangle moves for its upper left corner to lie at a place."""
    along, across = start
    return (across - rect.left, -along - rect.top) if turn else (along - rect.left, -across - rect.top)


def _beside_its_block(view: View, placed: list[Placed], number: int, starts: dict[int, Point], sizes: list[Point], turn: bool) -> float:
    """Return where a panel would lie beside the block that it shows, as far as that makes the picture no longer."""
    link = next(link for link in view.links if link.target == view.panels[number].name)
    outer = next(index for index, panel in enumerate(view.panels) if panel.name == link.panel)
    bounds, box = placed[outer].bounds.grown(MARGIN), placed[outer].boxes[link.box]
    where = box.middle[0] - bounds.left - sizes[number][1] / 2 if turn else bounds.top - box.middle[1] - 60.0
    return starts[outer][1] + max(0.0, min(where, sizes[outer][1] - sizes[number][1]))


def _levels(view: View) -> list[int]:
    """Return for every panel how many links lead to it from a network."""
    number = {panel.name: index for index, panel in enumerate(view.panels)}
    level = [0] * len(view.panels)
    for link in view.links:
        level[number[link.target]] = level[number[link.panel]] + 1
    return level


def composed_text(view: View, placed: list[Placed], options: Options, dpi: int | None = None) -> str:
    """Return the whole picture as a graph in which everything has its place."""
    moves = arrange(view, placed, options)
    values = graph_attributes(options)
    if dpi is not None:
        values["dpi"] = str(dpi)
    lines = [f"graph {attributes(values)};", *default_lines(options)]
    for number, (panel, where, move) in enumerate(zip(view.panels, placed, moves)):
        lines += _panel_lines(number, panel, where, move, options)
    for number, link in enumerate(view.links):
        lines += _link_lines(number, link, view, placed, moves, options)
    return f"digraph {quote(view.title)} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _panel_lines(number: int, panel: Panel, where: Placed, move: Point, options: Options) -> list[str]:
    shown = prefixed(panel, number)
    options = turned(panel, options)
    lines = []
    if panel.framed or panel.title or panel.note:
        values = frame_attributes(panel, options) | {"bb": _bb(where.bounds.grown(MARGIN), move), "lp": moved_point(where.title, move)}
        lines += [f"subgraph cluster_{number} {{", f"  graph {attributes(values)};", "}"]
    for old, plate in zip(panel.plates, shown.plates):
        rect, middle = where.plates[old.name]
        values = plate_attributes(plate, options) | {"bb": _bb(rect, move), "lp": moved_point(middle, move)}
        lines += [f"subgraph {quote('cluster_' + plate.name)} {{", f"  graph {attributes(values)};", "}"]
    for before, box in zip(panel.boxes, shown.boxes):
        lines.append(node_line(box.name, box_attributes(box, options) | _place(where.boxes[before.name], move) | {"id": box.name}))
    boxes = {box.name: box for box in shown.boxes}
    for index, (spline, middle) in where.wires.items():
        wire = shown.wires[index]
        spline = tightened(spline) if wire.kind == "skip" else spline
        values = wire_attributes(wire, boxes, options) | {"pos": moved_spline(spline, move), "id": f"{wire.source} to {wire.target}"}
        lines.append(edge_line(wire.source, wire.target, values | ({"lp": moved_point(middle, move)} if middle else {})))
    return lines


def _place(rect: Rect, move: Point) -> dict[str, str]:
    x, y = (rect.left + rect.right) / 2 + move[0], (rect.bottom + rect.top) / 2 + move[1]
    return {"pos": f"{x:.2f},{y:.2f}", "width": f"{rect.width / 72:.5g}", "height": f"{rect.height / 72:.5g}"}


def _bb(rect: Rect, move: Point) -> str:
    rect = rect.moved(*move)
    return f"{rect.left:.2f},{rect.bottom:.2f},{rect.right:.2f},{rect.top:.2f}"


def _link_lines(number: int, link: Link, view: View, placed: list[Placed], moves: list[Point], options: Options) -> list[str]:
    """Draw the dotted line from a box to the panel of its inside: it leaves the box at the side of the panel."""
    index = {panel.name: each for each, panel in enumerate(view.panels)}
    source, target = index[link.panel], index[link.target]
    box = placed[source].boxes[link.box].moved(*moves[source])
    frame = placed[target].bounds.grown(MARGIN).moved(*moves[target])
    if options.direction == "tb":
        start = (box.right + 5, (box.top + box.bottom) / 2)
        end = (frame.left, min(max(start[1], frame.bottom + 10), frame.top - 10))
    else:
        start = ((box.left + box.right) / 2, box.bottom - 5)
        end = (min(max(start[0], frame.left + 10), frame.right - 10), frame.top)
    if _blocked(start, end, number, link, view, placed, moves):
        return []
    color = THEMES[options.theme].accent
    ends = {f"link{number}/a": start, f"link{number}/b": end}
    hidden = {"shape": "point", "style": "invis", "width": "0.01", "height": "0.01"}
    lines = [node_line(name, {**hidden, "pos": f"{x:.2f},{y:.2f}"}) for name, (x, y) in ends.items()]
    values = {"style": "dotted", "color": color, "penwidth": "1.4", "arrowhead": "none", "class": "link", "pos": _straight(start, end)}
    tail, head = ends
    return [*lines, edge_line(tail, head, values)]


def _blocked(
    start: tuple[float, float], end: tuple[float, float], number: int, link: Link, view: View, placed: list[Placed], moves: list[Point]
) -> bool:
    """Tell whether a box lies on the straight line between two points."""
    for panel, where, move in zip(view.panels, placed, moves):
        for name, rect in where.boxes.items():
            if (panel.name, name) != (link.panel, link.box) and _crosses(start, end, rect.moved(*move)):
                return True
    return False


def _crosses(start: Point, end: Point, rect: Rect) -> bool:
    for step in range(41):
        x, y = start[0] + (end[0] - start[0]) * step / 40, start[1] + (end[1] - start[1]) * step / 40
        if rect.left < x < rect.right and rect.bottom < y < rect.top:
            return True
    return False


def _straight(start: Point, end: Point) -> str:
    (x, y), (a, b) = start, end
    inner = [(x + (a - x) * part, y + (b - y) * part) for part in (0, 1 / 3, 2 / 3, 1)]
    return " ".join(f"{each[0]:.2f},{each[1]:.2f}" for each in inner)
