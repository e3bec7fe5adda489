"""Which panels a picture has: the networks, and the insides of blocks beside them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from archdsl.analysis.cost import analyze
from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.boxing import block_lines
from archdsl.rendering.drafting import Facts, Sketch, is_dense, sketch, sketch_run
from archdsl.rendering.grid import is_fractal
from archdsl.rendering.headings import label_of, leaving, loop_name
from archdsl.rendering.labels import describe, pieces
from archdsl.rendering.opening import open_inside, open_the_whole
from archdsl.rendering.options import LabelStyle, Options
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part, body_nodes, core, part_of, walk_parts
from archdsl.rendering.view import Link, Panel, View
from archdsl.rendering.viewing import panel_of
from archdsl.rendering.wiring import virtual_nodes

MOST_ZOOMS = 3
"""So many insides of blocks are shown beside a network."""

MOST_BOXES = 1500
"""A panel of more boxes is not drawn."""

MOST_CROSSED = 3000
"""Nor is one whose wires cross more ranks, all together."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """A folded block whose inside may be shown: in which panel it is, as which box."""

    panel: str
    box: str
    run: Run
    facts: Facts

    @property
    def part(self) -> Part:
        """What would be drawn."""
        return self.run.parts[0] if is_dense(self.run) else core(self.run.typical)

    def kind(self) -> tuple[str, object]:
        """Return what makes it another kind of block than others: its name, and its structure but for the sizes."""
        return label_of(self.facts, self.run), self.facts.signatures.skeleton(core(self.run.typical))


@dataclass(slots=True)
class _Picture:
    options: Options
    panels: list[Panel] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a panel is of: a part, its boxes, and where its last value comes from."""

    part: Part
    made: Sketch
    last: Part | None = None


def picture_of(network: Architecture | Graph, options: Options) -> View:
    """Return what a picture of a network shows; levels that would make it too large stay folded, and it says so.

    Raises:
        UsageError: If there is no such block, the document has no network, or even the folded network is too large.
    """
    tried = depths(network, options)
    for depth in tried:
        view = _picture(network, replace(options, depth=depth))
        if all(is_drawable(panel) for panel in view.panels):
            return view if depth == tried[0] else _with_note(view, f"blocks are open to depth {depth}: more would be too large")
    if options.expand is not None:
        return _with_note(picture_of(network, replace(options, depth=1, expand=None)), "the blocks stay folded: open they would be too large")
    boxes = max(len(panel.boxes) for panel in view.panels)
    help = "draw one of its blocks, or put what repeats into blocks and loops"
    raise UsageError(Diagnostic("E908", f"the picture of `{view.title}` would have {boxes:,} boxes", None, help))


def depths(network: Architecture | Graph, options: Options) -> list[int]:
    """Return the depths to try, the one that is asked for first; beyond the innermost block all show the same."""
    nodes = (node for graph in graphs_of(network).values() for node in graph.nodes)
    deepest = max((len(node.group.chain()) for node in nodes if node.group), default=0)
    return list(range(min(options.depth, deepest + 1), 0, -1))


def is_drawable(panel: Panel) -> bool:
    """Tell whether Graphviz lays a panel out in a time that one can wait; it grows with the ranks that the wires cross."""
    return len(panel.boxes) <= MOST_BOXES and virtual_nodes([box.name for box in panel.boxes], list(panel.wires)) <= MOST_CROSSED


def _with_note(view: View, note: str) -> View:
    return replace(view, panels=(replace(view.panels[0], note=note), *view.panels[1:]))


def graphs_of(network: Architecture | Graph) -> dict[str, Graph]:
    """Return the graphs of a network by name; a single one has the empty name."""
    return {"": network} if isinstance(network, Graph) else network.graphs


def drawn_graphs(network: Architecture | Graph, options: Options) -> dict[str, Graph]:
    """Return the graphs of a network by name.

    Raises:
        UsageError: If there is none, or the option ``expand`` matches nothing in them.
    """
    graphs = graphs_of(network)
    if not graphs:
        raise UsageError(Diagnostic("E701", f"`{network.name}` is a library of blocks and has no network"))
    if options.expand and not _has_block(graphs, options.expand):
        raise no_block(graphs, options.expand)
    return graphs


def _has_block(graphs: dict[str, Graph], pattern: str) -> bool:
    parts = (part for graph in graphs.values() for part in walk_parts(part_of(graph)))
    return any(fnmatchcase(name, pattern) for part in parts for name in (part.name, part.label))


def _picture(network: Architecture | Graph, options: Options) -> View:
    graphs = drawn_graphs(network, options)
    picture = _Picture(options)
    found: list[Zoom] = []
    for name, graph in graphs.items():
        facts = Facts(graph, options, costs=_costs(graph, options))
        part = part_of(graph) if options.block is None else block_of(facts, options.block)
        if part is not None:
            open_the_whole(facts, part)
            title = name or (part.label if options.block else "")
            found += _add(picture, facts, _Shown(part, sketch(facts, part.items, options.depth)), name or "net", title)
    if not picture.panels:
        raise no_block(graphs, options.block or "")
    _add_zooms(picture, found)
    if options.zoom and not picture.links and not _has_block(graphs, options.zoom):
        raise no_block(graphs, options.zoom)
    return View(network.name or "network", tuple(picture.panels), tuple(picture.links))


