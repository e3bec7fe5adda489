"""Everything that a page can show: the networks, and the distinct insides of their blocks, at any depth."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node
from archdsl.rendering.drafting import Draft, Facts, Sketch, is_dense, sketch, sketch_run
from archdsl.rendering.opening import open_inside, open_the_whole
from archdsl.rendering.options import Options
from archdsl.rendering.picturing import block_of, depths, drawn_graphs, is_drawable, no_block, picture_of, rates_of
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part, core, part_of
from archdsl.rendering.view import Panel
from archdsl.rendering.viewing import panel_of

MOST_ROUNDS: Final = 12
"""Rounds of so many sizes are shown one by one; of more, only the typical one."""

MOST_LAYERS: Final = 64
"""So many layers that a sheet leaves out are shown one by one on the next."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a box opens.

    Attributes:
        sheet: The number of the sheet.
        base: What the names on the sheet begin with, at this place of the network.
        times: How often the sheet stands in the network for each time that the box does.
        note: What the sheet does not show of all that the box stands for.
    """

    sheet: int
    base: str
    times: int
    note: str = ""


@dataclass(slots=True)
class Sheet:
    """One drawing of a page.

    Attributes:
        facts: About the graph that it shows a part of.
        base: What the names on it begin with, at its first place.
        panel: The drawing.
        runs: What is folded in its boxes, by name.
        openings: What the boxes open, by name.
    """

    facts: Facts
    base: str
    panel: Panel
    runs: dict[str, Run]
    openings: dict[str, Opening] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Inside:
    """A part to draw, or a row of rounds of different sizes, one after the other.

    Attributes:
        part: What is drawn; of rounds, the first.
        run: What is folded.
        rounds: The rounds, equal ones together.
        base: What the names begin with.
        layers: Whether all layers of a running concatenation are shown, rather than some.
    """

    part: Part
    run: Run
    rounds: tuple[tuple[Part, ...], ...]
    base: str
    layers: bool = False

    @property
    def times(self) -> int:
        """How often what is drawn is there."""
        return len(self.run.parts) if len(self.rounds) == 1 and not is_dense(self.run) else 1

    def parts(self) -> tuple[Part, ...]:
        """Return all that is drawn."""
        return (self.part,) if self.shows_one() else self.run.parts

    def shows_one(self) -> bool:
        """Tell whether one part stands for all rounds."""
        return not is_dense(self.run) and (len(self.rounds) == 1 or len(self.rounds) > MOST_ROUNDS)

    def note(self) -> str:
        """Return in what the rounds that are not drawn differ from the one that is."""
        if not self.shows_one():
            return ""
        sizes = f"one of {len(self.run.parts)} rounds or paths, which differ in size" if len(self.rounds) > 1 else ""
        return "; ".join(words for words in (sizes, *rates_of(self.run)) if words)


def sheets_of(network: Architecture | Graph, options: Options) -> tuple[list[Sheet], dict[str, int]]:
    """Return all sheets of a page, and the number of the one that each network is.

    Raises:
        UsageError: If there is no such block, or a network is too large to be drawn.
    """
    options = replace(options, color="family")
    graphs = drawn_graphs(network, options)
    made = _Sheets()
    for name, graph in graphs.items():
        facts = Facts(graph, options)
        part = part_of(graph) if options.block is None else block_of(facts, options.block)
        if part is not None:
            made.add_network(name, facts, part)
    if not made.sheets:
        raise no_block(graphs, options.block or "")
    made.open_all()
    return made.sheets, made.networks


class _Sheets:
    """Sheets while they are made."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.networks: dict[str, int] = {}
        self._waiting: deque[Sheet] = deque()
        self._known: dict[Key, int] = {}
        self._ops: dict[int, tuple[object, str]] = {}

    def add_network(self, name: str, facts: Facts, part: Part) -> None:
        """Add the sheet of a network; levels that would make it too large stay folded."""
        open_the_whole(facts, part)
        for options in _less_and_less(facts.graph, facts.options):
            facts.options = options
            panel, runs = panel_of(facts, part, sketch(facts, part.items, facts.options.depth))
            if is_drawable(panel):
                break
        else:
            picture_of(facts.graph, replace(facts.options, zoom=""))  # says what is too large
        self.networks[name] = self._add(Sheet(facts, part.name, replace(panel, note="", framed=False), runs))

    def open_all(self) -> None:
        """Add what the boxes of every sheet open, and so on."""
        while self._waiting:
            sheet = self._waiting.popleft()
            dots = {box.name for box in sheet.panel.boxes if box.kind == "dots"}
            for box, run in sheet.runs.items():
                found = self._opening(sheet.facts, replace(_inside(sheet.base, run), layers=box in dots))
                if found is not None:
                    sheet.openings[box] = found

    def _opening(self, facts: Facts, inside: _Inside, times: int = 1) -> Opening | None:
        """Return what a box opens: the sheet of its inside, or where that is one box, of what is in there; nothing for what is one op."""
        key = (id(facts), *self._key(facts, inside))
        times *= inside.times
        if key in self._known:
            return Opening(self._known[key], inside.base, times, inside.note())
        panel, runs = _draw(facts, inside)
        boxes = [box for box in panel.boxes if box.kind != "point"]
        if len(boxes) == 1:
            inner = runs.get(boxes[0].name)
            return self._opening(facts, _inside(inside.base, inner), times) if inner is not None else None
        if not is_drawable(panel):
            return None
        self._known[key] = self._add(Sheet(facts, inside.base, replace(panel, framed=False), runs))
        return Opening(self._known[key], inside.base, times, inside.note())

    def _add(self, sheet: Sheet) -> int:
        self.sheets.append(sheet)
        self._waiting.append(sheet)
        return len(self.sheets) - 1

    def _key(self, facts: Facts, inside: _Inside) -> Key:
        """Return all that a sheet shows and says, whatever the place."""
        return (inside.layers, *(row for part in inside.parts() for row in self._rows(facts, part.nodes, inside.base)))

    def _rows(self, facts: Facts, nodes: list[Node], base: str) -> Iterable[Key]:
        index = {node: number for number, node in enumerate(nodes)}
        outside: dict[Node, int] = {}
        for node in nodes:
            refs = tuple(index[each] if each in index else (outside.setdefault(each, len(outside)), each.shape.dims) for each in node.inputs)
            leaves = node in facts.outputs or sum(user not in index for user in facts.consumers[node])
            yield (node.name.removeprefix(base), self._op(node), refs, node.shape.dims, node.owns_module, leaves, str(node.span))

    def _op(self, node: Node) -> str:
        found = self._ops.get(id(node.op))
        if found is None:
            found = self._ops[id(node.op)] = (node.op, f"{node.op.name} {node.op.changed()}")
        return found[1]


