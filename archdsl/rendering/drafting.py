"""From the tree to the boxes of one panel: what stands open, what is folded, what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from archdsl.ir.graph import Graph, Group, Node
from archdsl.rendering.fusing import chains, fuse
from archdsl.rendering.options import Options
from archdsl.rendering.runs import Run, runs_of
from archdsl.rendering.tree import Part, Signatures, body_nodes, core

MANY_PATHS = 4
"""So many equal paths of a branch are drawn as the first two, dots and the last."""

MANY_ALIKE = 10
"""So many calls of one block side by side are drawn so even if they differ in their arguments."""

MANY_LAYERS = 5
"""So many layers of a running concatenation are drawn as the first two, dots and the last."""

MOST_LINES = 3
"""A block that is a chain of so many boxes shows them as lines of its own box."""

MOST_NODES = 40
"""A block of more nodes is not read as a chain."""

MOST_WOVEN = 4
"""A loop of so many rounds that share a value from outside is drawn round by round."""

MOST_CELLS = 8
"""A split into more slices is a plain box."""

DraftKind = Literal["node", "run", "body", "split", "dots", "paths"]


@dataclass(eq=False, slots=True)
class Draft:
    """A box to be: the nodes that it stands for and why.

    Attributes:
        kind: Fused nodes; a folded block or loop; the body of a layer; the slices of a split; layers that are left out; paths that are.
        nodes: The nodes that it stands for, in order; of paths that are left out, those of the path before.
        run: What is folded, or left out.
        plate: The name of the plate around it.
        count: How many paths there are, or layers are left out.
    """

    kind: DraftKind
    nodes: list[Node]
    run: Run | None = None
    plate: str = ""
    count: int = 1


@dataclass(slots=True)
class Facts:
    """What every panel of a graph needs to know.

    Attributes:
        opened: Parts that are drawn without a box or a frame of their own.
        inlined: Groups that are drawn without a box because there is only one thing in them, or because they are only places.
        costs: What every node costs, by its name, when the picture is coloured by that.
        single: What is known of parts that are drawn as one box, by all that it depends on: blocks that call themselves ask again and again.
    """

    graph: Graph
    options: Options
    signatures: Signatures = field(default_factory=Signatures)
    consumers: dict[Node, list[Node]] = field(default_factory=dict)
    outputs: set[Node] = field(default_factory=set)
    opened: set[Part] = field(default_factory=set)
    inlined: set[Group | None] = field(default_factory=set)
    costs: dict[str, int] = field(default_factory=dict)
    single: dict[tuple[Part, Options, frozenset[Part]], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.consumers = self.graph.consumers()
        self.outputs = set(self.graph.outputs)


@dataclass(slots=True)
class Sketch:
    """The boxes of a panel before they are named.

    Attributes:
        drafts: In the order of the graph.
        plates: By the name of its frame, every block that stands open, and the frame around it.
        same: For a node of a round that is not drawn, the node of the round that is.
        entering: For an operand from outside the drawn round of an open loop, and the node that takes it: the value that enters the loop.
        hidden: Nodes that are not drawn at all.
        paths: The paths that are drawn where others are left out, and the draft of those.
    """

    drafts: list[Draft] = field(default_factory=list)
    plates: dict[str, tuple[Run, str]] = field(default_factory=dict)
    same: dict[Node, Node] = field(default_factory=dict)
    entering: dict[tuple[Node, Node], Node] = field(default_factory=dict)
    hidden: set[Node] = field(default_factory=set)
    paths: list[tuple[list[Part], Draft]] = field(default_factory=list)


def sketch(facts: Facts, items: list[Part | Node], depth: int, fused: bool = False) -> Sketch:
    """Return the boxes of items with ``depth - 1`` levels of blocks open, fused as the options say, or in any case."""
    made = Sketch()
    _add(facts, made, items, depth, "")
    made.drafts = _fused(facts, _with_splits(made.drafts), fused or facts.options.fuse)
    return made


def sketch_run(facts: Facts, run: Run, most: int = MANY_LAYERS - 1) -> Sketch:
    """Return the boxes of the inside of what is folded: of the layers of a running concatenation, or of the block that is repeated.

    Args:
        facts: About the graph.
        run: What is folded.
        most: Of more layers than this, some in the middle are left out.
    """
    if not is_dense(run):
        return sketch(facts, core(run.typical).items, 1)
    made = Sketch()
    _add_layers(facts, made, run, "", most)
    made.drafts = _fused(facts, made.drafts, facts.options.fuse)
    return made


def _add(facts: Facts, made: Sketch, items: list[Part | Node], depth: int, plate: str) -> None:
    items, gone = _without_equal_paths(facts, made, items, plate)
    for each in runs_of(items, facts.signatures, facts.consumers):
        if isinstance(each, Node):
            made.drafts.append(Draft("node", [each], plate=plate))
            continue
        _add_run(facts, made, each, depth, plate)
        if gone is not None and each.parts[0] is gone[0]:
            made.drafts.append(gone[1])


def _add_run(facts: Facts, made: Sketch, run: Run, depth: int, plate: str) -> None:
    part = run.typical
    folds = len(run.parts) > 1 or part.kind in ("block", "instance")
    if not folds or (len(run.parts) == 1 and _is_single(facts, part)):
        facts.inlined.add(part.group)
        _add(facts, made, part.items, depth, plate)
    elif part in facts.opened or _is_woven(facts, run):
        for each in run.parts:
            _add(facts, made, each.items, depth, plate)
    elif (depth > 1 or _wanted(facts, run)) and not _is_single(facts, core(part)):
        _open(facts, made, run, depth, plate)
    else:
        made.drafts.append(Draft("run", [node for each in run.parts for node in each.nodes], run, plate))


def _is_woven(facts: Facts, run: Run) -> bool:
    """Tell whether a short loop takes values from outside besides what its rounds hand on, which a folded box would not show."""
    return 1 < len(run.parts) <= MOST_WOVEN and len(facts.signatures.entering(run.typical)) > 1


def _wanted(facts: Facts, run: Run) -> bool:
    pattern = facts.options.expand
    return pattern is not None and any(fnmatchcase(name, pattern) for part in run.parts for name in _names(part))


def _names(part: Part) -> Iterator[str]:
    """Yield the names by which a part may be asked for: its own, and those of the only thing in it."""
    yield from (part.name, part.label)
    while len(part.items) == 1 and isinstance(part.items[0], Part):
        part = part.items[0]
        yield from (part.name, part.label)


def _open(facts: Facts, made: Sketch, run: Run, depth: int, plate: str) -> None:
    """Add the inside of a block, or of one round of a loop, with a frame around it."""
    dense = is_dense(run)
    name = f"{run.typical.nodes[0].name}/plate{len(made.plates)}"
    made.plates[name] = (run, plate)
    if dense:
        _add_layers(facts, made, run, name)
        return
    _fold_rounds(facts, made, run)
    _add(facts, made, core(run.typical).items, depth - 1, name)


def _fold_rounds(facts: Facts, made: Sketch, run: Run) -> None:
    drawn = body_nodes(run.typical)
    for part in run.parts:
        if part is not run.typical:
            made.same.update(zip(body_nodes(part), drawn))
            made.hidden.update(set(part.nodes) - set(body_nodes(part)))
    if run.special:
        outer = facts.signatures.entering(run.parts[0])
        for old, new in zip(facts.signatures.entering(run.typical), outer):
            made.entering.update({(old, node): new for node in run.typical.nodes})


# --- layers of a running concatenation --------------------------------------------------------------------------------------------------


def is_dense(run: Run) -> bool:
    """Tell whether the rounds are layers of a running concatenation: each joins what enters it with what it computes."""
    inner = core(run.typical)
    last = inner.nodes[-1]
    return len(run.parts) > 1 and inner.kind == "skip" and last.op.name == "concat" and last.inputs[0] not in set(inner.nodes)


def _add_layers(facts: Facts, made: Sketch, run: Run, plate: str, most: int = MANY_LAYERS - 1) -> None:
    parts = run.parts
    middle = parts[2:-1] if len(parts) > most else ()
    for part in parts:
        if middle and part is middle[0]:
            made.drafts.append(Draft("dots", [node for each in middle for node in each.nodes], Run(middle, middle[0]), plate, len(middle)))
        if part not in middle:
            _add_layer(facts, made, core(part), plate)


def _add_layer(facts: Facts, made: Sketch, layer: Part, plate: str) -> None:
    body = [item for item in layer.items if item is not layer.nodes[-1]]
    if 1 < len(lines_of(facts, body)) <= MOST_LINES:
        made.drafts.append(Draft("body", layer.nodes[:-1], plate=plate))
        made.drafts.append(Draft("node", [layer.nodes[-1]], plate=plate))
    else:
        _add(facts, made, layer.items, 1, plate)


# --- chains -----------------------------------------------------------------------------------------------------------------------------


def lines_of(facts: Facts, items: list[Part | Node]) -> list[tuple[list[Node], int]]:
    """Return the boxes of a chain, each with how often it is repeated; nothing for anything else."""
    found: list[tuple[list[Node], int]] = []
    before: Node | None = None
    for draft in sketch(facts, items, 1, fused=True).drafts:
        line = _line_of(facts, draft)
        first = draft.nodes[0] if draft.nodes else None
        if line is None or first is None or len(first.inputs) != 1 or (before is not None and facts.consumers[before] != [first]):
            return []
        found.append(line)
        before = draft.nodes[-1]
    return found


def _line_of(facts: Facts, draft: Draft) -> tuple[list[Node], int] | None:
    """Return the fused nodes of a draft that is one box, and how often it is repeated."""
    if draft.kind == "node":
        return draft.nodes, 1
    if draft.run is None or draft.kind in ("dots", "paths") or len(draft.run.typical.nodes) > MOST_NODES:
        return None
    inner = lines_of(facts, draft.run.typical.items)
    return (inner[0][0], inner[0][1] * len(draft.run.parts)) if len(inner) == 1 else None


def _is_single(facts: Facts, part: Part) -> bool:
    """Tell whether a part is drawn as one box even when the blocks in it stand open."""
    if len(part.nodes) > 1 and any(isinstance(item, Node) and len(item.inputs) > 1 for item in part.items):
        return False  # a merge is a box of its own
    key = (part, facts.options, frozenset(facts.opened))
    if key not in facts.single:
        facts.single[key] = len(sketch(facts, part.items, 1, fused=True).drafts) <= 1
    return facts.single[key]


# --- paths ------------------------------------------------------------------------------------------------------------------------------


def _without_equal_paths(facts: Facts, made: Sketch, items: list[Part | Node], plate: str) -> tuple[list[Part | Node], tuple[Part, Draft] | None]:
    """Leave the middle out of a row of equal paths; return what is left, and dots with the path that they follow."""
    paths = [item for item in items if isinstance(item, Part) and item.kind == "path"]
    if len(paths) < MANY_PATHS or len({path.group.place for path in paths if path.group}) > 1:
        return items, None
    if len({facts.signatures.exact(path) for path in paths}) > 1 and not _are_calls(paths):
        return items, None
    middle = paths[2:-1]
    gone = [node for path in middle for node in path.nodes]
    slices = {node.inputs[0] for node in gone if node.inputs[0].op.name == "split"}
    made.hidden.update(gone, slices)
    dots = Draft("paths", [], Run(tuple(middle), middle[0]), plate, len(paths))
    made.paths.append(([paths[0], paths[1], paths[-1]], dots))
    return [item for item in items if item not in middle and item not in slices], (paths[1], dots)


def _are_calls(paths: list[Part]) -> bool:
    """Tell whether many paths are each a call of the same block."""
    inner = [core(path) for path in paths]
    return len(paths) >= MANY_ALIKE and {part.kind for part in inner} == {"block"} and len({part.label for part in inner}) == 1


def _with_splits(drafts: list[Draft]) -> list[Draft]:
    """Join the slices of a value to one box."""
    found: dict[Any, Draft] = {}
    made = []
    for draft in drafts:
        node = draft.nodes[0] if draft.kind == "node" else None
        if node is None or node.op.name != "split":
            made.append(draft)
            continue
        key = (node.inputs[0], node.op.sections, node.group)  # type: ignore[attr-defined]
        if key not in found:
            found[key] = Draft("split", [], plate=draft.plate)
            made.append(found[key])
        found[key].nodes.append(node)
    return made


# --- fusing -----------------------------------------------------------------------------------------------------------------------------


def _fused(facts: Facts, drafts: list[Draft], fusing: bool) -> list[Draft]:
    """Fuse the single nodes among drafts, each box at the place of its last node."""
    single = [draft for draft in drafts if draft.kind == "node"]
    plates = {draft.nodes[0]: draft.plate for draft in single}
    boxes: dict[Node, tuple[Node, ...]] = {}
    for chain in chains(plates, facts.consumers, facts.outputs):
        for box in _boxes(chain, plates, fusing):
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
