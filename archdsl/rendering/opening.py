"""Which blocks stand open without being asked to: one that is nearly all of what is shown, and a block in itself."""

from __future__ import annotations

from archdsl.rendering.boxing import block_lines
from archdsl.rendering.drafting import Facts, sketch
from archdsl.rendering.grid import is_fractal
from archdsl.rendering.tree import Part

MOST_INSIDE = 16
"""The inside of a block that calls itself shows all of it unless that makes more boxes."""

MOST_ON_GRID = 24
"""The same for a fractal."""

MOST_OPENED = 60
"""A block that is nearly all of its network stands open unless that makes more boxes."""


def open_the_whole(facts: Facts, part: Part, most: int = MOST_OPENED) -> None:
    """Open a block that is nearly all that its network has, and so on."""
    while True:
        drafts = sketch(facts, part.items, 1).drafts
        whole = [draft for draft in drafts if draft.run is not None]
        again = {each.label for each in facts.opened} & {
            draft.run.typical.label for draft in whole if draft.run and draft.run.typical.kind == "block"
        }
        folded = [draft for draft in whole if len(draft.nodes) > 0.5 * len(part.nodes) or (draft.run and draft.run.typical.label in again)]
        if len(folded) != 1 or folded[0].run is None or len(folded[0].run.parts) > 1 or block_lines(facts, folded[0].run):
            return
        facts.opened.add(folded[0].run.typical)
        if len(sketch(facts, part.items, 1).drafts) > most:
            facts.opened.remove(folded[0].run.typical)
            return


def open_inside(facts: Facts, part: Part) -> None:
    """Open the blocks of the same name in a block that calls itself, level by level, and a block that is nearly all of another."""
    level = [part]
    while level:
        level = [each for outer in level for each in _calls_of(outer, part.label)]
        facts.opened.update(level)
        if len(sketch(facts, part.items, 1).drafts) > (MOST_ON_GRID if is_fractal(part) else MOST_INSIDE):
            facts.opened.difference_update(level)
            return
    open_the_whole(facts, part, MOST_INSIDE)


def _calls_of(part: Part, label: str) -> list[Part]:
    """Return the outermost calls of a block in a part."""
    found: list[Part] = []
    for item in part.items:
        if isinstance(item, Part):
            found += [item] if item.kind == "block" and item.label == label else _calls_of(item, label)
    return found