def _costs(graph: Graph, options: Options) -> dict[str, int]:
    if options.color == "family":
        return {}
    return {name: getattr(count, options.color) for name, count in analyze(graph).by_node.items()}


def _add(picture: _Picture, facts: Facts, shown: _Shown, name: str, title: str, note: str = "") -> list[Zoom]:
    panel, runs = panel_of(facts, shown.part, shown.made, shown.last)
    picture.panels.append(replace(panel, name=name, title=title, note=note))
    blocks = {box.name for box in panel.boxes if box.kind == "block"}
    folded = [Zoom(name, box, run, facts) for box, run in runs.items() if box in blocks and not block_lines(facts, run)]
    return [zoom for zoom in folded if not (is_fractal(shown.part) and zoom.kind()[0] == shown.part.label)]


def _add_zooms(picture: _Picture, found: list[Zoom]) -> None:
    shown: set[object] = set()
    while found and len(shown) < MOST_ZOOMS:
        best: dict[str, Zoom] = {}
        for zoom in found:
            label = zoom.kind()[0]
            if zoom.kind() not in shown and _wanted(zoom, picture.options) and _better(zoom, best.get(label)):
                best[label] = zoom
        chosen = sorted(best.values(), key=_weight, reverse=True)[: MOST_ZOOMS - len(shown)]
        found = []
        for zoom in best.values():
            if zoom in chosen:
                shown.add(zoom.kind())
                found += _add_zoom(picture, zoom)


def _better(zoom: Zoom, other: Zoom | None) -> bool:
    """Tell whether a block shows its kind better than another: it is repeated, it is larger, or the same nearer to the side."""
    if other is not None and zoom.panel != other.panel and zoom.kind() == other.kind():
        return True
    return _weight(zoom) > _weight(other)


def _weight(zoom: Zoom | None) -> tuple[int, int, int]:
    if zoom is None:
        return (-1, 0, 0)
    ends = len(zoom.facts.signatures.entering(zoom.part)) + len(leaving(zoom.facts, zoom.part))
    return (len(zoom.run.parts) > 1, -ends, len(zoom.run.typical.nodes))


def _wanted(zoom: Zoom, options: Options) -> bool:
    return options.zoom is None or any(fnmatchcase(name, options.zoom) for name in (label_of(zoom.facts, zoom.run), zoom.part.name))


def _add_zoom(picture: _Picture, zoom: Zoom) -> list[Zoom]:
    name = f"zoom{len(picture.panels)}/{zoom.part.nodes[0].name}"
    picture.links.append(Link(zoom.panel, zoom.box, name))
    title = label_of(zoom.facts, zoom.run) or loop_name(zoom.run)
    if not is_dense(zoom.run):
        open_inside(zoom.facts, zoom.part)
    shown = _Shown(zoom.part, sketch_run(zoom.facts, zoom.run), zoom.run.parts[-1] if is_dense(zoom.run) else None)
    inner = _add(picture, zoom.facts, shown, name, title, _note(zoom.run, picture.options.label))
    if picture.options.zoom is None and not is_drawable(picture.panels[-1]):
        picture.panels.pop()
        picture.links.pop()
        return []
    return inner


def _note(run: Run, style: LabelStyle) -> str:
    """Return which of a row of blocks is drawn, and what the first of them has more."""
    words = [loop_name(run)]
    if len(run.parts) > 1:
        words.append(f"×{len(run.parts)}")
    lines = [" ".join(word for word in words if word)]
    around = set(run.parts[0].nodes) - set(body_nodes(run.parts[0]))
    if run.special and around:
        way = tuple(node for node in run.parts[0].nodes if node in around)
        lines.append(f"first: {pieces(way, style)} on the way around")
    elif run.special:
        lines.append("the first has a stride")
    lines += rates_of(run)
    return "\n".join(line for line in lines if line)


def rates_of(run: Run) -> list[str]:
    """Return which rates of dropping change from the first block to the last."""
    found = []
    for first, last in zip(body_nodes(run.parts[0]), body_nodes(run.parts[-1])):
        if first.op.family == "regularization" and first.op != last.op:
            found.append(f"{describe(first)} in the first, {describe(last).rpartition(' ')[2]} in the last")
    return list(dict.fromkeys(found))


def block_of(facts: Facts, name: str) -> Part | None:
    """Return the block at a place, or of a name: of those the first that is there more than once, as it stands for most of them."""
    parts = [part for part in walk_parts(part_of(facts.graph)) if part.kind in ("block", "instance")]
    placed = next((part for part in parts if part.name == name), None)
    if placed is not None:
        return placed
    named = [part for part in parts if part.label == name]
    often = Counter(facts.signatures.exact(part) for part in named)
    return next((part for part in named if often[facts.signatures.exact(part)] > 1), named[0] if named else None)


def no_block(graphs: dict[str, Graph], name: str) -> UsageError:
    """Return the error for a block that no graph has."""
    labels = {part.label: None for graph in graphs.values() for part in walk_parts(part_of(graph)) if part.kind in ("block", "instance")}
    listed = ", ".join(f"`{label}`" for label in labels) or "it has none"
    return UsageError(Diagnostic("E906", f"the network has no block `{name}`", None, did_you_mean(name, labels) or f"its blocks: {listed}"))
