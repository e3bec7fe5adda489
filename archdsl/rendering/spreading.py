"""Frames that have nothing to do with each other, moved apart: Graphviz does not know how far the skips in them reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from archdsl.rendering.geometry import Rect, moved_point, moved_spline
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
    """Return a panel of frames without a wire between them with room between each and the next; any other as it is."""
    outer = _outermost(panel)
    frames = [plate.name for plate in panel.plates if not plate.parent and plate.name in lines.plates]
    if len(frames) < 2 or "" in outer.values() or any(outer[wire.source] != outer[wire.target] for wire in panel.wires):
        return lines
    moves = _moves({name: lines.plates[name][0] for name in frames}, across)
    chain = {plate.name: plate.parent for plate in panel.plates}
    boxes = {name: rect.moved(*moves[outer[name]]) for name, rect in lines.boxes.items()}
    wires = {
        number: (moved_spline(spline, moves[outer[panel.wires[number].source]]), moved_point(middle, moves[outer[panel.wires[number].source]]))
        for number, (spline, middle) in lines.wires.items()
    }
    plates = {}
    for name, (rect, middle) in lines.plates.items():
        move = moves[_top(name, chain)]
        plates[name] = (rect.moved(*move), moved_point(middle, move))
    return Lines(boxes, wires, plates)


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
