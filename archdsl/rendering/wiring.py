"""What the wires of a panel are: the main line, ways around, side ways, and a bus that grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from archdsl.ops.shape import Shape
from archdsl.rendering.labels import dims
from archdsl.rendering.options import Shapes
from archdsl.rendering.view import Box, Wire, WireKind

SHORT = 3
"""A way with so many boxes less than the longest is not the main line."""

Ends = tuple[str, str, int, int]
"""The boxes that a wire leaves and enters, and the ports."""


def classify(boxes: Mapping[str, Box], wires: Iterable[Wire]) -> tuple[dict[str, Box], list[Wire]]:
    """Return the boxes with those of the main line marked, and the wires with their kinds.

    1. A wire beside which another way leads to the same box is a skip.
    2. Skips that lead from one concatenation to the next are a bus.
    3. Wires of boxes beside a body are side wires.
    4. A box that every other way passes is on the main line, and so is a wire between two of them.
    """
    wires = list(wires)
    order = topological(boxes, wires)
    skips = {wire for wire in redundant(order, wires) if wire.tail < 0 and wire.head < 0}
    buses = _buses(boxes, skips)
    kinds: dict[Wire, WireKind] = {}
    for wire in wires:
        kinds[wire] = "bus" if wire in buses else "skip" if wire in skips else "side" if _beside(boxes, wire) else "flow"
    straight = [wire for wire in wires if kinds[wire] in ("flow", "bus")]
    short = _short_cuts(order, straight)
    main = _main_line(order, [wire for wire in straight if not {wire.source, wire.target} & short])
    marked = {name: replace(box, column="main" if name in main else "") for name, box in boxes.items()}
    done = [replace(wire, kind=_on_main(wire, kinds[wire], main)) for wire in wires]
    return marked, _on_sides(ranks(order, wires), done)


def _on_sides(rank: Mapping[str, int], wires: list[Wire]) -> list[Wire]:
    """Let skips that overlap without lying within each other, or meet at a box, go around on different sides."""
    east: list[tuple[int, int]] = []
    west: list[tuple[int, int]] = []
    done = []
    for wire in wires:
        if wire.kind == "skip":
            way = (rank[wire.source], rank[wire.target])
            leaves = any(other[1] == way[0] for other in east)
            left = any(_clash(way, other) for other in east) and not any(_clash(way, other) for other in west)
            (west if left else east).append(way)
            wire = replace(wire, west=left, low=leaves)
        done.append(wire)
    return done


def _clash(one: tuple[int, int], other: tuple[int, int]) -> bool:
    (start, stop), (begin, end) = sorted((one, other))
    return start != begin and begin < stop < end


def _on_main(wire: Wire, kind: WireKind, main: set[str]) -> WireKind:
    return "trunk" if kind == "flow" and wire.source in main and wire.target in main else kind


def topological(boxes: Iterable[str], wires: Iterable[Wire]) -> list[str]:
    """Return the names of boxes in an order in which each follows those that feed it; raise ValueError on a circle."""
    waiting = dict.fromkeys(boxes, 0)
    after: dict[str, list[str]] = {name: [] for name in waiting}
    for wire in wires:
        waiting[wire.target] += 1
        after[wire.source].append(wire.target)
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for target in after[name]:
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    if len(order) != len(waiting):
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
        for wire in out:
            further |= bit[wire.target]
        beyond[name] = further
    return found


def reached(boxes: Iterable[str], wires: Iterable[Wire]) -> dict[str, set[str]]:
    """Return for every box those that a way leads to."""
    wires = list(wires)
    leaving: dict[str, list[str]] = {}
    for wire in wires:
        leaving.setdefault(wire.source, []).append(wire.target)
    found: dict[str, set[str]] = {}
    for name in reversed(topological(boxes, wires)):
        found[name] = set().union(*({target, *found[target]} for target in leaving.get(name, ())))
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


def _buses(boxes: Mapping[str, Box], skips: set[Wire]) -> set[Wire]:
    concats = [wire for wire in skips if boxes[wire.target].text == ("C",)]
    more = {name for name, box in boxes.items() if box.kind == "dots"}
    entered = {wire.target for wire in concats} | more
    left = {wire.source for wire in concats} | more
    return {wire for wire in concats if wire.source in entered or wire.target in left}


def _beside(boxes: Mapping[str, Box], wire: Wire) -> bool:
    return boxes[wire.source].aside or boxes[wire.target].aside


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


def _short_cuts(order: list[str], wires: list[Wire]) -> set[str]:
    """Return the boxes that no way passes which is nearly as long as the longest."""
    before = ranks(order, wires)
    behind = ranks(order[::-1], [replace(wire, source=wire.target, target=wire.source) for wire in wires])
    longest = max((before[name] + behind[name] for name in order), default=0)
    return {name for name in order if longest - before[name] - behind[name] >= SHORT}


def virtual_nodes(boxes: Iterable[str], wires: list[Wire]) -> int:
    """Return how many ranks all wires cross together: what the time of a layout grows with."""
    rank = ranks(topological(boxes, wires), wires)
    return sum(rank[wire.target] - rank[wire.source] - 1 for wire in wires)


def without_fans(boxes: Mapping[str, Box], wires: list[Wire]) -> list[Wire]:
    """Rewrite concatenations of growing lists as running ones: the same values over far fewer lines.

    A concatenation whose first operands are all operands of an earlier one, in the same order, takes that one's value instead.
    """
    operands: dict[str, list[Wire]] = {}
    for wire in wires:
        if boxes[wire.target].text == ("C",) and wire.head < 0:
            operands.setdefault(wire.target, []).append(wire)
    heads: dict[tuple[str, ...], str] = {}
    gone: dict[Wire, None] = {}
    added: list[Wire] = []
    for name, entering in operands.items():
        names = tuple(wire.source for wire in entering)
        for length in range(len(names) - 1, 1, -1):
            earlier = heads.get(names[:length])
            if earlier is not None:
                gone.update(dict.fromkeys(entering[:length]))
                added.append(Wire(earlier, name, "flow", "", sum(wire.channels for wire in entering[:length])))
                break
        heads.setdefault(names, name)
    return [wire for wire in wires if wire not in gone] + added


def labelled(boxes: Mapping[str, Box], wires: list[Wire], shapes: Mapping[Ends, Shape], roles: Mapping[Ends, str], when: Shapes) -> list[Wire]:
    """Return the wires with shapes: at every one, or at the first that leaves a box which changes the shape; and with the roles of operands."""
    entering: dict[str, set[Shape]] = {}
    for (_, target, _, _), each in shapes.items():
        entering.setdefault(target, set()).add(each)
    labels: dict[Wire, str] = {}
    said: set[object] = set()
    for wire in sorted(wires, key=lambda wire: _LAST.get(wire.kind, 0)):
        shape: Shape | None = shapes.get((wire.source, wire.target, wire.tail, wire.head))
        if shape is None or when == "none":
            continue
        if when == "all":
            labels[wire] = dims(shape)
        elif not _told(boxes, wire, shape, entering, said):
            labels[wire] = _short(wire, shape, entering.get(wire.source, set()), boxes)
            said |= {wire.source, (wire.target, shape)}
    ends = {wire: roles.get((wire.source, wire.target, wire.tail, wire.head), "") for wire in wires}
    return [replace(wire, label="  ".join(word for word in (ends[wire], labels.get(wire, "")) if word)) for wire in wires]


_LAST = {"flow": 1, "skip": 2, "side": 2}
"""Shapes stand at the main line first."""


def _told(boxes: Mapping[str, Box], wire: Wire, shape: Shape, entering: Mapping[str, set[Shape]], said: set[object]) -> bool:
    """Tell whether the shape at a wire is known from what stands elsewhere."""
    source, target = boxes[wire.source], boxes[wire.target]
    if source.kind == "point" and source.plate:
        return True
    if source.kind in ("input", "bar") or target.kind == "output" or wire.source in said or wire.kind == "side":
        return True
    if shape in entering.get(wire.source, ()) and target.text != ("C",):
        return True
    if target.kind == "bar" or (target.text == ("C",) and wire.kind == "skip"):
        return True
    return target.kind == "merge" and target.text != ("C",) and (wire.target, shape) in said


def _short(wire: Wire, shape: Shape, before: set[Shape], boxes: Mapping[str, Box]) -> str:
    """Return the shape, or only its channels where the extent of the map stays as it was."""
    joined = boxes[wire.source].text == ("C",) or boxes[wire.target].text == ("C",)
    same = all(shape == each.with_channels(shape.channels) for each in before) if boxes[wire.source].text == ("C",) else shape.kind == "map"
    return str(shape.channels) if joined and same else dims(shape)
