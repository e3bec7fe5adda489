"""Skips as half-moons that stay close to what they go around; Graphviz lets them swing out far."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archdsl.rendering.geometry import Rect, bezier, curve, hull
from archdsl.rendering.splines import Point, spline
from archdsl.rendering.view import Panel
from archdsl.rendering.wiring import reached

ROOM = 12.0
"""Points between an arc and what it goes around."""

Turn = Callable[[Point], Point]
Arc = tuple[Point, Point, Point, Point]


def with_arcs(
    panel: Panel, boxes: Mapping[str, Rect], labels: list[Rect], wires: dict[int, tuple[str, str]], across: bool
) -> dict[int, tuple[str, str]]:
    """Return the lines of a panel with its skips drawn closer, where that crosses no box.

    Args:
        panel: The panel.
        boxes: Where its boxes lie.
        labels: Where the labels of its wires lie.
        wires: The line of every wire, and the middle of its label.
        across: Whether the picture goes from left to right.
    """
    below = reached((box.name for box in panel.boxes), panel.wires)
    skips = [number for number in wires if panel.wires[number].kind == "skip" and not wires[number][1]]
    done = dict(wires)
    drawn: list[list[Point]] = []
    for number in sorted(skips, key=lambda number: len(below[panel.wires[number].source] - below[panel.wires[number].target])):
        wire = panel.wires[number]
        inside = [boxes[name] for name in below[wire.source] if wire.target in below[name]]
        others = [rect for name, rect in boxes.items() if name not in (wire.source, wire.target)] + labels
        to = _turning(across, wire.west)
        arc = _arc(
            list(map(to, curve(wires[number][0]))), [_turned(each, to) for each in inside], [_turned(each, to) for each in others], _all(drawn, to)
        )
        if arc is not None:
            first, one, two, last = map(_turning(across, wire.west, back=True), arc)
            done[number] = (spline(first, one, two, last), "")
        drawn.append(curve(done[number][0]))
    return done


def _all(drawn: list[list[Point]], turn: Turn) -> list[Point]:
    return [turn(point) for line in drawn for point in line]


def _arc(old: list[Point], inside: list[Rect], others: list[Rect], drawn: list[Point]) -> Arc | None:
    """Return the flattest half-moon on the right that meets nothing, or None when the line that is there is as flat.

    Args:
        old: Points of the line that is there: its tip, its start, and on to its end.
        inside: The boxes that it goes around.
        others: What it must not meet: all boxes and labels but those at its ends.
        drawn: Points of arcs that are drawn already.
    """
    start, end = old[1], old[0]
    low, high = min(start[1], end[1]), max(start[1], end[1])
    base = max(start[0], end[0])
    beside = [rect.right for rect in others if rect.bottom < high and rect.top > low and rect.left < base + 40]
    lanes = [x for x, y in drawn if low < y < high and x < base + 120]
    way = max([base + 10, *beside, *lanes, *(rect.right for rect in inside)]) + ROOM
    limit = max(x for x, _ in old)
    while way < limit:
        arc = (start, _control(start, way), _control(end, way), end)
        path = [bezier(list(arc), step / 64) for step in range(1, 64)]
        if not any(rect.grown(3).holds(point) for rect in others for point in path):
            return arc
        way += 8.0
    return None


def _control(point: Point, way: float) -> Point:
    """Return the control point that makes a half-moon from a point reach ``way``."""
    return (point[0] + (way - point[0]) / 0.75, point[1])


def _turning(across: bool, west: bool, back: bool = False) -> Turn:
    """Return what turns points so that a skip goes around on the right, from top to bottom; or what turns them back."""
    sign = -1.0 if west else 1.0
    if not across:
        return lambda point: (sign * point[0], point[1])
    if back:
        return lambda point: (-point[1], -sign * point[0])
    return lambda point: (-sign * point[1], -point[0])


def _turned(rect: Rect, turn: Turn) -> Rect:
    return hull([turn((rect.left, rect.bottom)), turn((rect.right, rect.top))])