def _less_and_less(graph: Graph, options: Options) -> Iterator[Options]:
    """Yield options by which less and less stands open."""
    yield from (replace(options, depth=depth) for depth in depths(graph, options))
    if options.expand is not None:
        yield replace(options, depth=1, expand=None)


def _inside(base: str, run: Run) -> _Inside:
    rounds = _rounds(run)
    if is_dense(run) or 1 < len(rounds) <= MOST_ROUNDS:
        return _Inside(run.parts[0], run, rounds, base)
    part = core(run.typical)
    return _Inside(part, run, rounds, part.name)


def _rounds(run: Run) -> tuple[tuple[Part, ...], ...]:
    """Return the rounds, those together that follow each other and are equal in structure and sizes."""
    return tuple(tuple(group) for _, group in groupby(run.parts, _sizes))


def _sizes(part: Part) -> Key:
    index = {node: number for number, node in enumerate(part.nodes)}
    ops = (node.op.name if node.op.family == "regularization" else node.op for node in part.nodes)
    return tuple((op, node.shape.dims, tuple(index.get(each, each.shape.dims) for each in node.inputs)) for op, node in zip(ops, part.nodes))


def _draw(facts: Facts, inside: _Inside) -> tuple[Panel, dict[str, Run]]:
    """Draw an inside; what stands open in it does so nowhere else."""
    opened, facts.opened = facts.opened, set(facts.opened)
    try:
        if is_dense(inside.run):
            made = sketch_run(facts, inside.run, MOST_LAYERS) if inside.layers else sketch_run(facts, inside.run)
            return panel_of(facts, inside.part, made, inside.run.parts[-1])
        if not inside.shows_one():
            return panel_of(facts, inside.part, _one_by_one(facts, inside.rounds), inside.run.parts[-1])
        open_inside(facts, inside.part)
        return panel_of(facts, inside.part, sketch(facts, inside.part.items, 1))
    finally:
        facts.opened = opened


def _one_by_one(facts: Facts, rounds: tuple[tuple[Part, ...], ...]) -> Sketch:
    """Return the boxes of rounds of different sizes, one after the other."""
    drafts = [Draft("run", [node for part in parts for node in part.nodes], Run(parts, parts[0])) for parts in rounds]
    return Sketch(list(drafts))
