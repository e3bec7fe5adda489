"""The unravelled view as a picture: a row for every path from the input to the output, a column for every unit of the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from archdsl.analysis.unraveling import Strand, unravel
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node
from archdsl.rendering.boxing import family_of
from archdsl.rendering.drawing import write_view
from archdsl.rendering.labels import SIGNS, describe, dims
from archdsl.rendering.metrics import box_size
from archdsl.rendering.options import Options
from archdsl.rendering.splines import level
from archdsl.rendering.view import Box, Panel, View, Wire

GAP: Final = 34.0
"""Points from one column to the next, in which lines change from row to row."""
BETWEEN: Final = 12.0
"""Points from the boxes of one row to those of the next."""

MOST_PLACES: Final = 2000
"""So many places are drawn, and no more."""

_End = tuple[str, float]
"""The box that a value comes from, and the height at which its line begins."""

_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def draw_unraveled(arch: Architecture, path: str | Path, unit: str = "layer", options: Options | None = None) -> Path:
    """Draw the unravelled view of a network to a file, whole or not at all.

    Raises:
        UsageError: If the network has no such unit, no paths, too many or too long ones.
        TargetError: If the file cannot be written.
        MissingDependencyError: If Graphviz is needed and missing.
    """
    options = options or Options(direction="lr")
    return write_view(unraveled_view(arch.graph, arch.name, unit), options, path)


def unraveled_view(graph: Graph, title: str = "", unit: str = "layer") -> View:
    """Return the unravelled view of a network.

    >>> import archdsl
    >>> net = "{archdsl: 1, input: [4, 8, 8], net: [{repeat: {times: 2, body: [{skip: [{conv: 4}]}]}}]}"
    >>> [box.text for box in unraveled_view(archdsl.load(net).graph, unit="skip").panels[0].boxes]
    [('input  4×8×8',), ('f₁',), ('+',), ('f₁',), ('+',), ('f₂',), ('+',), ('output',)]
    """
    drawn = _Drawn({node: number for number, node in enumerate(graph.nodes)}, unit == "layer")
    strands = unravel(graph, unit)
    places = sum(strand.places for strand in strands)
    if places > MOST_PLACES:
        message = f"the unravelled view of `{title or 'the network'}` would have {places:,} places, and at most {MOST_PLACES:,} are drawn"
        raise UsageError(Diagnostic("E725", message, None, "take fewer blocks with `--set`, or count by a larger `--unit`"))
    for number, strand in enumerate(strands, 1):
        drawn.add_output(strand, f"output {number}" if len(strands) > 1 else "output")
    note = f"{drawn.rows} paths" if drawn.rows > 1 else "1 path"
    return View(title, (Panel("net", title, *drawn.placed(), note=note),))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a box stands: in the column of a node of the graph, at the height of a row or between several, counted from the top."""

    column: float
    height: float


@dataclass
class _Drawn:
    """The picture as it grows: boxes and their spots by name; wires, each with the height that it keeps between its ends."""

    ranks: Mapping[Node, int]
    layers: bool
    rows: int = 0
    inputs: dict[str, list[int]] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    spots: dict[str, _Spot] = field(default_factory=dict)
    wires: list[tuple[Wire, float]] = field(default_factory=list)

    def add_output(self, strand: Strand, word: str) -> None:
        """Add the value of an output with all that is before it."""
        ends: dict[int, _End] = {}
        for number, each, before in _written_out(strand):
            ends[number] = self._row(each.nodes[-1]) if each.kind == "input" else self._add(each, [ends[one] for one in before])
        self._put(Box(f"out/{self.rows}", "output", "io", (word,)), len(self.ranks), [ends[0]])

    def _add(self, strand: Strand, before: Iterable[_End]) -> _End:
        node = strand.nodes[-1]
        return self._put(self._box(strand, f"{node.name}/{len(self.boxes)}"), self.ranks[node], before)

    def _put(self, box: Box, column: float, before: Iterable[_End]) -> _End:
        heights = []
        for source, height in before:
            self.wires.append((Wire(source, box.name), height))
            heights.append(height)
        self.boxes[box.name] = box
        self.spots[box.name] = _Spot(column, sum(heights) / len(heights))
        return box.name, self.spots[box.name].height

    def _row(self, node: Node) -> _End:
        """Start a new row at an input."""
        if node.name not in self.boxes:
            self.boxes[node.name] = Box(node.name, "input", "io", (f"{node.name}  {dims(node.shape)}",))
        rows = self.inputs.setdefault(node.name, [])
        rows.append(self.rows)
        self.rows += 1
        self.spots[node.name] = _Spot(-1, sum(rows) / len(rows))
        return node.name, float(rows[-1])

    def _box(self, strand: Strand, name: str) -> Box:
        nodes = list(strand.nodes)
        members = tuple(node.name for node in nodes)
        if strand.kind == "merge":
            return Box(name, "merge", "merge", (SIGNS.get(nodes[0].op.name, nodes[0].op.name),), members=members)
        if self.layers:
            return Box(name, "op", family_of(nodes), (describe(nodes[0]),), members=members)
        return Box(name, "block", "block", (f"f{strand.number}".translate(_SUBSCRIPTS),), members=members)

    # --- places ---------------------------------------------------------------------------------------------------------------------------

    def placed(self) -> tuple[tuple[Box, ...], tuple[Wire, ...]]:
        """Return the boxes with the middles and sizes, and the wires with the lines, that they have in points."""
        sizes = {name: box_size(box) for name, box in self.boxes.items()}
        pitch = max(height for _, height in sizes.values()) + BETWEEN
        middles = self._middles(sizes)
        boxes = {
            name: replace(box, position=(middles[self.spots[name].column], -pitch * self.spots[name].height), size=sizes[name])
            for name, box in self.boxes.items()
        }
        return tuple(boxes.values()), tuple(replace(wire, spline=_line(boxes, wire, -pitch * height)) for wire, height in self.wires)

    def _middles(self, sizes: Mapping[str, tuple[float, float]]) -> dict[float, float]:
        """Return where the middle of every column is."""
        widths: dict[float, float] = {}
        for name, spot in self.spots.items():
            widths[spot.column] = max(widths.get(spot.column, 0.0), sizes[name][0])
        found, left = {}, 0.0
        for column in sorted(widths):
            found[column] = left + widths[column] / 2
            left += widths[column] + GAP
        return found


def _written_out(top: Strand) -> Iterator[tuple[int, Strand, list[int]]]:
    """Yield every place of a strand and of those before it, first those before: its number, the strand, and the numbers of those before it."""
    places: list[tuple[Strand, list[int]]] = [(top, [])]
    order, stack = list[int](), [0]
    while stack:
        order.append(number := stack.pop())
        strand, before = places[number]
        before += range(len(places), len(places) + len(strand.before))
        places += [(each, []) for each in strand.before]
        stack += before
    return ((number, *places[number]) for number in reversed(order))


def _line(boxes: Mapping[str, Box], wire: Wire, height: float) -> str:
    """Return the line of a wire, which leaves the row of its source at once and enters that of its target at the end."""
    source, target = boxes[wire.source], boxes[wire.target]
    (x, y), (a, b) = source.position or (0, 0), target.position or (0, 0)
    start, end = (x + (source.size or (0, 0))[0] / 2, y), (a - (target.size or (0, 0))[0] / 2, b)
    return level(start, end, height, GAP * 0.8)
