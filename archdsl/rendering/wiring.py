"""What the wires of a panel are: the main line, ways around, side ways, and a bus that grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from archdsl.ir.graph import Node
from archdsl.ops.shape import Shape
from archdsl.rendering.labels import dims
from archdsl.rendering.options import Shapes
from archdsl.rendering.view import Box, Wire


def classify(boxes: dict[str, Box], wires: Iterable[Wire]) -> tuple[dict[str, Box], list[Wire]]:
    """Return the boxes with those of the main line marked, and the wires with their kinds.

    1. A wire beside which another way leads to the same box is a skip.
    2. Skips that lead from one concatenation to the next are a bus.
    3. Wires of boxes beside a body are side wires.
    4. A box that every other way passes is on the main line, and so is a wire between two of them.
    """
    wires = list(wires)
    order = topological(boxes, wires)
    skips = redundant(order, wires)
    buses = _buses(boxes, wires, skips)
    kinds = {wire: "bus" if wire in buses else "skip" if wire in skips else "side" if _beside(boxes, wire) else "flow" for wire in wires}
    main = _main_line(order, [wire for wire in wires if _carries(boxes, wire, kinds[wire], bool(buses))])
    marked = {name: replace(box, trunk=name in main) for name, box in boxes.items()}
    done = [_with_kind(wire, kinds[wire], marked) for wire in wires]
    return marked, done


def _with_kind(wire: Wire, kind: str, boxes: dict[str, Box]) -> Wire:
    if kind == "flow" and boxes[wire.source].trunk and boxes[wire.target].trunk:
        kind = "trunk"
    return replace(wire, kind=kind)  # type: ignore[arg-type]


def topological(boxes: dict[str, Box], wires: Iterable[Wire]) -> list[str]:
    """Return the names of boxes in an order in which each follows those that feed it; raise ValueError on a cycle."""
    waiting = dict.fromkeys(boxes, 0)
    after: dict[str, list[str]] = {name: [] for name in boxes}
    for wire in wires:
        waiting[wire.target] += 1
        after[wire.source].append(wire.target)
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for target in after[name]:
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    if len(order) != len(boxes):
        raise ValueError("the boxes of a panel feed each other in a circle")
    return order


def redundant(order: list[str], wires: list[Wire]) -> set[Wire]:
    """Return the wires beside which another way leads from the same box to the same box."""
    bit = {name: 1 << number for number, name in enumerate(order)}
    leaving: dict[str, list[Wire]] = {}
    for wire in wires:
        leaving.setdefault(wire.source, []).append(wire)
    beyond: dict[str, int] = {}
    found: set[Wire] = set()
    for name in reversed(order):
        out = leaving.get(name, [])
        further = 0
        for wire in out:
            further |= beyond[wire.target]
        found.update(wire for wire in out if further & bit[wire.target])
        beyond[name] = further
        for wire in out:
            beyond[name] |= bit[wire.target]
    return found


def ranks(order: list[str], wires: Iterable[Wire]) -> dict[str, int]:
    """Return for every box the length of the longest way to it."""
    leaving: dict[str, list[str]] = {}
    for wire in wires:
        leaving.setdefault(wire.source, []).append(wire.target)
    found = dict.fromkeys(order, 0)
    for name in order:
        for target in leaving.get(name, ()):
            found[target] = max(found[target], found[name] + 1)
    return found


def _buses(boxes: dict[str, Box], wires: list[Wire], skips: set[Wire]) -> set[Wire]:
    concats = [wire for wire in wires if wire in skips and boxes[wire.target].text == ("C",)]
    entered = {wire.target for wire in concats}
    left = {wire.source for wire in concats}
    return {wire for wire in concats if wire.source in entered or wire.target in left}


def _beside(boxes: dict[str, Box], wire: Wire) -> bool:
    return boxes[wire.source].aside or boxes[wire.target].aside


def _carries(boxes: dict[str, Box], wire: Wire, kind: str, bus: bool) -> bool:
    """Tell whether a wire counts in the search for the main line; on a bus, what hangs off it does not."""
    if kind in ("skip", "side"):
        return False
    if kind == "bus" or not bus:
        return True
    return True


def _main_line(order: list[str], wires: list[Wire]) -> set[str]:
    """Return the boxes that all ways from the first to the last pass."""
    entering: dict[str, list[str]] = {}
    leaving: dict[str, list[str]] = {}
    for wire in wires:
        entering.setdefault(wire.target, []).append(wire.source)
        leaving.setdefault(wire.source, []).append(wire.target)
    used = [name for name in order if name in entering or name in leaving]
    before: dict[str, int] = {}
    for name in used:
        before[name] = sum(before[each] for each in entering.get(name, ())) or 1
    behind: dict[str, int] = {}
    for name in reversed(used):
        behind[name] = sum(behind[each] for each in leaving.get(name, ())) or 1
    total = sum(before[name] for name in used if name not in leaving)
    return {name for name in used if before[name] * behind[name] == total}


def virtual_nodes(boxes: dict[str, Box], wires: list[Wire]) -> int:
    """Return how many ranks all wires cross together: what the time of a layout grows with."""
    rank = ranks(topological(boxes, wires), wires)
    return sum(rank[wire.target] - rank[wire.source] - 1 for wire in wires)


def labelled(boxes: dict[str, Box], wires: list[Wire], values: Mapping[tuple[str, str], Node], shapes: Shapes) -> list[Wire]:
    """Return the wires with shapes: at every one, or at the first that leaves a box which changes the shape."""
    if shapes == "none":
        return wires
    entering: dict[str, set[Shape]] = {}
    for wire in wires:
        entering.setdefault(wire.target, set()).add(values[wire.source, wire.target].shape)
    found, said = [], set()
    for wire in sorted(wires, key=lambda wire: wire.kind in ("skip", "side")):
        shape = values[wire.source, wire.target].shape
        changed = boxes[wire.source].kind != "input" and shape not in entering.get(wire.source, ()) and boxes[wire.target].kind != "output"
        if shapes == "all" or (changed and wire.source not in said):
            said.add(wire.source)
            wire = replace(wire, label=dims(shape))
        found.append(wire)
    order = {(wire.source, wire.target): number for number, wire in enumerate(wires)}
    return sorted(found, key=lambda wire: order[wire.source, wire.target])
