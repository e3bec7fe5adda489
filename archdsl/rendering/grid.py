"""Fractals on a grid of their own: a path is a column, a convolution stands in the middle of what it spans, a join is a bar over its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from archdsl.ir.graph import Node
from archdsl.rendering.metrics import box_size
from archdsl.rendering.splines import straight
from archdsl.rendering.tree import Part, walk_parts
from archdsl.rendering.view import Box, Wire

JOINS: Final = ("join", "mean")
GAP: Final = 22.0
"""Points between a box and the next."""
BAR: Final = 18.0
"""Points across a bar."""


@dataclass(slots=True)
class Stack:
    """Boxes in columns: for each its column and the middle of it, counted from the start."""

    width: int = 0
    length: float = 0.0
    places: list[tuple[str, int, float]] = field(default_factory=list)


def is_fractal(part: Part) -> bool:
    """Tell whether a block joins paths one of which holds the block again."""
    inner = [each for each in walk_parts(part)[1:] if each.kind == "block" and each.label == part.label]
    return part.kind == "block" and bool(inner) and any(node.op.name in JOINS for node in part.nodes)


def columns_of(part: Part) -> int:
    """Return how many columns a fractal has: paths of a branch stand beside each other, all else under each other."""
    paths = [columns_of(item) for item in part.items if isinstance(item, Part) and item.kind == "path"]
    others = [columns_of(item) for item in part.items if isinstance(item, Part) and item.kind != "path"]
    return max([sum(paths), *others, 1])


def on_grid(
    part: Part, boxes: dict[str, Box], wires: list[Wire], owner: Mapping[Node, str], across: bool
) -> tuple[dict[str, Box], list[Wire]] | None:
    """Return the boxes of a fractal with their places and its wires with their lines; None when it does not fit a grid.

    Args:
        part: The block.
        boxes: Its boxes by name.
        wires: The wires between them.
        owner: The box of every node.
        across: Whether the picture goes from left to right.
    """
    inside = {name for name, box in boxes.items() if box.kind != "point"}
    boxes = _with_bars(boxes)
    grid = _Grid(boxes, owner, across)
    stack = grid.series(part)
    bars = [name for name, box in boxes.items() if box.kind == "bar"]
    if {name for name, _, _ in stack.places} != inside or len(bars) < 2:
        return None
    placed = grid.placed(stack, wires)
    return placed, [replace(wire, spline=_line(placed, wire, across), label="", kind="flow") for wire in wires]


def _with_bars(boxes: dict[str, Box]) -> dict[str, Box]:
    """Draw joins and the value that enters as bars."""
    made = {}
    for name, box in boxes.items():
        if box.kind == "merge":
            made[name] = replace(box, kind="bar", family="bar", text=("mean" if box.text == ("μ",) else box.text[0],))
        elif box.kind == "point":
            made[name] = replace(box, kind="bar", family="io") if name.startswith("in/") else replace(box, kind="output")
        else:
            made[name] = box
    return made


class _Grid:
    def __init__(self, boxes: Mapping[str, Box], owner: Mapping[Node, str], across: bool) -> None:
        self.boxes = boxes
        self.owner = owner
        self.across = across
        self.seen: set[str] = set()

    def extent(self, name: str) -> tuple[float, float]:
        """Return how far a box reaches along the way of the values, and across it."""
        width, height = box_size(self.boxes[name])
        if self.boxes[name].kind == "bar":
            return (width if self.across else BAR, BAR)
        return (width, height) if self.across else (height, width)

    def series(self, part: Part) -> Stack:
        """Return what stands in a part, one after the other; paths of one branch beside each other."""
        stack, paths = Stack(), list[Part]()
        for item in part.items:
            if isinstance(item, Part) and item.kind == "path":
                paths.append(item)
                continue
            self._append(stack, self._parallel(paths))
            paths = []
            self._append(stack, self._one(item))
        self._append(stack, self._parallel(paths))
        return stack

    def _one(self, item: Part | Node) -> Stack:
        nodes = item.nodes if isinstance(item, Part) else [item]
        names = list(dict.fromkeys(self.owner[node] for node in nodes if node in self.owner))
        if isinstance(item, Part) and len(names) > 1:
            return self.series(item)
        if not names or names[0] in self.seen:
            return Stack()
        self.seen.add(names[0])
        length = self.extent(names[0])[0] + GAP
        return Stack(1, length, [(names[0], 0, length / 2)])

    def _append(self, stack: Stack, after: Stack) -> None:
        stack.places += [(name, column, stack.length + middle) for name, column, middle in after.places]
        stack.length += after.length
        stack.width = max(stack.width, after.width)

    def _parallel(self, paths: list[Part]) -> Stack:
        stack = Stack()
        inner = [self.series(path) for path in paths]
        stack.length = max((each.length for each in inner), default=0.0)
        for each in inner:
            scale = stack.length / each.length if each.length else 1.0
            stack.places += [(name, stack.width + column, middle * scale) for name, column, middle in each.places]
            stack.width += each.width
        return stack

    def placed(self, stack: Stack, wires: list[Wire]) -> dict[str, Box]:
        """Return the boxes with the middles and sizes that they have in points."""
        pitch = max(self.extent(name)[1] for name, _, _ in stack.places if self.boxes[name].kind != "bar") + 20.0
        along = {name: middle for name, _, middle in stack.places}
        columns = self._columns(stack, wires, along)
        made = {}
        for name, box in self.boxes.items():
            outside = self.extent(name)[0] / 2 + GAP / 2
            middle = along.get(name, -outside if name.startswith("in/") else stack.length + outside)
            spanned = columns.get(name) or self._spanned(name, wires, columns, stack.width)
            low, high = min(spanned) * pitch, max(spanned) * pitch
            far, near = self.extent(name)
            breadth = high - low + pitch - 20.0 if box.kind == "bar" else near
            made[name] = self._at(box, (low + high) / 2, middle, breadth, far)
        return made

    def _columns(self, stack: Stack, wires: list[Wire], along: Mapping[str, float]) -> dict[str, list[int]]:
        """Return the columns of every box: that in which it stands, or those from which a bar is fed."""
        found = {name: [column] for name, column, _ in stack.places if self.boxes[name].kind != "bar"}
        for name in sorted((name for name in along if name not in found), key=lambda name: along[name]):
            found[name] = self._spanned(name, wires, found, stack.width)
        return found

    def _spanned(self, name: str, wires: list[Wire], columns: Mapping[str, list[int]], width: int) -> list[int]:
        beside = [wire.source for wire in wires if wire.target == name] or [wire.target for wire in wires if wire.source == name]
        return [column for each in beside for column in columns.get(each, ())] or [0, width - 1]

    def _at(self, box: Box, x: float, along: float, breadth: float, length: float) -> Box:
        if self.across:
            return replace(box, position=(along, -x), size=(length, breadth))
        return replace(box, position=(x, -along), size=(breadth, length))


def _line(boxes: Mapping[str, Box], wire: Wire, across: bool) -> str:
    """Return the straight line between two boxes, in the column of the one that is no bar."""
    source, target = boxes[wire.source], boxes[wire.target]
    (sx, sy), (tx, ty) = source.position or (0, 0), target.position or (0, 0)
    (sw, sh), (tw, th) = source.size or (0, 0), target.size or (0, 0)
    follow = target if source.kind == "bar" and target.kind != "bar" else source
    fx, fy = follow.position or (0, 0)
    if across:
        return straight((sx + sw / 2, sy if source.kind != "bar" else fy), (tx - tw / 2, ty if target.kind != "bar" else fy))
    return straight((sx if source.kind != "bar" else fx, sy - sh / 2), (tx if target.kind != "bar" else fx, ty + th / 2))
