"""Sheets as the inside of an SVG: short, without colors, with classes and numbers that the page's styles and script go by.

Coordinates count downwards from the upper left corner. Text is escaped; everything else is made of numbers and of words from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import hypot
from typing import Final

from archdsl.rendering.composing import Placed
from archdsl.rendering.dot import printable, thickness
from archdsl.rendering.geometry import Rect
from archdsl.rendering.splines import Point
from archdsl.rendering.view import Box, Panel, Plate, Wire

MARGIN: Final = 10.0
"""Points around a sheet."""

LINE: Final = 14.0
"""Points between two lines of a box, at most."""

BASELINE: Final = 3.5
"""Points that letters reach below the middle of their line."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Turns coordinates of the layout, which count upwards, to those of a sheet."""

    left: float
    top: float

    def at(self, point: Point) -> str:
        return f"{_short(point[0] - self.left)},{_short(self.top - point[1])}"

    def x(self, x: float) -> str:
        return _short(x - self.left)

    def y(self, y: float) -> str:
        return _short(self.top - y)


def svg_of_sheet(panel: Panel, placed: Placed, opens: frozenset[str]) -> str:
    """Return the SVG of a panel.

    Args:
        panel: What is drawn.
        placed: Where everything lies.
        opens: The names of the boxes that open something.
    """
    bounds = placed.bounds.grown(MARGIN)
    frame = _Frame(bounds.left, bounds.top)
    number = {box.name: index for index, box in enumerate(panel.boxes)}
    entries = {box.name for box in panel.boxes if box.kind == "point" and box.name.startswith("in/")}
    parts = [_plate(plate, *placed.plates[plate.name], frame) for plate in panel.plates if plate.name in placed.plates]
    for index, (spline, middle) in placed.wires.items():
        wire = panel.wires[index]
        parts.append(_wire(wire, number[wire.source], number[wire.target], wire.target in entries, spline, middle, frame))
    parts += [_box(box, number[box.name], placed.boxes[box.name], box.name in opens, frame) for box in panel.boxes]
    return f'<svg viewBox="0 0 {_short(bounds.width)} {_short(bounds.height)}">{"".join(parts)}</svg>'


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(words: str, x: str, y: str, classes: str = "") -> str:
    named = f' class="{classes}"' if classes else ""
    return f'<text{named} x="{x}" y="{y}">{words}</text>'


def plain(text: str) -> str:
    """Return text for the inside of an element.

    >>> plain("</script><img onerror=x>")
    '&lt;/script&gt;&lt;img onerror=x&gt;'
    """
    return escape(printable(text))


# --- boxes ------------------------------------------------------------------------------------------------------------------------------


def _box(box: Box, number: int, rect: Rect, opens: bool, frame: _Frame) -> str:
    words = ["box", box.kind, box.family, *(["opens"] if opens else []), *(["aside"] if box.aside else [])]
    return f'<g class="{" ".join(words)}" data-box="{number}">{_drawn(box, rect, opens, frame)}</g>'


def _drawn(box: Box, rect: Rect, opens: bool, frame: _Frame) -> str:
    x, y = rect.middle
    if box.kind == "point":
        return f'<circle cx="{frame.x(x)}" cy="{frame.y(y)}" r="2.2"/>'
    if box.kind == "merge":
        shape = f'<ellipse cx="{frame.x(x)}" cy="{frame.y(y)}" rx="{_short(rect.width / 2)}" ry="{_short(rect.height / 2)}"/>'
        return shape + _text(plain(box.text[0]), frame.x(x), frame.y(y - BASELINE))
    if box.kind == "bar" and box.ports:
        return _bar(box, rect, frame)
    shapes = "" if box.kind == "dots" and not opens else (_rectangle(rect.moved(4, -4), frame) if box.times > 1 else "") + _rectangle(rect, frame)
    return shapes + _lines(box, rect, opens, frame) + (_chevron(rect, frame) if opens else "")


def _rectangle(rect: Rect, frame: _Frame, radius: float = 6) -> str:
    size = f'width="{_short(rect.width)}" height="{_short(rect.height)}"'
    return f'<rect x="{frame.x(rect.left)}" y="{frame.y(rect.top)}" {size} rx="{_short(radius)}"/>'


