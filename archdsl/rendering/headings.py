"""What folded and open blocks are called: their place in bold, then the block and how it changes its value."""

from __future__ import annotations

from archdsl.ir.graph import Group, Node
from archdsl.rendering.drafting import Facts, is_dense
from archdsl.rendering.grid import columns_of, is_fractal
from archdsl.rendering.labels import describe
from archdsl.rendering.runs import Run
from archdsl.rendering.tree import Part, core

CALLS = ("block", "instance")
MOST_WORDS = 4
"""A round without a name is called by what is in it, up to so many things."""


def heading(facts: Facts, run: Run, base: str) -> tuple[str, str]:
    """Return the name of what is folded or stands open, and what it is.

    Args:
        facts: About the graph.
        run: What is folded.
        base: The name of the part that the panel shows, which names in it need not repeat.
    """
    change = _change(facts, run)
    if is_fractal(core(run.typical)):
        change.append(f"{columns_of(run.typical)} columns")
    words = [_word(facts, run), ", ".join(change)]
    if any(not node.owns_module for node in run.parts[0].nodes):
        words.append("(shared)")
    return title_of(facts, run, base), " ".join(word for word in words if word)


def _word(facts: Facts, run: Run) -> str:
    """Return the block's name; of an instance, whose own name stands in bold, that of the only block in it."""
    if run.typical.kind != "instance":
        return label_of(facts, run)
    inner = core(run.typical)
    return inner.label if inner is not run.typical and inner.kind == "block" else ""


def label_of(facts: Facts, run: Run) -> str:
    """Return the name of the block that is folded, or is all there is in a round of a loop; else a word for what the round is."""
    part = run.typical
    around = part.group.parent if part.group and part.kind == "repeat" else None
    while part.kind not in CALLS and len(part.items) == 1 and isinstance(part.items[0], Part):
        part = part.items[0]
    if part.kind in CALLS:
        return part.label
    if around is not None and around.kind in CALLS and around in facts.inlined:
        return around.label
    return _described(part)


def _described(part: Part) -> str:
    inner = [item for item in part.items if isinstance(item, Part)]
    blocks = [item.label for item in inner if item.kind == "block"]
    if part.kind == "skip" and len(blocks) == 1:
        return blocks[0]
    kinds = {item.kind for item in inner} | {part.kind}
    for kind, word in (("edge", "cell"), ("skip", "residual"), ("path", "branch")):
        if kind in kinds:
            return word
    if not blocks or len(part.items) > MOST_WORDS:
        return ""
    return " · ".join(item.label if isinstance(item, Part) else describe(item) for item in part.items)


def loop_name(run: Run) -> str:
    """Return the name of a loop, which its rounds have in front of their own, or of a block."""
    first = run.parts[0]
    if first.kind != "repeat":
        return first.name
    around = first.group.parent if first.group else None
    return around.name.rstrip(".") if around else ""


def title_of(facts: Facts, run: Run, base: str) -> str:
    """Return what stands in bold: labels and rounds of loops on the way from the panel to the block, but no names of blocks.

    An instance is called by the name that its weights are shared under.
    """
    part = run.parts[0]
    opened = {each.group for each in facts.opened}
    words: list[str] = []
    before = ""
    for group in part.group.chain() if part.group else ():
        own, before = group.name[len(before) :].rstrip("."), group.name
        outside = f"{base}.".startswith(group.name) and base != ""
        folded = group is part.group and group.kind == "repeat"
        if folded and group.label and len(run.parts) < group.total:
            own, folded = f"{group.label}{group.number}–{run.parts[-1].round}", False
        if group.kind == "instance" and not outside:
            words = [group.label]
        elif own and not outside and not folded and group not in opened and not _is_call_name(own, group):
            words.append(own)
    return ".".join(words)


def _is_call_name(own: str, group: Group) -> bool:
    """Tell whether a call has the name of its block, perhaps with a number, rather than a label."""
    return group.kind in CALLS and (own == group.label or own.rstrip("0123456789") == group.label + "_")


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
    ratio = before.spatial[0] / after.spatial[0] if before.spatial and after.spatial else 1.0
    if round(max(ratio, 1 / ratio)) > 1:
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
