"""Frames that have nothing to do with each other, moved apart and filled from their middle: Graphviz does not know how far skips reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Final

from archdsl.rendering.geometry import Rect, curve, hull, moved_point, moved_spline
from archdsl.rendering.view import Panel

ROOM: Final = 18.0
"""Points between two frames."""


@dataclass(slots=True)
class Lines:
    """Where the boxes, wires and plates of a panel lie, as in :class:`archdsl.rendering.composing.Placed`."""

    boxes: dict[str, Rect]
    wires: dict[int, tuple[str, str]]
    plates: dict[str, tuple[Rect, str]]


def spread(panel: Panel, lines: Lines, across: bool) -> Lines:
    """Return a panel of frames without a wire between them with room between them, and what they hold in their middle; any other as it is."""
    outer = _outermost(panel)
    frames = [plate.name for plate in panel.plates if not plate.parent and plate.name in lines.plates]
    if len(frames) < 2 or "" in outer.values() or any(outer[wire.source] != outer[wire.target] for wire in panel.wires):
        return lines
    moves = _moves({name: lines.plates[name][0] for name in frames}, across)
    chain = {plate.name: plate.parent for plate in panel.plates}
    inside = moves if across else {name: (x + _off_centre(panel, lines, name, outer, chain), y) for name, (x, y) in moves.items()}
    boxes = {name: rect.moved(*inside[outer[name]]) for name, rect in lines.boxes.items()}
    wires = {}
    for number, (spline, middle) in lines.wires.items():
        move = inside[outer[panel.wires[number].source]]
        wires[number] = (moved_spline(spline, move), moved_point(middle, move))
    plates = {}
    for name, (rect, middle) in lines.plates.items():
        move = (inside if chain[name] else moves)[_top(name, chain)]
        plates[name] = (rect.moved(*move), moved_point(middle, move))
    return Lines(boxes, wires, plates)


def _off_centre(panel: Panel, lines: Lines, frame: str, outer: Mapping[str, str], chain: Mapping[str, str]) -> float:
    """Return how far to the right what lies in a frame has to move to stand in the middle of it."""
    held = [rect for name, rect in lines.boxes.items() if outer[name] == frame]
    held += [hull(curve(spline)) for number, (spline, _) in lines.wires.items() if outer[panel.wires[number].source] == frame]
    held += [rect for name, (rect, _) in lines.plates.items() if chain[name] and _top(name, chain) == frame]
    return lines.plates[frame][0].middle[0] - reduce(Rect.around, held).middle[0]


def _outermost(panel: Panel) -> dict[str, str]:
    """Return for every box the frame that it lies in."""
    chain = {plate.name: plate.parent for plate in panel.plates}
    return {box.name: _top(box.plate, chain) for box in panel.boxes}


def _top(name: str, chain: Mapping[str, str]) -> str:
    while name and chain[name]:
        name = chain[name]
    return name


def _moves(frames: Mapping[str, Rect], across: bool) -> dict[str, tuple[float, float]]:
    """Return how far each frame moves: to the right, or in a picture from left to right downwards."""
    order = sorted(frames, key=lambda name: -frames[name].top if across else frames[name].left)
    shift = 0.0
    moves = {order[0]: (0.0, 0.0)}
    for before, name in pairwise(order):
        one, other = frames[before], frames[name]
        gap = one.bottom - other.top if across else other.left - one.right
        shift += max(0.0, ROOM - gap)
        moves[name] = (0.0, -shift) if across else (shift, 0.0)
    return moves
