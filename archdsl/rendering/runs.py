"""Rounds and calls that follow each other and are alike: drawn once, with how often."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.ir.graph import Node
from archdsl.rendering.tree import Part, Signatures, body_nodes

REPEATED = ("repeat", "block", "instance")
"""The kinds of parts that may be drawn once for several."""


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """Parts of equal structure, each fed by the one before.

    Attributes:
        parts: The rounds, in order.
        typical: The one that is drawn: the second, when the first has a stride or a projection that the rest has not.
    """

    parts: tuple[Part, ...]
    typical: Part

    @property
    def special(self) -> bool:
        """Tell whether the first differs from the rest."""
        return self.typical is not self.parts[0]


Consumers = dict[Node, list[Node]]


def runs_of(items: list[Part | Node], signatures: Signatures, consumers: Consumers) -> list[Run | Node]:
    """Return the items of a part with equal neighbours joined."""
    found: list[Run | Node] = []
    position = 0
    while position < len(items):
        item = items[position]
        if isinstance(item, Node):
            found.append(item)
            position += 1
            continue
        parts = [item]
        while position + len(parts) < len(items) and _follows(parts, items[position + len(parts)], signatures, consumers):
            parts.append(items[position + len(parts)])  # type: ignore[arg-type]
        found.append(_run(parts, signatures))
        position += len(parts)
    return found


def _run(parts: list[Part], signatures: Signatures) -> Run:
    special = len(parts) > 1 and signatures.exact(parts[0]) != signatures.exact(parts[1])
    return Run(tuple(parts), parts[1 if special else 0])


def _follows(parts: list[Part], after: Part | Node, signatures: Signatures, consumers: Consumers) -> bool:
    before = parts[-1]
    if isinstance(after, Node) or before.kind not in REPEATED or before.kind != after.kind or before.label != after.label:
        return False
    if not _same_place(before, after) or signatures.loose(before) != signatures.loose(after):
        return False
    if signatures.exact(before) != signatures.exact(after) and (len(parts) > 1 or not _leads(before, after)):
        return False
    inside, users = set(before.nodes), set(after.nodes)
    if any(user not in inside and user not in users for node in before.nodes for user in consumers[node]):
        return False
    entering = zip(signatures.entering(before), signatures.entering(after))
    fed = [new in inside for _, new in entering]
    return any(fed) and all(is_fed or new is old for is_fed, old, new in zip(fed, signatures.entering(before), signatures.entering(after)))


def _same_place(before: Part, after: Part) -> bool:
    """Tell whether two rounds are of the same loop; calls of a block may stand anywhere."""
    if before.kind != "repeat":
        return True
    return before.group.place is after.group.place and after.round == before.round + 1  # type: ignore[union-attr]


def _leads(first: Part, second: Part) -> bool:
    """Tell whether the first of two blocks does more than the second on the way around its body, or makes the map smaller."""
    if not any(len(node.inputs) > 1 for node in first.nodes):
        return False
    if len(body_nodes(first)) < len(first.nodes) and len(body_nodes(second)) == len(second.nodes):
        return True
    return _steps(first) > _steps(second)


def _steps(part: Part) -> float:
    before, after = part.nodes[0].inputs[0].shape if part.nodes[0].inputs else None, part.nodes[-1].shape
    return before.spatial[0] / after.spatial[0] if before is not None and before.spatial and after.spatial else 1.0
