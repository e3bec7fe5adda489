"""Rectangles and lines in points; x counts to the right, y upwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archdsl.rendering.splines import Point


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle.

    >>> Rect(0, 0, 10, 5).around(Rect(8, 2, 20, 4)).grown(1)
    Rect(left=-1, bottom=-1, right=21, top=6)
    """

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Its extent from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its extent from bottom to top."""
        return self.top - self.bottom

    @property
    def middle(self) -> Point:
        """The point in its middle."""
        return ((self.left + self.right) / 2, (self.bottom + self.top) / 2)

    def moved(self, x: float, y: float) -> Rect:
        """Return it at another place."""
        return Rect(self.left + x, self.bottom + y, self.right + x, self.top + y)

    def grown(self, margin: float) -> Rect:
        """Return it with a margin around it."""
        return Rect(self.left - margin, self.bottom - margin, self.right + margin, self.top + margin)

    def around(self, other: Rect) -> Rect:
        """Return the smallest rectangle that holds both."""
        return Rect(min(self.left, other.left), min(self.bottom, other.bottom), max(self.right, other.right), max(self.top, other.top))

    def meets(self, other: Rect) -> bool:
        """Tell whether both have an area in common."""
        return self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top

    def holds(self, point: Point) -> bool:
        """Tell whether a point lies inside."""
        return self.left < point[0] < self.right and self.bottom < point[1] < self.top

    def turned(self) -> Rect:
        """Return it with x and y exchanged."""
        return Rect(self.bottom, self.left, self.top, self.right)


def hull(found: Iterable[Point]) -> Rect:
    """Return the smallest rectangle around points."""
    found = list(found)
    return Rect(min(x for x, _ in found), min(y for _, y in found), max(x for x, _ in found), max(y for _, y in found))


def read_points(spline: str) -> list[Point]:
    """Return the points that are written in a spline of Graphviz, its tips among them.

    >>> read_points("e,0,5 0,40 0,30 0,20 0,10")
    [(0.0, 5.0), (0.0, 40.0), (0.0, 30.0), (0.0, 20.0), (0.0, 10.0)]
    """
    found = []
    for token in spline.replace(";", " ").split():
        x, y = token.split(",")[-2:]
        found.append((float(x), float(y)))
    return found


def curve(spline: str) -> list[Point]:
    """Return points on a spline, close enough to each other to say how far it reaches."""
    found: list[Point] = []
    for part in spline.split(";"):
        tips = [token for token in part.split() if token[0] in "es"]
        path = read_points(" ".join(token for token in part.split() if token[0] not in "es"))
        found += read_points(" ".join(tips)) + path[:1]
        for at in range(0, len(path) - 3, 3):
            found += [bezier(path[at : at + 4], step / 12) for step in range(1, 13)]
    return found


def bezier(four: list[Point], t: float) -> Point:
    """Return the point of a cubic curve at ``t`` from 0 to 1."""
    factors = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (sum(f * x for f, (x, _) in zip(factors, four)), sum(f * y for f, (_, y) in zip(factors, four)))


def moved_spline(spline: str, move: Point) -> str:
    """Return a spline at another place.

    >>> moved_spline("e,0,5 0,40 0,30", (1, 2))
    'e,1.00,7.00 1.00,42.00 1.00,32.00'
    """
    parts = []
    for token in spline.split():
        *mark, x, y = token.split(",")
        end = ";" if y.endswith(";") else ""
        parts.append(",".join([*mark, f"{float(x) + move[0]:.2f}", f"{float(y.rstrip(';')) + move[1]:.2f}"]) + end)
    return " ".join(parts)


def moved_point(point: str, move: Point) -> str:
    """Return a point, written as ``x,y``, at another place; an empty text stays one."""
    return moved_spline(point, move) if point else ""


def tightened(spline: str) -> str:
    """Return the same line with its curves cut in four, so that their control points lie close: Graphviz takes room for those too."""
    tokens = spline.split()
    path = [token for token in tokens if token[0] not in "es"]
    if ";" in spline or len(path) < 4:
        return spline
    points = read_points(" ".join(path))
    found = points[:1]
    for at in range(0, len(points) - 3, 3):
        for half in _halves(points[at : at + 4]):
            for quarter in _halves(half):
                found += quarter[1:]
    return " ".join([token for token in tokens if token[0] in "es"] + [f"{x:.2f},{y:.2f}" for x, y in found])


def _halves(four: list[Point]) -> tuple[list[Point], list[Point]]:
    """Return both halves of a cubic curve (de Casteljau)."""
    a, b, c, d = four
    ab, bc, cd = _between(a, b), _between(b, c), _between(c, d)
    abc, bcd = _between(ab, bc), _between(bc, cd)
    middle = _between(abc, bcd)
    return [a, ab, abc, middle], [middle, bcd, cd, d]


def _between(one: Point, other: Point) -> Point:
    return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
