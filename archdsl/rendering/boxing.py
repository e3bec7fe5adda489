"""Drafts as boxes: what each says, and what it is drawn as."""

from __future__ import annotations

from dataclasses import replace

from archdsl.ir.graph import Input, Node
from archdsl.rendering.drafting import MOST_CELLS, MOST_LINES, Draft, Facts, Sketch, core, is_dense, label_of, lines_of, loop_name
from archdsl.rendering.grid import columns_of, is_fractal
from archdsl.rendering.labels import SIGNS, dims, pieces
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part
from archdsl.rendering.view import Box, Plate

NARROW = 16
"""So many letters are in a line of a box in a picture from left to right."""


def box_of(facts: Facts, draft: Draft, base: str, split: bool = False) -> Box:
    """Return the box of a draft.

    Args:
        facts: About the graph.
        draft: What the box stands for.
        base: The name of the part that the panel shows, which names in it need not repeat.
        split: Whether a concatenation joins the slices of a split, and is a bar like it.
    """
    box = _WRITERS.get(draft.kind, _single)(facts, draft, base)
    if split:
        count = len(draft.nodes[0].inputs)
        box = replace(box, kind="bar", family="bar", ports=tuple(f"y{number + 1}" for number in range(count)))
    if facts.options.direction == "lr" and box.kind in ("op", "block"):
        box = _stacked(box)
    if draft.kind in ("dots", "paths"):
        return replace(box, plate=draft.plate)
    return replace(_with_cost(facts, box, draft.nodes), members=tuple(node.name for node in draft.nodes), plate=draft.plate)


def _stacked(box: Box) -> Box:
    """Break the lines of a box, so that a picture from left to right stays short."""
    lines = [box.title] if box.title else []
    for line in box.text:
        lines += broken(line)
    return replace(box, text=tuple(lines), title="", stacked=bool(box.title))


def broken(line: str) -> list[str]:
    """Return a line in pieces that are short: broken between ops, else behind commas, else between words.

    >>> broken("3×3, 64, /2 · BN · ReLU"), broken("bottleneck 256→512, first /2")
    (['3×3, 64, /2 · BN', 'ReLU'], ['bottleneck', '256→512', 'first /2'])
    """
    for between in (" · ", ", ", " "):
        parts = line.split(between)
        if len(line) <= NARROW or len(parts) == 1:
            continue
        lines = parts[:1]
        for part in parts[1:]:
            if len(lines[-1]) + len(between) + len(part) <= NARROW:
                lines[-1] += between + part
            else:
                lines.append(part)
        return [piece for each in lines for piece in broken(each)]
    return [line]


def _with_cost(facts: Facts, box: Box, nodes: list[Node]) -> Box:
    """Say in a box what it costs, when the picture is coloured by that."""
    if not facts.costs or box.kind not in ("op", "block"):
        return box
    cost = sum(facts.costs.get(node.name, 0) for node in nodes)
    total = max(1, sum(facts.costs.values()))
    return replace(box, share=cost / total, text=(*box.text, f"{short_count(cost)} · {100 * cost / total:.1f} %") if cost else box.text)


def short_count(number: int) -> str:
    """Return a count with a unit.

    >>> short_count(170), short_count(25557032), short_count(4089184256)
    ('170', '25.6M', '4.09G')
    """
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)


def _single(facts: Facts, draft: Draft, base: str) -> Box:
    first, last = draft.nodes[0], draft.nodes[-1]
    if isinstance(first.op, Input):
        return Box(first.name, "input", "io", (f"{first.name}  {dims(first.shape)}",))
    if first.op.name in SIGNS and len(first.inputs) > 1:
        return Box(first.name, "merge", "merge", (SIGNS[first.op.name],))
    text = pieces(tuple(draft.nodes), facts.options.label)
    return Box(last.name, "op", family_of(draft.nodes), (text,), aside=_aside(first, base))


def _body(facts: Facts, draft: Draft, base: str) -> Box:
    lines = [pieces(tuple(nodes), facts.options.label) for nodes in lines_of(facts, list(draft.nodes))]
    return Box(draft.nodes[-1].name, "op", family_of(draft.nodes), tuple(lines))


def _split(facts: Facts, draft: Draft, base: str) -> Box:
    first = draft.nodes[0]
    count: int = first.op.sections  # type: ignore[attr-defined]
    if count > MOST_CELLS or len(draft.nodes) < count:
        return Box(first.name, "op", "bar", (f"split {count}",))
    return Box(first.name, "bar", "bar", ports=tuple(f"x{number + 1}" for number in range(count)))


def _dots(facts: Facts, draft: Draft, base: str) -> Box:
    return Box(f"{draft.nodes[0].name}/dots", "dots", "io", ("•", "•", "•", f"{draft.count} more"))


def _paths(facts: Facts, draft: Draft, base: str) -> Box:
    return Box(f"dots/{draft.count}", "dots", "io", (f"total {draft.count} paths", "•  •  •"))


