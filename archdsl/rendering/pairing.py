"""Two networks, or a block of each, in one picture: side by side, like beside like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from archdsl.analysis.cost import count_node, total_of
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.boxing import short_count
from archdsl.rendering.drafting import Facts, sketch
from archdsl.rendering.naming import plain_view, prefixed
from archdsl.rendering.opening import open_the_whole
from archdsl.rendering.options import Options
from archdsl.rendering.picturing import block_of, graphs_of, is_drawable, no_block
from archdsl.rendering.tree import Part, part_of
from archdsl.rendering.view import Box, Panel, Plate, View
from archdsl.rendering.viewing import panel_of
from archdsl.rendering.wiring import ranks, topological

Network = Architecture | Graph


def pair_of(left: Network, right: Network, blocks: tuple[str | None, str | None], options: Options) -> View:
    """Return a picture of two networks, or of a block of each, side by side.

    Args:
        left: The one on the left.
        right: The one on the right.
        blocks: The block to draw of each, or None for the whole.
        options: How to draw them.

    Raises:
        UsageError: If there is no such block, one of them has several networks, or one is too large to be drawn.
    """
    shapes = "none" if options.label == "paper" and all(blocks) else options.shapes
    panels = [_panel(network, replace(options, block=block, shapes=shapes)) for network, block in zip((left, right), blocks)]
    title = f"{left.name} and {right.name}"
    if any(panel.placed() for panel in panels):
        return View(title, tuple(replace(panel, name=f"panel{number}", framed=True) for number, panel in enumerate(panels)))
    return View(title, (_joined(*(plain_view(View("", (panel,))).panels[0] for panel in panels)),))


def _panel(network: Network, options: Options) -> Panel:
    graphs = graphs_of(network)
    if len(graphs) != 1:
        raise UsageError(Diagnostic("E701", f"`{network.name}` has {len(graphs)} networks", None, "compare two of their graphs"))
    graph = next(iter(graphs.values()))
    facts = Facts(graph, options)
    part = part_of(graph) if options.block is None else block_of(facts, options.block)
    if part is None:
        raise no_block(graphs, options.block or "")
    open_the_whole(facts, part)
    panel, _ = panel_of(facts, part, sketch(facts, part.items, options.depth))
    if not is_drawable(panel):
        raise UsageError(Diagnostic("E908", f"the picture of `{network.name}` would be too large", None, "compare one of its blocks"))
    shown = replace(panel, boxes=tuple(map(_with_width, panel.boxes))) if options.shapes == "none" else panel
    return replace(shown, title=network.name or "network", note=_note(part))


def _with_width(box: Box) -> Box:
    """Return what enters or leaves a block in the words of a paper's figure: 256-d in."""
    if box.kind != "point":
        return box
    return replace(box, kind="dots", text=(f"{box.text[0].split('×')[0]}-d {'in' if box.name.startswith('in/') else 'out'}",))


def _note(part: Part) -> str:
    count = total_of(count_node(node) for node in part.nodes)
    costs = f"{short_count(count.params)} params, {short_count(count.macs)} MACs"
    return f"{part.label}: {costs}" if part.label else costs


# --- one panel of two -------------------------------------------------------------------------------------------------------------------


def _joined(left: Panel, right: Panel) -> Panel:
    """Return both panels as frames of one, so that what is alike can stand in one row."""
    first, second = (_in_frame(prefixed(panel, number), f"frame{number}") for number, panel in enumerate((left, right)))
    rows = _with_pairs((*first.rows, *second.rows), [(one, other) for one, other in _pairs(first, second)])
    return Panel("pair", "", (*first.boxes, *second.boxes), (*first.wires, *second.wires), (*first.plates, *second.plates), rows)


def _in_frame(panel: Panel, name: str) -> Panel:
    boxes = tuple(replace(box, plate=box.plate or name) for box in panel.boxes)
    plates = tuple(replace(plate, parent=plate.parent or name) for plate in panel.plates)
    return replace(panel, boxes=boxes, plates=(Plate(name, panel.title, panel.note), *plates))


def _with_pairs(rows: tuple[tuple[str, ...], ...], pairs: list[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return rows with those joined that hold a pair, the ones of the left panel first."""
    found = list(rows)
    for one, other in pairs:
        holding = [next((row for row in found if name in row), (name,)) for name in (one, other)]
        found = [row for row in found if row not in holding]
        found.append((*holding[0], *holding[1]))
    return tuple(found)


def _pairs(left: Panel, right: Panel) -> Iterator[tuple[str, str]]:
    """Yield a box of each panel that stand in one row: what is alike from above and from below, and stages of one name between."""
    ours, theirs = _levels(left), _levels(right)
    words = [[_word(level[0]) for level in levels] for levels in (ours, theirs)]
    below = _alike([each[::-1] for each in words])
    above = _alike([each[: len(each) - below] for each in words])
    ends = (len(ours) - below, len(theirs) - below)
    between = _stages(ours[above : ends[0]], theirs[above : ends[1]])
    for one, other in (*zip(ours[:above], theirs[:above]), *between, *zip(ours[ends[0] :], theirs[ends[1] :])):
        yield one[-1].name, other[0].name


def _alike(words: list[list[str]]) -> int:
    return next((number for number, pair in enumerate(zip(*words)) if pair[0] != pair[1]), min(map(len, words)))


def _stages(ours: list[list[Box]], theirs: list[list[Box]]) -> Iterator[tuple[list[Box], list[Box]]]:
    """Yield the first levels of stages that both have, as far as they come in the same order."""
    position, seen = 0, set()
    for level in ours:
        stage = _stage(level)
        found = next((number for number in range(position, len(theirs)) if _stage(theirs[number]) == stage), None)
        if stage and stage not in seen and found is not None:
            seen.add(stage)
            position = found + 1
            yield level, theirs[found]


def _stage(level: list[Box]) -> str:
    return level[0].title.partition(".")[0] if len(level) == 1 else ""


def _levels(panel: Panel) -> list[list[Box]]:
    """Return the boxes that are drawn, by how many lie above them, but for those on the way around a body."""
    boxes = {box.name: box for box in panel.boxes if not box.aside}
    wires = [wire for wire in panel.wires if wire.source in boxes and wire.target in boxes]
    rank = ranks(topological(boxes, wires), wires)
    found: dict[int, list[Box]] = {}
    for name, box in boxes.items():
        found.setdefault(rank[name], []).append(box)
    return [found[number] for number in sorted(found)]


def _word(box: Box) -> str:
    """Return what a box is, whatever its width: the window of a convolution, the name of a block or a pool."""
    text = " ".join((box.title, *box.text)).strip()
    window = re.search(r"\d+×\d+(?!×)", text)
    if box.kind == "op" and window:
        return window[0]
    return re.sub(r"[\d→×]+", "", text.split(",")[0]).strip()
