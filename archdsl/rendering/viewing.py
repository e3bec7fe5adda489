"""Panels: the boxes of a part of the network, the wires between them, and what stands beside what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from archdsl.ir.graph import Node
from archdsl.rendering.boxing import box_of, plates_of
from archdsl.rendering.drafting import MOST_CELLS, Draft, Facts, Sketch
from archdsl.rendering.grid import is_fractal, on_grid
from archdsl.rendering.headings import leaving
from archdsl.rendering.labels import dims
from archdsl.rendering.rows import rows_of
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part
from archdsl.rendering.valley import as_valley
from archdsl.rendering.view import Box, Panel, Wire
from archdsl.rendering.wiring import Ends, classify, labelled, without_fans


@dataclass(slots=True)
class Drawn:
    """A panel while it is made: its boxes by name, the draft that each comes from, and the box of every node."""

    facts: Facts
    made: Sketch
    boxes: dict[str, Box] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    owner: dict[Node, str] = field(default_factory=dict)
    values: dict[Ends, Node] = field(default_factory=dict)
    roles: dict[Ends, str] = field(default_factory=dict)

    def add(self, box: Box, draft: Draft | None = None) -> str:
        """Add a box under a name that is free, and return that."""
        name, number = box.name, 2
        while name in self.boxes:
            name = f"{box.name}#{number}"
            number += 1
        self.boxes[name] = replace(box, name=name)
        if draft is not None:
            self.drafts[name] = draft
        return name

    def source(self, operand: Node, node: Node) -> Node | None:
        """Return the node that is drawn for an operand, or None when none is."""
        operand = self.made.entering.get((operand, node), operand)
        while operand in self.made.same:
            operand = self.made.same[operand]
        return None if operand in self.made.hidden else operand


def panel_of(facts: Facts, part: Part, made: Sketch, last: Part | None = None) -> tuple[Panel, dict[str, Run]]:
    """Return the panel of a part: its boxes, its wires, and its ends; and what is folded in its boxes.

    Args:
        facts: About the graph.
        part: What is drawn.
        made: Its boxes.
        last: The part that the value which leaves comes from, when it is another.
    """
    drawn = _boxes(facts, made, part.name)
    _connect(drawn)
    _add_ends(drawn, last or part)
    plates = plates_of(facts, made, part.name)
    for plate in plates:
        _add_entries(drawn, plate.name, {each.name: each.parent for each in plates})
    wires = [Wire(tail, head, "flow", "", node.shape.channels, out, into) for (tail, head, out, into), node in drawn.values.items()]
    boxes, wires = classify(drawn.boxes, without_fans(drawn.boxes, wires))
    wires = labelled(boxes, wires, {ends: node.shape for ends, node in drawn.values.items()}, drawn.roles, facts.options.shapes)
    placed = _placed(drawn, part, boxes, wires)
    boxes, wires, rows = (*placed, ()) if placed else rows_of(boxes, wires, _path_boxes(drawn))
    panel = Panel(part.name or "net", "", tuple(boxes.values()), tuple(wires), plates, rows, "", part.kind != "network")
    return panel, {name: draft.run for name, draft in drawn.drafts.items() if draft.run is not None}


def _placed(drawn: Drawn, part: Part, boxes: dict[str, Box], wires: list[Wire]) -> tuple[dict[str, Box], list[Wire]] | None:
    """Return the boxes and wires with coordinates of their own, for kinds of networks that are known to look best so."""
    if drawn.made.plates:
        return None
    across = drawn.facts.options.direction == "lr"
    if is_fractal(part):
        return on_grid(part, boxes, wires, drawn.owner, across)
    last = {name: draft.nodes[-1] for name, draft in drawn.drafts.items() if draft.nodes}
    heights = {name: (last[name].shape.spatial or (0,))[0] if name in last else 0 for name in boxes}
    return as_valley(boxes, wires, heights, across)


def _boxes(facts: Facts, made: Sketch, base: str) -> Drawn:
    drawn = Drawn(facts, made)
    splits = {node for draft in made.drafts if draft.kind == "split" for node in draft.nodes}
    for draft in made.drafts:
        name = drawn.add(box_of(facts, draft, base, _joins_slices(draft, splits)), draft)
        drawn.owner.update(dict.fromkeys(draft.nodes, name))
    return drawn


def _joins_slices(draft: Draft, splits: set[Node]) -> bool:
    """Tell whether a draft is the concatenation of what becomes of the slices of a split."""
    node = draft.nodes[0] if draft.kind == "node" else None
    if node is None or node.op.name != "concat" or len(node.inputs) > MOST_CELLS:
        return False
    return any(node.group is each.group and each.op.sections == len(node.inputs) for each in splits)  # type: ignore[attr-defined]


def _connect(drawn: Drawn) -> None:
    """Find which boxes feed which; values from outside get boxes of their own."""
    for node, name in list(drawn.owner.items()):
        for number, operand in enumerate(node.inputs):
            source = drawn.source(operand, node)
            if source is None or drawn.owner.get(source) == name:
                continue
            if source not in drawn.owner:
                drawn.owner[source] = drawn.add(Box(f"in/{source.name}", "point", "io", (dims(source.shape),)))
            tail = drawn.owner[source]
            head = number if drawn.boxes[name].kind == "bar" and node.op.name == "concat" else -1
            ends = (tail, name, _port(drawn, source, tail), head)
            drawn.values.setdefault(ends, source)
            if len(node.inputs) > 1 and not node.op.variadic and name in drawn.drafts and drawn.drafts[name].kind == "node":
                drawn.roles.setdefault(ends, node.op.roles[number])


def _port(drawn: Drawn, source: Node, tail: str) -> int:
    is_slice = drawn.boxes[tail].kind == "bar" and source.op.name == "split"
    return int(source.op.index) if is_slice else -1  # type: ignore[attr-defined]


def _add_ends(drawn: Drawn, part: Part) -> None:
    whole = part.kind == "network"
    outputs = drawn.facts.graph.outputs if whole else tuple(leaving(drawn.facts, part) or part.nodes[-1:])
    for number, node in enumerate(outputs):
        source = drawn.source(node, node)
        if source is None or source not in drawn.owner:
            continue
        word = "output" if len(outputs) == 1 else f"output {number + 1}"
        box = Box(word, "output", "io", (f"{word}  {dims(node.shape)}",)) if whole else Box("out", "point", "io", (dims(node.shape),))
        drawn.values[drawn.owner[source], drawn.add(box), -1, -1] = node


def _add_entries(drawn: Drawn, plate: str, parents: dict[str, str]) -> None:
    """Let a value that several boxes of a plate take enter it at one point, so that skips stay inside."""
    inside = {name for name, box in drawn.boxes.items() if _lies_in(box.plate, plate, parents)}
    entering: dict[str, list[Ends]] = {}
    for ends in drawn.values:
        if ends[1] in inside and ends[0] not in inside and ends[2] < 0:
            entering.setdefault(ends[0], []).append(ends)
    for source, found in entering.items():
        if len(found) < 2:
            continue
        value = drawn.values[found[0]]
        point = drawn.add(Box(f"in/{plate}", "point", "io", (dims(value.shape),), plate=plate))
        drawn.values[source, point, -1, -1] = value
        for ends in found:
            del drawn.values[ends]
            drawn.values[(point, *ends[1:])] = value


def _lies_in(plate: str, other: str, parents: dict[str, str]) -> bool:
    while plate and plate != other:
        plate = parents[plate]
    return plate == other


def _path_boxes(drawn: Drawn) -> Iterable[tuple[str, list[list[str]]]]:
    """Return for the dots of every row of equal paths their name, and the boxes of the paths that are drawn."""
    for paths, dots in drawn.made.paths:
        name = next(name for name, draft in drawn.drafts.items() if draft is dots)
        boxes = [list(dict.fromkeys(drawn.owner[node] for node in path.nodes if node in drawn.owner)) for path in paths]
        yield name, boxes
