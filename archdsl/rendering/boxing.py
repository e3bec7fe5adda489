"""Drafts as boxes: what each says, and what it is drawn as."""

from __future__ import annotations

from dataclasses import replace

from archdsl.ir.graph import Input, Node
from archdsl.rendering.drafting import MOST_CELLS, MOST_LINES, MOST_NODES, Draft, Facts, Sketch, is_dense, lines_of
from archdsl.rendering.headings import heading, loop_name
from archdsl.rendering.labels import SIGNS, dims, pieces
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import core
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
    nodes = [node for part in draft.run.parts for node in part.nodes] if draft.kind == "paths" and draft.run else draft.nodes
    return replace(_with_cost(facts, box, nodes), members=tuple(node.name for node in nodes), plate=draft.plate)


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

    >>> short_count(170), short_count(25557032), short_count(4089184256), short_count(999_999)
    ('170', '25.6M', '4.09G', '1M')
    """
    for unit, size in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= 0.9995 * size:
            return f"{float(f'{number / size:.3g}'):g}{unit}"
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
    lines = [_line(facts, nodes, times) for nodes, times in lines_of(facts, list(draft.nodes))]
    return Box(draft.nodes[-1].name, "op", family_of(draft.nodes), tuple(lines))


def _split(facts: Facts, draft: Draft, base: str) -> Box:
    first = draft.nodes[0]
    count: int = first.op.sections  # type: ignore[attr-defined]
    if count > MOST_CELLS or len(draft.nodes) < count:
        return Box(first.name, "op", "bar", (f"split {count}",))
    return Box(first.name, "bar", "bar", ports=tuple(f"x{number + 1}" for number in range(count)))


def _dots(facts: Facts, draft: Draft, base: str) -> Box:
    place = draft.run.parts[0].name if draft.run else draft.nodes[0].name
    return Box(f"{place}/dots", "dots", "io", ("•", "•", "•", f"{draft.count} more"))


def _paths(facts: Facts, draft: Draft, base: str) -> Box:
    return Box(f"dots/{draft.count}", "dots", "io", (f"total {draft.count} paths", "•  •  •"))


def _block(facts: Facts, draft: Draft, base: str) -> Box:
    assert draft.run is not None
    run = draft.run
    inside = block_lines(facts, run)
    if len(inside) == 1:
        return Box(core(run.typical).nodes[-1].name, "op", family_of(run.typical.nodes), inside, times=len(run.parts))
    title, text = heading(facts, run, base)
    name = loop_name(run) if run.parts[0].kind == "repeat" and loop_name(run) else core(run.typical).name
    return Box(name or run.typical.nodes[0].name, "block", "block", (text, *inside) if text else inside, title, len(run.parts))


def plates_of(facts: Facts, made: Sketch, base: str) -> tuple[Plate, ...]:
    """Return the frames around the blocks that stand open."""
    return tuple(
        Plate(name, *heading(facts, run, base), 1 if is_dense(run) else len(run.parts), around) for name, (run, around) in made.plates.items()
    )


def block_lines(facts: Facts, run: Run) -> tuple[str, ...]:
    """Return what stands in a block that is a short chain, line by line; nothing for any other, which is shown in a panel of its own."""
    if len(run.typical.nodes) > MOST_NODES:
        return ()
    lines = lines_of(facts, run.typical.items)
    return tuple(_line(facts, nodes, times) for nodes, times in lines) if len(lines) <= MOST_LINES else ()


def _line(facts: Facts, nodes: list[Node], times: int) -> str:
    return pieces(tuple(nodes), facts.options.label) + (f"  ×{times}" if times > 1 else "")


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
