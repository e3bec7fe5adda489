"""The graph of a network as a view: the boxes of a panel, the wires between them, and how the panels hang together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from archdsl.ir.graph import Node
from archdsl.rendering.drafting import Draft, Facts, Sketch, core, is_input, loop_name, sketch
from archdsl.rendering.labels import SIGNS, describe, dims, pieces
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part
from archdsl.rendering.view import Box, Panel, Wire
from archdsl.rendering.wiring import classify, labelled

MOST_LINES = 3
"""A block that is a chain of so many boxes shows them as lines of its own box."""


@dataclass(slots=True)
class Drawn:
    """A panel while it is made: its boxes by name, and which draft they come from."""

    facts: Facts
    made: Sketch
    base: str
    boxes: dict[str, Box] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    owner: dict[Node, str] = field(default_factory=dict)

    def add(self, box: Box, draft: Draft | None = None) -> str:
        """Add a box under a name that is free."""
        name, number = box.name, 2
        while name in self.boxes:
            name = f"{box.name}#{number}"
            number += 1
        self.boxes[name] = replace(box, name=name)
        if draft is not None:
            self.drafts[name] = draft
        return name


def draw(facts: Facts, part: Part, depth: int) -> Drawn:
    """Return the boxes of a part, each node with the box that shows it."""
    drawn = Drawn(facts, sketch(facts, part.items, depth), part.name)
    for draft in drawn.made.drafts:
        name = drawn.add(box_of(drawn, draft), draft)
        for node in draft.nodes:
            drawn.owner[node] = name
    return drawn


def box_of(drawn: Drawn, draft: Draft) -> Box:
    """Return the box of a draft."""
    members = tuple(node.name for node in draft.nodes)
    if draft.kind == "run":
        assert draft.run is not None
        return replace(_block(drawn, draft.run), members=members, plate=draft.plate)
    if draft.kind == "dots":
        return Box(f"{members[0]}/dots", "dots", "io", ("• • •",), members=members, plate=draft.plate)
    first = draft.nodes[0]
    style = drawn.facts.options.label
    if is_input(first):
        return Box(first.name, "input", "io", (f"{first.name}  {dims(first.shape)}",), members=members)
    if len(draft.nodes) == 1 and first.op.name in SIGNS and len(first.inputs) > 1:
        return Box(first.name, "merge", "merge", (SIGNS[first.op.name],), members=members, plate=draft.plate)
    text = pieces(tuple(draft.nodes), style)
    return Box(draft.nodes[-1].name, "op", family_of(draft.nodes), (text,), members=members, plate=draft.plate, aside=_aside(drawn, first))


def family_of(nodes: list[Node]) -> str:
    """Return the family that a box of fused nodes is coloured as: that of its core."""
    families = [node.op.family for node in nodes]
    for family in ("attention", "conv", "linear"):
        if family in families:
            return family
    return families[0]


def _aside(drawn: Drawn, node: Node) -> bool:
    """Tell whether a node is on the way around a skip that is part of the panel."""
    base = drawn.base
    chain = node.group.chain() if node.group else []
    return any(group.kind == "shortcut" and group.name.startswith(base) for group in chain)


def _block(drawn: Drawn, run: Run) -> Box:
    inner = core(run.typical)
    entering = drawn.facts.signatures.entering(run.parts[0])
    leaving = leaving_of(drawn.facts, run.parts[-1])
    words = [_label(inner), *_change(entering, leaving, run)]
    title = _relative(loop_name(run), drawn.base, inner.label)
    inside = lines_of(drawn.facts, run)
    if len(inside) == 1:
        return Box(run.typical.nodes[-1].name, "op", family_of(run.typical.nodes), inside, times=len(run.parts))
    name = loop_name(run) or run.typical.name
    text = (" ".join(word for word in words if word), *inside)
    return Box(name, "block", "block", text, title, len(run.parts))


def lines_of(facts: Facts, run: Run) -> tuple[str, ...]:
    """Return what stands in a block that is a short chain, line by line; nothing for any other, which is shown in a panel of its own."""
    drafts = sketch(facts, run.typical.items, 1).drafts
    if len(drafts) > MOST_LINES or any(draft.kind != "node" for draft in drafts):
        return ()
    for before, after in zip(drafts, drafts[1:]):
        if facts.consumers[before.nodes[-1]] != [after.nodes[0]] or len(after.nodes[0].inputs) != 1:
            return ()
    return tuple(pieces(tuple(draft.nodes), facts.options.label) for draft in drafts)


def _label(part: Part) -> str:
    if part.kind in ("block", "instance"):
        return part.label
    return "cell" if any(isinstance(item, Part) and item.kind == "edge" for item in part.items) else ""


def _relative(name: str, base: str, label: str) -> str:
    """Return the name of a block inside another, without the word that its label says anyway."""
    if base and name.startswith(base + "."):
        name = name[len(base) + 1 :]
    head, _, last = name.rpartition(".")
    return head if last.rstrip("0123456789").rstrip("_") == label or last == label else name


def _change(entering: list[Node], leaving: Node, run: Run) -> list[str]:
    if not entering:
        return []
    before, after = entering[0].shape, leaving.shape
    found = []
    if before.channels != after.channels:
        found.append(f"{before.channels}→{after.channels}")
    if before.spatial and after.spatial and before.spatial[0] != after.spatial[0]:
        ratio = before.spatial[0] / after.spatial[0]
        shown = f"/{round(ratio)}" if ratio > 1 else f"×{round(1 / ratio)}"
        found[-1:] = [f"{found[-1]},"] if found else []
        found.append(f"first {shown}" if run.special else shown)
    return found


def leaving_of(facts: Facts, part: Part) -> Node:
    """Return the node of a part whose value others take; the last of them."""
    inside = set(part.nodes)
    for node in reversed(part.nodes):
        if node in facts.outputs or any(user not in inside for user in facts.consumers[node]):
            return node
    return part.nodes[-1]


def wires_of(drawn: Drawn) -> dict[tuple[str, str], Node]:
    """Return which boxes feed which, each pair once, with the node whose value it is. Values from outside get boxes of their own."""
    found: dict[tuple[str, str], Node] = {}
    for node, name in list(drawn.owner.items()):
        if drawn.boxes[name].kind == "dots":
            continue
        for operand in node.inputs:
            source = _source(drawn, operand, node)
            if source is None:
                continue
            origin = drawn.owner.get(source) or _point(drawn, source)
            if origin != name:
                found.setdefault((origin, name), source)
    return found


def _source(drawn: Drawn, operand: Node, node: Node) -> Node | None:
    """Return the node that is drawn for an operand, or None when none is."""
    operand = drawn.made.entering.get((operand, node), operand)
    while operand in drawn.made.same:
        operand = drawn.made.same[operand]
    return None if operand in drawn.made.hidden else operand


def _point(drawn: Drawn, source: Node) -> str:
    name = drawn.add(Box(f"in/{source.name}", "point", "io"))
    drawn.owner[source] = name
    return name


def panel_of(facts: Facts, part: Part, depth: int, title: str, note: str = "") -> tuple[Panel, dict[str, Run]]:
    """Return the panel of a part: its boxes, its wires, and its ends; and what is folded in its boxes."""
    drawn = draw(facts, part, depth)
    wires = wires_of(drawn)
    ends = _ends(drawn, part)
    everything = {**wires, **ends}
    boxes, made = classify(drawn.boxes, [Wire(*pair, channels=node.shape.channels) for pair, node in everything.items()])
    made = labelled(boxes, made, everything, drawn.facts.options.shapes)
    panel = Panel(part.name or "net", title, tuple(boxes.values()), tuple(made), tuple(drawn.made.plates), note=note, framed=part.kind != "network")
    return panel, {name: draft.run for name, draft in drawn.drafts.items() if draft.run is not None and boxes[name].kind == "block"}


def _ends(drawn: Drawn, part: Part) -> dict[tuple[str, str], Node]:
    found: dict[tuple[str, str], Node] = {}
    outputs = drawn.facts.graph.outputs if part.kind == "network" else (leaving_of(drawn.facts, part),)
    for number, node in enumerate(outputs):
        source = _source(drawn, node, node)
        if source is None or source not in drawn.owner:
            continue
        word = "output" if len(outputs) == 1 else f"output {number + 1}"
        box = Box(word, "output", "io", (f"{word}  {dims(node.shape)}",)) if part.kind == "network" else Box("out", "point", "io")
        found[drawn.owner[source], drawn.add(box)] = node
    return found


def text_of(node: Node) -> str:
    """Return what a single node says."""
    return describe(node)