def _block(facts: Facts, draft: Draft, base: str) -> Box:
    assert draft.run is not None
    run = draft.run
    inside = block_lines(facts, run)
    if len(inside) == 1:
        return Box(core(run.typical).nodes[-1].name, "op", family_of(run.typical.nodes), inside, times=len(run.parts))
    title, text = heading(facts, run, base)
    name = loop_name(run) if run.parts[0].kind == "repeat" and loop_name(run) else run.typical.nodes[0].name.rpartition(".")[0]
    return Box(name or run.typical.nodes[0].name, "block", "block", (text, *inside) if text else inside, title, len(run.parts))


def heading(facts: Facts, run: Run, base: str) -> tuple[str, str]:
    """Return the name of what is folded or stands open, and what it is: its block, and how it changes its value."""
    label = label_of(run.typical)
    title = _title(facts, run, base, label)
    if run.typical.kind == "instance":
        inner = core(run.typical)
        label = inner.label if inner is not run.typical and inner.kind == "block" else ""
    change = _change(facts, run)
    if is_fractal(run.typical):
        change.append(f"{columns_of(run.typical)} columns")
    words = [label, ", ".join(change)]
    if any(not node.owns_module for node in run.parts[0].nodes):
        words.append("(shared)")
    return title, " ".join(word for word in words if word)


def plates_of(facts: Facts, made: Sketch, base: str) -> tuple[Plate, ...]:
    """Return the frames around the blocks that stand open."""
    return tuple(
        Plate(name, *heading(facts, run, base), 1 if is_dense(run) else len(run.parts), around) for name, (run, around) in made.plates.items()
    )


def block_lines(facts: Facts, run: Run) -> tuple[str, ...]:
    """Return what stands in a block that is a short chain, line by line; nothing for any other, which is shown in a panel of its own."""
    if len(run.typical.nodes) > 40:
        return ()
    lines = lines_of(facts, run.typical.items)
    return tuple(pieces(tuple(nodes), facts.options.label) for nodes in lines) if len(lines) <= MOST_LINES else ()


_WRITERS = {"run": _block, "body": _body, "split": _split, "dots": _dots, "paths": _paths}


def family_of(nodes: list[Node]) -> str:
    """Return the family that a box of fused nodes is coloured as: that of its core."""
    families = [node.op.family for node in nodes]
    for family in ("attention", "conv", "linear"):
        if family in families:
            return family
    return families[0]


def _aside(node: Node, base: str) -> bool:
    """Tell whether a node is on the way around a skip that is part of the panel."""
    chain = node.group.chain() if node.group else []
    return any(group.kind == "shortcut" and group.name.startswith(base) for group in chain)


def _title(facts: Facts, run: Run, base: str, label: str) -> str:
    """Return what stands in bold: an instance has the name that its weights are shared under."""
    group = run.typical.group
    if run.typical.kind == "instance":
        return run.typical.label
    if group and group.parent and group.parent.kind == "instance":
        return group.parent.label
    opened = [part.name for part in facts.opened if (run.typical.name + ".").startswith(part.name + ".")]
    return _relative(loop_name(run), max([base, *opened], key=len), label)


def _relative(name: str, base: str, label: str) -> str:
    """Return the name of a block inside another, without the word that its label says anyway.

    >>> _relative("stage1.tree.left", "stage1.tree", "residual"), _relative("stage1.tree", "", "tree"), _relative("unit_2", "", "unit")
    ('left', 'stage1', '')
    """
    if base and name.startswith(base + "."):
        name = name[len(base) + 1 :]
    head, _, last = name.rpartition(".")
    return head if last == label or last.rstrip("0123456789") == label + "_" else name


def _change(facts: Facts, run: Run) -> list[str]:
    """Return how the channels and the resolution change in a block."""
    entering = facts.signatures.entering(run.parts[0])
    if not entering:
        return []
    before, after = entering[0].shape, leaving_of(facts, run.parts[-1]).shape
    words = [f"{before.channels}→{after.channels}"] if before.channels != after.channels else []
    if is_dense(run):
        layer = core(run.typical).nodes[-1]
        words.append(f"+{layer.shape.channels - layer.inputs[0].shape.channels} each")
    if before.spatial and after.spatial and before.spatial[0] != after.spatial[0]:
        ratio = before.spatial[0] / after.spatial[0]
        shown = f"/{round(ratio)}" if ratio > 1 else f"×{round(1 / ratio)}"
        words.append(f"first {shown}" if run.special else shown)
    return words


def leaving(facts: Facts, part: Part) -> list[Node]:
    """Return the nodes of a part whose values others take."""
    inside = set(part.nodes)
    return [node for node in part.nodes if node in facts.outputs or any(user not in inside for user in facts.consumers[node])]


def leaving_of(facts: Facts, part: Part) -> Node:
    """Return the last node of a part whose value others take."""
    return (leaving(facts, part) or part.nodes)[-1]
