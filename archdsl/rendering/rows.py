"""What stands beside what: dots in a row of paths, the ends of branches, a projection beside the body, columns of slices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from archdsl.rendering.metrics import box_size
from archdsl.rendering.view import Box, Wire
from archdsl.rendering.wiring import ranks, topological

Rows = tuple[tuple[str, ...], ...]


def rows_of(boxes: dict[str, Box], wires: list[Wire], paths: Iterable[tuple[str, list[list[str]]]]) -> tuple[dict[str, Box], list[Wire], Rows]:
    """Return boxes and wires with what keeps paths in order, and the rows of boxes that stand beside each other."""
    rows: list[tuple[str, ...]] = []
    for dots, drawn in paths:
        boxes, wires, beside = _with_dots(boxes, wires, dots, drawn)
        rows += beside
    boxes, wires = _columns(boxes, wires)
    taken = {name for row in rows for name in row}
    for row in [*_ends_of_branches(boxes, wires), *_projections(boxes, wires)]:
        if not taken & set(row):
            rows.append(row)
            taken |= set(row)
    return boxes, wires, tuple(rows)


def _with_dots(
    boxes: dict[str, Box], wires: list[Wire], dots: str, drawn: list[list[str]]
) -> tuple[dict[str, Box], list[Wire], list[tuple[str, ...]]]:
    """Continue the dots of paths that are left out down to the merge, one beside every box of the path before."""
    boxes = _in_columns(boxes, drawn)
    first, second, last = drawn
    column = [dots] + [f"{dots}/{number}" for number in range(1, len(second))]
    made: dict[str, Box] = {}
    for name, box in boxes.items():
        made[name] = replace(box, column="dots") if name == dots else box
        if name == dots:
            made |= {each: replace(box, name=each, text=("•  •  •",), column="dots", members=()) for each in column[1:]}
    ends = {wire.target for wire in wires if wire.source == second[-1]}
    starts = {wire.source for wire in wires if wire.target == second[0]}
    steps = [*((start, column[0]) for start in starts), *pairwise(column), *((column[-1], end) for end in ends)]
    hidden = [Wire(tail, head, "hidden") for tail, head in steps]
    rows: list[tuple[str, ...]] = [row for row in zip(first, second, column, last) if len(set(row)) == len(row)]
    return made, wires + hidden, rows


def _in_columns(boxes: dict[str, Box], paths: list[list[str]]) -> dict[str, Box]:
    columns = {name: f"path{number}" for number, path in enumerate(paths) for name in path}
    return {name: replace(box, column=columns.get(name, box.column)) for name, box in boxes.items()}


def _columns(boxes: dict[str, Box], wires: list[Wire]) -> tuple[dict[str, Box], list[Wire]]:
    """Keep what becomes of every slice of a split in a column, and mark wires from one column to the next."""
    column: dict[str, str] = {}
    for wire in wires:
        if wire.tail >= 0 and boxes[wire.target].kind != "bar":
            column[wire.target] = f"slice{wire.tail}"
    for wire in sorted(wires, key=lambda wire: wire.head < 0):
        if wire.head >= 0 and boxes[wire.source].kind != "bar":
            column[wire.source] = f"slice{wire.head}"
    if not column:
        return boxes, wires
    cell = max((box_size(boxes[name])[0] for name in column), default=44.0) + 30.0
    boxes = {name: replace(box, column=column.get(name, box.column), cell=cell if box.ports else box.cell) for name, box in boxes.items()}
    return boxes, [replace(wire, kind="chain") if _crosses(column, wire) else wire for wire in wires]


def _crosses(column: dict[str, str], wire: Wire) -> bool:
    tail, head = column.get(wire.source), column.get(wire.target)
    return tail is not None and head is not None and tail != head


def _ends_of_branches(boxes: dict[str, Box], wires: list[Wire]) -> Rows:
    """Return the last boxes of the paths that a merge joins: they stand in one row, in the order of the paths."""
    leaving: dict[str, int] = {}
    entering: dict[str, list[Wire]] = {}
    for wire in wires:
        leaving[wire.source] = leaving.get(wire.source, 0) + 1
        entering.setdefault(wire.target, []).append(wire)
    rows = []
    for name, found in entering.items():
        last = [wire.source for wire in found if wire.kind == "flow" and leaving[wire.source] == 1 and boxes[wire.source].column != "main"]
        if len(last) > 1 and boxes[name].kind == "merge" and len({boxes[each].plate for each in last}) == 1:
            rows.append(tuple(dict.fromkeys(last)))
    return tuple(rows)


def _projections(boxes: dict[str, Box], wires: list[Wire]) -> Rows:
    """Return for every box beside a body the box of the body that it stands beside."""
    around = [wire for wire in wires if wire.kind == "side" and boxes[wire.target].aside and not boxes[wire.source].aside]
    if not around:
        return ()
    order = topological(boxes, wires)
    rank = ranks(order, [wire for wire in wires if wire.kind != "side"])
    rows = []
    for wire in around:
        ends = [each.target for each in wires if each.source == wire.target and not boxes[each.target].aside]
        if not ends:
            continue
        middle = (rank[wire.source] + rank[ends[0]]) // 2
        beside = [name for name in order if rank[name] == middle and boxes[name].column == "main" and boxes[name].plate == boxes[wire.target].plate]
        if beside and beside[0] != wire.source:
            rows.append((beside[0], wire.target))
    return tuple(rows)
