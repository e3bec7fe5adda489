"""An encoder and a decoder as a U: down on the left, up on the right, with the skips level between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from archdsl.rendering.metrics import box_size, edge_of, text_width
from archdsl.rendering.splines import Point, spline, straight
from archdsl.rendering.view import Box, Wire

STEP: Final = 28.0
"""Points between two boxes of a column."""
GAP: Final = 60.0
"""Points between the columns."""
ROOM: Final = 12.0
"""Points between a skip that stays on its side and what it goes around."""


def as_valley(boxes: dict[str, Box], wires: list[Wire], heights: Mapping[str, int], across: bool) -> tuple[dict[str, Box], list[Wire]] | None:
    """Return the boxes of an encoder and a decoder with their places, and the wires with their lines; None for any other network.

    It is one when every box is on the main line, two or more skips around the smallest maps lie within each other, and the maps get smaller inwards.
    Every other skip has to stay on its side.

    Args:
        boxes: The boxes by name.
        wires: The wires between them.
        heights: The height of the map that leaves a box; 0 where there is none.
        across: Whether the picture goes from left to right.
    """
    main = _line_of(boxes, wires)
    skips = [wire for wire in wires if wire.kind in ("skip", "bus")]
    if main is None or len(skips) < 2 or len(skips) + len(main) - 1 != len(wires):
        return None
    rank = {name: number for number, name in enumerate(main)}
    low, high = _lowest(main, heights)
    local = [wire for wire in skips if not (rank[wire.source] < low and high < rank[wire.target])]
    skips = sorted((wire for wire in skips if wire not in local), key=lambda wire: rank[wire.source])
    if len(skips) < 2 or any(not _stays(rank[wire.source], rank[wire.target], low, high) for wire in local):
        return None
    nested = all(rank[one.source] < rank[two.source] and rank[two.target] < rank[one.target] for one, two in pairwise(skips))
    smaller = all(heights[one.source] > heights[two.source] > 0 for one, two in pairwise(skips))
    if not nested or not smaller:
        return None
    return _Valley(boxes, main, [(rank[wire.source], rank[wire.target]) for wire in skips], heights, across).drawn(wires)


def _lowest(main: list[str], heights: Mapping[str, int]) -> tuple[int, int]:
    """Return the numbers of the first and the last box with the smallest map."""
    least = min((heights[name] for name in main if heights[name]), default=0)
    low = [number for number, name in enumerate(main) if heights[name] == least]
    return low[0], low[-1]


def _stays(start: int, end: int, low: int, high: int) -> bool:
    """Tell whether a skip leads from one side to the same, or along the bottom."""
    return end < low or start > high or low <= start < end <= high


def _line_of(boxes: Mapping[str, Box], wires: list[Wire]) -> list[str] | None:
    """Return the boxes in the order of the only line through all of them."""
    after = {wire.source: wire.target for wire in wires if wire.kind in ("trunk", "flow")}
    starts = set(boxes) - set(after.values())
    if len(starts) != 1 or len(after) != len(boxes) - 1:
        return None
    found = [starts.pop()]
    while found[-1] in after:
        found.append(after[found[-1]])
    return found if len(found) == len(boxes) else None


class _Valley:
    """Places are counted along the way down, and across from the left column (0) to the right one (1); at the end they become points."""

    def __init__(self, boxes: dict[str, Box], main: list[str], skips: list[tuple[int, int]], heights: Mapping[str, int], across: bool) -> None:
        self.boxes = boxes
        self.main = main
        self.rank = {name: number for number, name in enumerate(main)}
        self.skips = skips
        self.heights = heights
        self.across = across
        self.level: dict[str, float] = {}
        self.column: dict[str, float] = {}
        self.inner = (0, 0, 0.0)
        self.step = 2.6 * STEP if across else STEP

    def drawn(self, wires: list[Wire]) -> tuple[dict[str, Box], list[Wire]]:
        """Return the boxes in their places and the wires with their lines."""
        self._slopes()
        self._bottom()
        widest = max(self._extent(name)[1] for name in self.main)
        between = [name for name, column in self.column.items() if 0.0 < column < 1.0]
        pitch = max([widest + GAP, *((self._extent(name)[1] + STEP) * (len(between) + 1) for name in between)])
        made = {name: self._at(box, self.column[name] * pitch, self.level[name]) for name, box in self.boxes.items()}
        return made, [self._wire(made, wire) for wire in wires]

    def _extent(self, name: str) -> tuple[float, float]:
        """Return how far a box reaches along the way down, and across it."""
        width, height = box_size(self.boxes[name])
        more = 2 * edge_of(self.boxes[name])
        return (width + more, height + more) if self.across else (height + more, width + more)

    def _slopes(self) -> None:
        """Place what lies between one skip and the next: the left side downwards, the right side upwards, both over the same way."""
        level, before, behind = 0.0, 0, len(self.main) - 1
        for number, (start, end) in enumerate(self.skips):
            left, right = self.main[before : start + 1], self.main[end : behind + 1][::-1]
            length = self._length(left, right)
            self._spread(left, level, level + length, 0.0, packed=number == 0)
            self._spread(right, level, level + length, 1.0, packed=number == 0)
            level += length
            before, behind = start + 1, end - 1
        self.inner = (before, behind, level)

    def _length(self, *sides: list[str]) -> float:
        return max(sum(self._extent(name)[0] + self.step for name in side) for side in sides)

    def _spread(self, side: list[str], start: float, stop: float, column: float, packed: bool = False) -> None:
        """Place boxes so that the last one stands at the end of the way, and the others evenly before it or close to it."""
        room = (stop - start) / self._length(side) if side and not packed else 1.0
        level = stop
        for number, name in enumerate(reversed(side)):
            level -= room * (self._extent(name)[0] / 2) if number else 0.0
            self.level[name], self.column[name] = level, column
            level -= room * (self._extent(name)[0] / 2 + self.step)

    def _bottom(self) -> None:
        """Place what lies within the innermost skip: down, along the bottom, and up."""
        before, behind, level = self.inner
        inside = self.main[before : behind + 1]
        lowest = min((self.heights[name] for name in inside), default=0)
        low = [number for number, name in enumerate(inside) if self.heights[name] == lowest]
        first, last = (low[0], low[-1] + 1) if low else (0, 0)
        first += 1 if last - first > 1 else 0
        down, along, up = inside[:first], inside[first:last], inside[last:][::-1]
        shelf = level + self._length(down, up)
        self._spread(down, level, shelf, 0.0)
        self._spread(up, level, shelf, 1.0)
        depth = max((self._extent(name)[0] for name in along), default=0.0)
        for number, name in enumerate(along):
            self.level[name] = shelf + depth + STEP / 2
            self.column[name] = (number + 1) / (len(along) + 1)

    def _at(self, box: Box, x: float, along: float) -> Box:
        position = (along, -x) if self.across else (x, -along)
        return replace(box, position=position, size=box_size(box))

    def _wire(self, boxes: Mapping[str, Box], wire: Wire) -> Wire:
        ends = (self.rank[wire.source], self.rank[wire.target])
        if wire.kind in ("skip", "bus") and ends not in self.skips:
            return replace(wire, kind="skip", spline=self._arc(boxes, wire), label="")
        if wire.kind in ("skip", "bus"):
            return replace(wire, kind="skip", spline=straight(self._side(boxes[wire.source], 1), self._side(boxes[wire.target], -1)), label="")
        start, end = self._ends(boxes, wire)
        if self.column[wire.source] == self.column[wire.target]:
            return replace(wire, spline=straight(start, end), middle=self._middle(wire, start, end))
        if 0 < self.column[wire.source] < 1 > self.column[wire.target] > 0:
            return replace(wire, spline=straight(start, end), label="")
        down = self.column[wire.source] == 0.0
        bent = spline(start, _corner(start, end, 0.7, down == self.across), _corner(end, start, 0.7, down != self.across), end)
        return replace(wire, spline=bent, label="")

    def _arc(self, boxes: Mapping[str, Box], wire: Wire) -> str:
        """Draw a skip that stays on one side, around the outside of what lies between its ends; along the bottom, below it."""
        column = (self.column[wire.source] + self.column[wire.target]) / 2
        inside = [boxes[name] for name in self.main[self.rank[wire.source] : self.rank[wire.target] + 1]]
        sideways = column in (0.0, 1.0)
        out = 1 if column == 1.0 else -1
        leave = self._side if sideways else self._end
        start, end = leave(boxes[wire.source], out), leave(boxes[wire.target], out)
        axis = int(sideways == self.across)
        sign = -out if self.across else out
        way = sign * (max(sign * leave(box, out)[axis] for box in inside) + ROOM + 4 * len(inside))
        return spline(start, _pulled(start, way, axis), _pulled(end, way, axis), end)

    def _ends(self, boxes: Mapping[str, Box], wire: Wire) -> tuple[Point, Point]:
        """Return where a wire leaves a box and where it enters the next: below or above on a slope, at the sides on the bottom."""
        source, target = boxes[wire.source], boxes[wire.target]
        here, there = self.column[wire.source], self.column[wire.target]
        if here == there and here in (0.0, 1.0):
            way = -1 if here == 0.0 else 1
            return self._end(source, way), self._end(target, -way)
        return (
            self._end(source, -1) if here == 0.0 else self._side(source, 1),
            self._end(target, -1) if there == 1.0 else self._side(target, -1),
        )

    def _middle(self, wire: Wire, start: Point, end: Point) -> Point | None:
        if not wire.label:
            return None
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        return (x, y + 9) if self.across else (x + text_width(wire.label, 8) / 2 + 6, y)

    def _end(self, box: Box, way: int) -> Point:
        """Return the middle of the upper side of a box (1), or of the lower (-1)."""
        (x, y), (width, height), more = box.position or (0, 0), box.size or (0, 0), edge_of(box)
        return (x - way * (width / 2 + more), y) if self.across else (x, y + way * (height / 2 + more))

    def _side(self, box: Box, way: int) -> Point:
        """Return the middle of the right side of a box (1), or of the left (-1)."""
        (x, y), (width, height), more = box.position or (0, 0), box.size or (0, 0), edge_of(box)
        return (x, y - way * (height / 2 + more)) if self.across else (x + way * (width / 2 + more), y)


def _pulled(point: Point, way: float, axis: int) -> Point:
    """Return the control point that makes a half-moon from a point reach a way out along an axis."""
    pulled = point[axis] + (way - point[axis]) / 0.75
    return (pulled, point[1]) if axis == 0 else (point[0], pulled)


def _corner(start: Point, end: Point, part: float, sideways: bool) -> Point:
    """Return a point on the way from one point to the level of another, along one axis only."""
    if sideways:
        return (start[0] + (end[0] - start[0]) * part, start[1])
    return (start[0], start[1] + (end[1] - start[1]) * part)