def _lines(box: Box, rect: Rect, opens: bool, frame: _Frame) -> str:
    """Write the lines of a box: its name in bold, what it is, and a badge with how often it is repeated."""
    lines = [plain(line).replace("  ", "\N{NO-BREAK SPACE} ") for line in box.text] or [""]
    bold = plain(box.title)
    if box.stacked and not bold:
        lines[0] = f"<tspan>{lines[0]}</tspan>"
    elif bold:
        lines[0] = f"<tspan>{bold}</tspan>" + (f"\N{NO-BREAK SPACE} {lines[0]}" if lines[0] else "")
    badge = 11.0 + 6.0 * len(str(box.times)) if box.times > 1 else 0.0
    step = min(LINE, (rect.height - 4) / len(lines))
    top = rect.middle[1] + step * (len(lines) - 1) / 2
    middle = rect.middle[0] - (3.0 if opens else 0.0)
    shift = (badge + 4) / 2 if badge else 0.0
    found = [_text(line, frame.x(middle - (0 if row else shift)), frame.y(top - row * step - BASELINE)) for row, line in enumerate(lines)]
    return "".join(found) + (_badge(box.times, Rect(rect.right - 9 - badge, top - 7, rect.right - 9, top + 7), frame) if badge else "")


def _badge(times: int, rect: Rect, frame: _Frame) -> str:
    words = _text(f"×{times}", frame.x(rect.middle[0]), frame.y(rect.middle[1] - BASELINE))
    return f'<g class="times">{_rectangle(rect, frame, 7)}{words}</g>'


def _chevron(rect: Rect, frame: _Frame) -> str:
    x, y = rect.right - 6, rect.middle[1]
    return f'<path class="more" d="M{frame.at((x, y + 3))}L{frame.at((x + 3, y))}L{frame.at((x, y - 3))}"/>'


def _bar(box: Box, rect: Rect, frame: _Frame) -> str:
    width = rect.width / len(box.ports)
    parts = []
    for index, name in enumerate(box.ports):
        cell = Rect(rect.left + index * width, rect.bottom, rect.left + (index + 1) * width, rect.top)
        words = f'{plain(name[:1])}<tspan class="low" dy="2">{plain(name[1:])}</tspan>'
        parts.append(_rectangle(cell, frame, 0) + _text(words, frame.x(cell.middle[0]), frame.y(cell.middle[1] - BASELINE)))
    return "".join(parts)


# --- wires ------------------------------------------------------------------------------------------------------------------------------


def _wire(wire: Wire, source: int, target: int, blunt: bool, spline: str, middle: str, frame: _Frame) -> str:
    width = thickness(wire.channels) if wire.kind in ("trunk", "flow", "bus") else min(1.4, thickness(wire.channels))
    parts = [_line(part.split(), width, blunt, frame) for part in spline.split(";") if part.strip()]
    label = ""
    if wire.label and middle:
        x, y = map(float, middle.split(","))
        label = _text(plain(wire.label), frame.x(x), frame.y(y - 2.8), "at")
    return f'<g class="wire {wire.kind}" data-from="{source}" data-to="{target}">{"".join(parts)}{label}</g>'


def _line(tokens: list[str], width: float, blunt: bool, frame: _Frame) -> str:
    path = [_point(token) for token in tokens if token[0] not in "es"]
    tips = [_point(token) for token in tokens if token[0] == "e"]
    curve = f"M{frame.at(path[0])}C" + " ".join(frame.at(point) for point in path[1:])
    drawn = f'<path d="{curve}" stroke-width="{width:g}"/>'
    return drawn if blunt or not tips else drawn + _tip(path[-1], tips[0], width, frame)


def _point(token: str) -> Point:
    x, y = token.split(",")[-2:]
    return float(x), float(y)


def _tip(start: Point, end: Point, width: float, frame: _Frame) -> str:
    """Draw the head of an arrow from where the line ends to the box."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = hypot(x, y) or 1.0
    half = 2.0 + width / 2
    across = (-y / length * half, x / length * half)
    sides = [(start[0] + sign * across[0], start[1] + sign * across[1]) for sign in (1, -1)]
    return f'<path class="tip" d="M{frame.at(end)}L{frame.at(sides[0])}L{frame.at(sides[1])}Z"/>'


def _plate(plate: Plate, rect: Rect, middle: str, frame: _Frame) -> str:
    title = " ".join(part for part in (f"<tspan>{plain(plate.title)}</tspan>" if plate.title else "", plain(plate.text)) if part)
    times = f' <tspan class="often">×{plate.times}</tspan>' if plate.times > 1 else ""
    words = _text(title + times, frame.x(rect.left + 8), frame.y(rect.top - 15)) if title or times else ""
    return f'<g class="plate">{_rectangle(rect, frame, 8)}{words}</g>'
