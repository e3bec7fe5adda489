"""Which panels a picture has: the networks, and the insides of blocks beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.drafting import Facts, core, loop_name
from archdsl.rendering.options import Options
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part, part_of, walk_parts
from archdsl.rendering.view import Link, Panel, View
from archdsl.rendering.viewing import lines_of, panel_of

MOST_ZOOMS = 3
"""So many insides of blocks are shown beside a network."""


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
        return core(self.run.typical)

    def kind(self) -> object:
        """Return what makes it another kind of block than others: its name and its structure but for the widths."""
        return self.part.label, self.facts.signatures.skeleton(self.part)


@dataclass(slots=True)
class _Picture:
    panels: list[Panel] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def picture_of(network: Architecture | Graph, options: Options) -> View:
    """Return what a picture of a network shows."""
    graphs = {"": network} if isinstance(network, Graph) else network.graphs
    picture = _Picture()
    found: list[Zoom] = []
    for name, graph in graphs.items():
        facts = Facts(graph, options)
        part = part_of(graph) if options.block is None else _block(facts, options.block)
        if part is not None:
            found += _add(picture, facts, part, name or "net", options.depth, name or (part.label if options.block else ""))
    if not picture.panels:
        raise _no_block(graphs, options.block or "")
    _add_zooms(picture, found, options)
    return View(network.name or "network", tuple(picture.panels), tuple(picture.links))


def _add(picture: _Picture, facts: Facts, part: Part, name: str, depth: int, title: str, note: str = "") -> list[Zoom]:
    panel, runs = panel_of(facts, part, depth, title, note)
    picture.panels.append(replace(panel, name=name))
    return [Zoom(name, box, run, facts) for box, run in runs.items() if not lines_of(facts, run)]


def _add_zooms(picture: _Picture, found: list[Zoom], options: Options) -> None:
    shown: set[object] = set()
    while found and len(shown) < MOST_ZOOMS:
        kinds: dict[object, Zoom] = {}
        for zoom in found:
            if zoom.kind() not in shown and _wanted(zoom, options):
                kinds.setdefault(zoom.kind(), zoom)
        largest = sorted(kinds.values(), key=lambda zoom: -len(zoom.run.typical.nodes))[: MOST_ZOOMS - len(shown)]
        found = []
        for kind, zoom in kinds.items():
            if zoom in largest:
                shown.add(kind)
                found += _add_zoom(picture, zoom)


def _wanted(zoom: Zoom, options: Options) -> bool:
    return options.zoom is None or fnmatchcase(zoom.part.label, options.zoom) or fnmatchcase(zoom.part.name, options.zoom)


def _add_zoom(picture: _Picture, zoom: Zoom) -> list[Zoom]:
    name = f"zoom/{zoom.part.name}"
    picture.links.append(Link(zoom.panel, zoom.box, name))
    return _add(picture, zoom.facts, zoom.part, name, 1, zoom.part.label, _note(zoom.run))


def _note(run: Run) -> str:
    """Return which of a row of blocks is drawn."""
    words = [loop_name(run)]
    if len(run.parts) > 1:
        words.append(f"×{len(run.parts)}" if not run.special else f"all but the first of {len(run.parts)}")
    return ", ".join(word for word in words if word)


def _block(facts: Facts, name: str) -> Part | None:
    parts = [part for part in walk_parts(part_of(facts.graph)) if part.kind in ("block", "instance")]
    for part in parts:
        if part.label == name or part.name == name:
            return part
    return None


def _no_block(graphs: dict[str, Graph], name: str) -> UsageError:
    labels = {part.label: None for graph in graphs.values() for part in walk_parts(part_of(graph)) if part.kind in ("block", "instance")}
    listed = ", ".join(f"`{label}`" for label in labels) or "it has none"
    return UsageError(Diagnostic("E906", f"the network has no block `{name}`", None, did_you_mean(name, labels) or f"its blocks: {listed}"))
