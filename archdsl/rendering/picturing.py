"""Which panels a picture has: the networks, and the insides of blocks beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.boxing import block_lines
from archdsl.rendering.drafting import Facts, Sketch, core, is_dense, label_of, loop_name, sketch, sketch_run
from archdsl.rendering.options import Options
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part, part_of, walk_parts
from archdsl.rendering.view import Link, Panel, View
from archdsl.rendering.viewing import panel_of

MOST_ZOOMS = 3
"""So many insides of blocks are shown beside a network."""

MOST_OPENED = 60
"""A block that is nearly all of its network stands open unless that makes more boxes."""


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
        return label_of(self.run.typical), self.facts.signatures.skeleton(core(self.run.typical))


@dataclass(slots=True)
class _Picture:
    options: Options
    panels: list[Panel] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def picture_of(network: Architecture | Graph, options: Options) -> View:
    """Return what a picture of a network shows."""
    graphs = {"": network} if isinstance(network, Graph) else network.graphs
    picture = _Picture(options)
    found: list[Zoom] = []
    for name, graph in graphs.items():
        facts = Facts(graph, options)
        part = part_of(graph) if options.block is None else _block(facts, options.block)
        if part is not None:
            _open_the_whole(facts, part)
            title = name or (part.label if options.block else "")
            found += _add(picture, facts, part, sketch(facts, part.items, options.depth), name or "net", title)
    if not picture.panels:
        raise _no_block(graphs, options.block or "")
    _add_zooms(picture, found)
    return View(network.name or "network", tuple(picture.panels), tuple(picture.links))


def _open_the_whole(facts: Facts, part: Part) -> None:
    """Open a block that is nearly all that its network has, and so on."""
    while True:
        drafts = sketch(facts, part.items, 1).drafts
        folded = [draft for draft in drafts if draft.run is not None and len(draft.nodes) > 0.5 * len(part.nodes)]
        if len(folded) != 1 or folded[0].run is None or len(folded[0].run.parts) > 1 or block_lines(facts, folded[0].run):
            return
        facts.opened.add(folded[0].run.typical)
        if len(sketch(facts, part.items, 1).drafts) > MOST_OPENED:
            facts.opened.remove(folded[0].run.typical)
            return


def _add(picture: _Picture, facts: Facts, part: Part, made: Sketch, name: str, title: str, note: str = "") -> list[Zoom]:
    panel, runs = panel_of(facts, part, made, title, note)
    picture.panels.append(replace(panel, name=name))
    return [Zoom(name, box, run, facts) for box, run in runs.items() if not block_lines(facts, run)]


def _add_zooms(picture: _Picture, found: list[Zoom]) -> None:
    shown: set[object] = set()
    while found and len(shown) < MOST_ZOOMS:
        best: dict[str, Zoom] = {}
        for zoom in found:
            label = zoom.kind()[0]
            if zoom.kind() not in shown and _wanted(zoom, picture.options) and _weight(zoom) > _weight(best.get(label)):
                best[label] = zoom
        chosen = sorted(best.values(), key=_weight, reverse=True)[: MOST_ZOOMS - len(shown)]
        found = []
        for zoom in best.values():
            if zoom in chosen:
                shown.add(zoom.kind())
                found += _add_zoom(picture, zoom)


def _weight(zoom: Zoom | None) -> tuple[int, int]:
    return (len(zoom.run.parts) > 1, len(zoom.run.typical.nodes)) if zoom is not None else (-1, 0)


def _wanted(zoom: Zoom, options: Options) -> bool:
    return options.zoom is None or any(fnmatchcase(name, options.zoom) for name in (label_of(zoom.run.typical), zoom.part.name))


def _add_zoom(picture: _Picture, zoom: Zoom) -> list[Zoom]:
    name = f"zoom/{zoom.part.nodes[0].name}"
    picture.links.append(Link(zoom.panel, zoom.box, name))
    title = label_of(zoom.run.typical) or loop_name(zoom.run)
    return _add(picture, zoom.facts, zoom.part, sketch_run(zoom.facts, zoom.run), name, title, _note(zoom.run))


def _note(run: Run) -> str:
    """Return which of a row of blocks is drawn."""
    words = [loop_name(run)]
    if len(run.parts) > 1:
        words.append(f"×{len(run.parts)}" if not run.special else f"all but the first of {len(run.parts)}")
    return ", ".join(word for word in words if word)


def _block(facts: Facts, name: str) -> Part | None:
    parts = [part for part in walk_parts(part_of(facts.graph)) if part.kind in ("block", "instance")]
    return next((part for part in parts if name in (part.label, part.name)), None)


def _no_block(graphs: dict[str, Graph], name: str) -> UsageError:
    labels = {part.label: None for graph in graphs.values() for part in walk_parts(part_of(graph)) if part.kind in ("block", "instance")}
    listed = ", ".join(f"`{label}`" for label in labels) or "it has none"
    return UsageError(Diagnostic("E906", f"the network has no block `{name}`", None, did_you_mean(name, labels) or f"its blocks: {listed}"))
