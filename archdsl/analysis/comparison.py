"""Two networks beside each other: what differs in numbers, and in structure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from archdsl.analysis.cost import Cost, analyze
from archdsl.analysis.fingerprint import fingerprint
from archdsl.analysis.paths import count_paths, plain_count
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of structure.

    Attributes:
        kind: Whether nodes were ``added``, ``removed`` or ``changed``.
        where: The name of the node, or of the block when all of it is new or gone.
        detail: For a changed node, each field with its two values; else what was added or removed.
    """

    kind: Literal["added", "removed", "changed"]
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What sets a second network apart from a first one.

    Attributes:
        names: The names of both.
        same: Whether they have the same structure, whatever their nodes are called.
        numbers: Every figure by its name, as a pair.
        changes: The differences of structure, in the order of the graph.
    """

    names: tuple[str, str]
    same: bool
    numbers: dict[str, tuple[Any, Any]]
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data, as ``archdsl compare --json`` prints it."""
        return {
            "names": list(self.names),
            "same": self.same,
            "numbers": {name: [plain_count(each) if isinstance(each, int) else each for each in pair] for name, pair in self.numbers.items()},
            "changes": [{"kind": each.kind, "where": each.where, "detail": each.detail} for each in self.changes],
        }


def compare(left: Architecture, right: Architecture) -> Comparison:
    """Compare two architectures of one network each.

    Raises:
        UsageError: If one has several networks: compare their graphs with :func:`compare_graphs`.

    >>> import archdsl
    >>> compare(archdsl.load("resnet50"), archdsl.load("resnet101")).names
    ('resnet50', 'resnet101')
    """
    return replace(compare_graphs(left.graph, right.graph), names=(left.name, right.name))


def compare_graphs(left: Graph, right: Graph) -> Comparison:
    """Compare two networks.

    >>> import archdsl
    >>> def of(net): return archdsl.load(f"{{archdsl: 1, input: [4, 8, 8], net: {net}}}").graph
    >>> found = compare_graphs(of("[{conv: 4}, relu]"), of("[{conv: 8}, batch_norm, relu]"))
    >>> [(each.kind, each.where, each.detail) for each in found.changes]
    [('changed', 'conv', 'out_channels: 4 -> 8'), ('added', 'batch_norm', 'batch_norm')]
    >>> found.numbers["params"]
    (16, 48)
    """
    return Comparison((left.name, right.name), fingerprint(left) == fingerprint(right), _numbers(left, right), tuple(_changes(left, right)))


def _numbers(left: Graph, right: Graph) -> dict[str, tuple[Any, Any]]:
    costs: tuple[Cost, Cost] = (analyze(left), analyze(right))
    found: dict[str, tuple[Any, Any]] = {}
    for name in ("params", "weights", "macs", "flops", "activations", "nodes"):
        found[name] = (getattr(costs[0], name), getattr(costs[1], name))
    paths = (count_paths(left), count_paths(right))
    for name in ("shortest", "longest", "mean", "count"):
        found[f"{name} path" if name != "count" else "paths"] = (getattr(paths[0], name), getattr(paths[1], name))
    found["input"] = (_shapes(left.inputs), _shapes(right.inputs))
    found["output"] = (_shapes(left.outputs), _shapes(right.outputs))
    return found


def _shapes(nodes: Iterable[Node]) -> str:
    return ", ".join(str(node.shape) for node in nodes)


def _changes(left: Graph, right: Graph) -> list[Change]:
    """Return the changes; nodes are the same when their names or, in runs without a common name, their ops agree."""
    common = {node.name for node in left.nodes} & {node.name for node in right.nodes}
    blocks = {"removed": _blocks(left), "added": _blocks(right)}
    found: list[Change] = []
    for gone, new in _aligned(left.nodes, right.nodes, _key):
        if gone and new and len(gone) == len(new) and _key(gone[0]) == _key(new[0]):
            found += [change for pair in zip(gone, new) for change in _field_changes(*pair, common)]
            continue
        pairs, gone, new = _paired(gone, new)
        found += [change for pair in pairs for change in _field_changes(*pair, common)]
        found += _grouped("removed", gone, blocks["removed"])
        found += _grouped("added", new, blocks["added"])
    return found


def _aligned(ours: Sequence[Node], theirs: Sequence[Node], key: Callable[[Node], str]) -> Iterator[tuple[list[Node], list[Node]]]:
    """Yield stretches of two networks that agree by a key, or that stand in each other's place, in order."""
    matcher = SequenceMatcher(None, [key(node) for node in ours], [key(node) for node in theirs], autojunk=False)
    for _, start, stop, other_start, other_stop in matcher.get_opcodes():
        yield list(ours[start:stop]), list(theirs[other_start:other_stop])


def _paired(gone: list[Node], new: list[Node]) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """Return the nodes of two stretches that are the same under other names, and what is left: those of one op and shape, else of one op."""
    for key in (_op_and_shape, _op_name):
        pairs, left, right = _alike(gone, new, key)
        if 2 * len(pairs) > max(len(gone), len(new)):
            return pairs, left, right
    return [], gone, new


def _alike(gone: list[Node], new: list[Node], key: Callable[[Node], str]) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    pairs: list[tuple[Node, Node]] = []
    left: list[Node] = []
    right: list[Node] = []
    for ours, theirs in _aligned(gone, new, key) if gone and new else ():
        if ours and theirs and key(ours[0]) == key(theirs[0]):
            pairs += zip(ours, theirs)
        else:
            left += ours
            right += theirs
    return pairs, left, right


def _op_and_shape(node: Node) -> str:
    return f"{node.op.name} {node.shape}"


def _op_name(node: Node) -> str:
    return node.op.name


def _key(node: Node) -> str:
    return f"{node.name} {node.op.name}"


def _field_changes(old: Node, new: Node, common: set[str]) -> list[Change]:
    """Return what changed in a node; another operand counts only when both networks have both, else it follows from what came or went."""
    before, after = _fields(old), _fields(new)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    parts = [f"{name}: {_text(before.get(name))} -> {_text(after.get(name))}" for name in names if name != "init"]
    took, takes = [each.name for each in old.inputs], [each.name for each in new.inputs]
    if took != takes and common.issuperset((*took, *takes)):
        parts.append(f"takes {', '.join(took)} -> {', '.join(takes)}")
    return [Change("changed", old.name, "; ".join(parts))] if parts else []


def _fields(node: Node) -> dict[str, Any]:
    fields = node.op.changed()
    return {"shape": str(node.shape), **fields} if node.op.name == "input" else fields


def _text(value: Any) -> str:
    return "default" if value is None else str(value)


def _blocks(graph: Graph) -> dict[str, list[Node]]:
    """Return the nodes of every block by its name."""
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for prefix in _prefixes(node.name):
            members.setdefault(prefix, []).append(node)
    return members


def _grouped(kind: Literal["added", "removed"], nodes: list[Node], blocks: dict[str, list[Node]]) -> list[Change]:
    """Return a change for every node, but one for a whole block of which every node is new or gone."""
    left = set(nodes)
    found: list[Change] = []
    for node in nodes:
        if node not in left:
            continue
        whole = next((prefix for prefix in _prefixes(node.name) if left.issuperset(blocks[prefix])), None)
        part = blocks[whole] if whole else [node]
        left.difference_update(part)
        found.append(Change(kind, whole or node.name, _summary(part)))
    return found


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")[:-1]
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _summary(nodes: list[Node]) -> str:
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.op.name] = counts.get(node.op.name, 0) + 1
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in counts.items())
