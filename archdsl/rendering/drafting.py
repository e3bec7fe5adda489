"""From the tree to the boxes of one panel: what stands open, what is folded, what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from archdsl.ir.graph import Graph, Input, Node
from archdsl.rendering.fusing import chains, fuse
from archdsl.rendering.options import Options
from archdsl.rendering.runs import Run, runs_of
from archdsl.rendering.tree import Part, Signatures, body_nodes
from archdsl.rendering.view import Plate

MANY_PATHS = 4
"""So many equal paths of a branch are drawn as the first two, dots and the last."""

MANY_ROUNDS = 4
"""So many layers of a running concatenation are drawn as the first two, dots and the last."""

DraftKind = Literal["node", "run", "dots", "split"]


@dataclass(eq=False, slots=True)
class Draft:
    """A box to be: the nodes that it stands for and why.

    Attributes:
        kind: One or more fused nodes, a folded block or loop, what is left out of a row of equal paths, or the slices of a split.
        nodes: The nodes that it stands for, in order; those that are left out, for dots.
        run: What is folded.
        plate: The name of the plate around it.
    """

    kind: DraftKind
    nodes: list[Node]
    run: Run | None = None
    plate: str = ""


@dataclass(slots=True)
class Facts:
    """What every panel of a graph needs to know."""

    graph: Graph
    options: Options
    signatures: Signatures = field(default_factory=Signatures)
    consumers: dict[Node, list[Node]] = field(default_factory=dict)
    outputs: set[Node] = field(default_factory=set)
    sizes: dict[Part, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.consumers = self.graph.consumers()
        self.outputs = set(self.graph.outputs)


@dataclass(slots=True)
class Sketch:
    """The boxes of a panel before they are named.

    Attributes:
        drafts: In the order of the graph.
        plates: Frames of the blocks that stand open.
        same: For a node of a round that is not drawn, the node of the round that is.
        entering: For a node outside the drawn round of an open loop, the value that enters the loop in its place, by the name of the plate.
        hidden: Nodes that are not drawn at all.
    """

    drafts: list[Draft] = field(default_factory=list)
    plates: list[Plate] = field(default_factory=list)
    same: dict[Node, Node] = field(default_factory=dict)
    entering: dict[tuple[Node, Node], Node] = field(default_factory=dict)
    hidden: set[Node] = field(default_factory=set)


def sketch(facts: Facts, items: list[Part | Node], depth: int) -> Sketch:
    """Return the boxes of items with ``depth - 1`` levels of blocks open."""
    made = Sketch()
    _add(facts, made, items, depth, "")
    made.drafts = _fused(facts, made.drafts)
    return made


def _add(facts: Facts, made: Sketch, items: list[Part | Node], depth: int, plate: str) -> None:
    items, dots = _without_equal_paths(facts, made, items, plate)
    for each in runs_of(items, facts.signatures):
        if isinstance(each, Node):
            made.drafts.append(Draft("node", [each], plate=plate))
        else:
            _add_run(facts, made, each, depth, plate)
        if dots is not None and isinstance(each, Run) and each.parts[0] is dots[0]:
            made.drafts.append(dots[1])


def _add_run(facts: Facts, made: Sketch, run: Run, depth: int, plate: str) -> None:
    part = run.typical
    folds = len(run.parts) > 1 or part.kind in ("block", "instance")
    if not folds or (len(run.parts) == 1 and size(facts, part) <= 1):
        _add(facts, made, part.items, depth, plate)
    elif depth > 1 or _wanted(facts, run):
        _open(facts, made, run, depth, plate)
    else:
        made.drafts.append(Draft("run", [node for each in run.parts for node in each.nodes], run, plate))


def _wanted(facts: Facts, run: Run) -> bool:
    pattern = facts.options.expand
    return pattern is not None and any(fnmatchcase(part.name, pattern) or fnmatchcase(part.label, pattern) for part in run.parts)


def _open(facts: Facts, made: Sketch, run: Run, depth: int, plate: str) -> None:
    """Add the inside of a block, or of one round of a loop, with a frame around it."""
    inner = Plate(f"{run.typical.name}/{len(made.plates)}", plate_title(run), len(run.parts), plate)
    made.plates.append(inner)
    _fold_rounds(facts, made, run)
    _add(facts, made, core(run.typical).items, depth - 1, inner.name)


def plate_title(run: Run) -> str:
    """Return the name of what stands open."""
    inner = core(run.typical)
    label = inner.label if inner.kind in ("block", "instance") else ""
    return " ".join(dict.fromkeys(word for word in (loop_name(run), label) if word))


def loop_name(run: Run) -> str:
    """Return the name of a loop, which its rounds have in front of their own."""
    first = run.parts[0]
    if first.kind != "repeat":
        return first.name
    around = first.group.parent if first.group else None
    return around.name.rstrip(".") if around else ""


def _fold_rounds(facts: Facts, made: Sketch, run: Run) -> None:
    drawn = body_nodes(run.typical)
    for part in run.parts:
        if part is run.typical:
            continue
        made.same.update(zip(body_nodes(part), drawn))
        made.hidden.update(set(part.nodes) - set(body_nodes(part)))
    if run.special:
        outer = facts.signatures.entering(run.parts[0])
        for old, new in zip(facts.signatures.entering(run.typical), outer):
            made.entering.update({(old, node): new for node in run.typical.nodes})


def core(part: Part) -> Part:
    """Return the only thing in a part, as deep as there is one: the block in a round of a loop."""
    while len(part.items) == 1 and isinstance(part.items[0], Part):
        part = part.items[0]
    return part


def size(facts: Facts, part: Part) -> int:
    """Return how many boxes the inside of a part has when the blocks in it are folded."""
    if part not in facts.sizes:
        facts.sizes[part] = len(sketch(facts, part.items, 1).drafts)
    return facts.sizes[part]


def _without_equal_paths(facts: Facts, made: Sketch, items: list[Part | Node], plate: str) -> tuple[list[Part | Node], tuple[Part, Draft] | None]:
    """Leave the middle out of a row of equal paths; return what is left, and dots with the path that they follow."""
    paths = [item for item in items if isinstance(item, Part) and item.kind == "path"]
    if len(paths) < MANY_PATHS or len({facts.signatures.exact(path) for path in paths}) > 1 or len({path.group.place for path in paths if path.group}) > 1:
        return items, None
    middle = paths[2:-1]
    gone = [node for path in middle for node in path.nodes]
    made.hidden.update(gone)
    left = [item for item in items if item not in middle]
    return left, (paths[1], Draft("dots", gone, plate=plate))


def _fused(facts: Facts, drafts: list[Draft]) -> list[Draft]:
    """Fuse the single nodes among drafts, each box at the place of its last node."""
    single = [draft for draft in drafts if draft.kind == "node"]
    plates = {draft.nodes[0]: draft.plate for draft in single}
    boxes: dict[Node, tuple[Node, ...]] = {}
    for chain in chains(plates, facts.consumers, facts.outputs):
        for box in _boxes(chain, plates, facts.options.fuse):
            boxes[box[-1]] = box
    made = []
    for draft in drafts:
        if draft.kind != "node":
            made.append(draft)
        elif draft.nodes[0] in boxes:
            made.append(Draft("node", list(boxes[draft.nodes[0]]), plate=draft.plate))
    return made


def _boxes(chain: list[Node], plates: dict[Node, str], fusing: bool) -> list[tuple[Node, ...]]:
    if not fusing:
        return [(node,) for node in chain]
    found: list[tuple[Node, ...]] = []
    start = 0
    for stop in range(1, len(chain) + 1):
        if stop == len(chain) or plates[chain[stop]] != plates[chain[start]]:
            found += fuse(chain[start:stop])
            start = stop
    return found


def is_input(node: Node) -> bool:
    """Tell whether a node is an input of the network."""
    return isinstance(node.op, Input)
