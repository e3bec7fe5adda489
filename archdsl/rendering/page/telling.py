"""What a page says of its boxes: shapes, counts, lines of the document, and the ops that are in them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from archdsl.analysis.cost import Count, count_node, total_of
from archdsl.errors import Span
from archdsl.ir.graph import Graph, Group, Node
from archdsl.rendering.labels import describe, dims
from archdsl.rendering.page.insides import Sheet
from archdsl.rendering.tree import Part
from archdsl.rendering.view import Box

MOST_OPS = 12
"""So many ops of a box are named one by one."""


class Files:
    """The texts that the boxes come from, in order of first use."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def place(self, span: Span | None) -> list[int] | None:
        """Return the number of the file, the first line and the last line of a span."""
        if span is None or not span.text:
            return None
        number, _ = self._found.setdefault(span.file, (len(self._found), span.text))
        return [number, span.line, span.end_line]

    def as_data(self) -> list[dict[str, str]]:
        """Return the files with their names, without their folders, and their texts."""
        return [{"name": PurePath(name).name, "text": text} for name, (_, text) in self._found.items()]


class Telling:
    """Turns sheets to plain data."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._counts: dict[Graph, dict[Node, Count]] = {}

    def sheet(self, sheet: Sheet) -> dict[str, Any]:
        """Return what a sheet holds: its boxes, and which of them feed which."""
        number = {box.name: index for index, box in enumerate(sheet.panel.boxes)}
        wires = [[number[wire.source], number[wire.target]] for wire in sheet.panel.wires]  # hidden ones too: they lead to paths that are left out
        return {"boxes": [self._box(sheet, box) for box in sheet.panel.boxes], "wires": wires}

    def _box(self, sheet: Sheet, box: Box) -> dict[str, Any]:
        graph = sheet.facts.graph
        nodes = [graph.node(name) for name in box.members]
        found: dict[str, Any] = {"name": relative(box.name, sheet.base), "kind": box.kind, "family": box.family, "text": " ".join(words_of(box))}
        if len(box.text) > 1:
            found["head"] = " ".join(words_of(box)[: 2 if box.title else 1])
        if box.times > 1:
            found["times"] = box.times
        if nodes:
            found |= self._about(sheet, nodes, _call(sheet, box, nodes))
        opening = sheet.openings.get(box.name)
        if opening is not None:
            found["opens"] = [opening.sheet, relative(opening.base, sheet.base), opening.times, opening.note]
        return found

    def _about(self, sheet: Sheet, nodes: list[Node], call: Span | None) -> dict[str, Any]:
        inside = set(nodes)
        count = total_of(self._count(sheet.facts.graph, node) for node in nodes)
        entering = dict.fromkeys(each for node in nodes for each in node.inputs if each not in inside)
        leaving = [node for node in nodes if node in sheet.facts.outputs or any(user not in inside for user in sheet.facts.consumers[node])]
        found: dict[str, Any] = {"in": [dims(node.shape) for node in entering], "out": [dims(node.shape) for node in leaving or nodes[-1:]]}
        if count.params or count.macs:
            found |= {"params": count.params, "macs": count.macs}
        lines = self._lines(nodes, call)
        if lines:
            found["lines"] = lines
        if 1 < len(nodes) <= MOST_OPS:
            found["ops"] = [self._op(sheet, node) for node in nodes]
        return found

    def _op(self, sheet: Sheet, node: Node) -> list[Any]:
        count = self._count(sheet.facts.graph, node)
        return [f"{node.op.name}  {describe(node)}" if describe(node) != node.op.name else node.op.name, count.params, count.macs]

    def _lines(self, nodes: list[Node], call: Span | None) -> list[list[int]]:
        """Return the places of nodes in the texts, first where they are called from."""
        found = [self.files.place(span) for span in (call, *(node.span for node in nodes))]
        return [list(each) for each in dict.fromkeys(tuple(each) for each in found if each is not None)]

    def _count(self, graph: Graph, node: Node) -> Count:
        counts = self._counts.setdefault(graph, {})
        if node not in counts:
            counts[node] = count_node(node)
        return counts[node]


def _call(sheet: Sheet, box: Box, nodes: list[Node]) -> Span | None:
    """Return the place of the call or loop that a box stands for: of what is folded, else the innermost on the sheet that all nodes are in."""
    run = sheet.runs.get(box.name)
    if run is not None:
        return _place(run.typical)
    shared = [one for one, other in zip(_chain(nodes[0]), _chain(nodes[-1])) if one is other and one.name.startswith(sheet.base)]
    inner = [group for group in shared if len(group.name.rstrip(".")) > len(sheet.base)]
    return inner[-1].place.span() if inner and inner[-1].place is not None else None


def _place(part: Part) -> Span | None:
    """Return where a block is called from, or a loop begins; of a loop around one call, the call."""
    while part.kind not in ("block", "instance") and len(part.items) == 1 and isinstance(part.items[0], Part):
        part = part.items[0]
    return part.group.place.span() if part.group and part.group.place is not None else None


def _chain(node: Node) -> list[Group]:
    return node.group.chain() if node.group else []


def words_of(box: Box) -> list[str]:
    """Return what stands in a box."""
    if box.kind == "point":
        return ["in" if box.name.startswith("in/") else "out", *box.text]
    return [word for word in (box.title, *box.text, *box.ports) if word.strip("• ")]


def relative(name: str, base: str) -> str:
    """Return a name without what it begins with.

    >>> relative("stage0.i1.conv", "stage0"), relative("stage0", "stage0"), relative("stem", "stage0")
    ('.i1.conv', '.', 'stem')
    """
    if name == base:
        return "."
    return name[len(base) :] if base and name.startswith(f"{base}.") else name
