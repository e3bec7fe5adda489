"""Lines as Graphviz writes them: cubic splines with an arrow at the end."""

from __future__ import annotations

from math import hypot

Point = tuple[float, float]

ARROW = 6.0
"""Points that the head of an arrow takes."""


def spline(start: Point, one: Point, two: Point, end: Point) -> str:
    """Return a curve from a point to the tip of an arrow.

    >>> spline((0, 0), (0, -10), (0, -20), (0, -36))
    'e,0.00,-36.00 0.00,0.00 0.00,-10.00 0.00,-20.00 0.00,-30.00'
    """
    away = hypot(end[0] - two[0], end[1] - two[1]) or 1.0
    foot = (end[0] - (end[0] - two[0]) / away * ARROW, end[1] - (end[1] - two[1]) / away * ARROW)
    return "e," + " ".join(f"{x:.2f},{y:.2f}" for x, y in (end, start, one, two, foot))


def straight(start: Point, end: Point) -> str:
    """Return a straight line from a point to the tip of an arrow.

    >>> straight((0, 0), (0, -36))
    'e,0.00,-36.00 0.00,0.00 0.00,-12.00 0.00,-24.00 0.00,-30.00'
    """
    (x, y), (a, b) = start, end
    one, two = ((x + (a - x) * part, y + (b - y) * part) for part in (1 / 3, 2 / 3))
    return spline(start, one, two, end)


def level(start: Point, end: Point, height: float, turn: float) -> str:
    """Return a line from left to right that keeps a height of its own between its ends, which it leaves and reaches in curves of length ``turn``.

    >>> level((0, 0), (60, 0), 0, 20)
    'e,60.00,0.00 0.00,0.00 20.00,0.00 40.00,0.00 54.00,0.00'
    >>> level((0, 0), (90, 0), 10, 30)
    'e,90.00,0.00 0.00,0.00 15.00,0.00 15.00,10.00 30.00,10.00 40.00,10.00 50.00,10.00 60.00,10.00 75.00,10.00 69.00,0.00 84.00,0.00'
    """
    (x, y), (a, b) = start, end
    if y == height == b:
        return straight(start, end)
    foot = a - ARROW
    points: list[Point] = [start]
    left, right = x, foot
    if y != height:
        left = x + turn
        points += [(x + turn / 2, y), (x + turn / 2, height), (left, height)]
    if b != height:
        right = a - turn
    third = (right - left) / 3
    points += [(left + third, height), (right - third, height), (right, height)]
    if b != height:
        points += [(a - turn / 2, height), (foot - turn / 2, b), (foot, b)]
    return "e," + " ".join(f"{each:.2f},{other:.2f}" for each, other in (end, *points))
