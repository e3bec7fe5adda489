"""Costs as rows, by node, block, stage or kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from archdsl.analysis.cost import Cost, Count, kind_of, stage_of, total_of
from archdsl.analysis.profile import Profile, profile_of, profiles
from archdsl.ir.graph import Node

By = Literal["node", "block", "stage", "kind"]
DEPTH = 2
"""How many levels of blocks a table opens."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes:
        name: The full name of the node, the block or the kind.
        label: The name as it stands in the table, without those of the blocks around it.
        level: How deep it is indented.
        what: The op with its main fields, or what a block holds.
        output: The shape of the result; empty for a kind.
        count: What it costs.
        profile: What running it takes beside that: the sum, and how far the last value looks back; a kind has no last value.
    """

    name: str
    label: str
    level: int
    what: str
    output: str
    count: Count
    profile: Profile


def rows_of(cost: Cost, by: By = "block", *, depth: int = DEPTH, fold: bool = False) -> list[Row]:
    """Return the rows of a table.

    Args:
        cost: What :func:`~archdsl.analysis.cost.analyze` returned.
        by: One row for each node, block, stage or kind. A stage is everything of one resolution.
        depth: How many levels of rows there are; a block that holds no others stays closed, and networks are a level of their own.
        fold: Give neighbouring blocks that hold and cost the same one row, and leave it closed.

    >>> import archdsl
    >>> from archdsl.analysis.cost import analyze
    >>> arch = archdsl.load('''
    ... archdsl: 1
    ... input: [3, 32, 32]
    ... net: [{seq: [{conv: {out_channels: 16, kernel_size: 3, stride: 2}}, batch_norm], as: stem}, flatten, {linear: 10}]
    ... ''')
    >>> for row in rows_of(analyze(arch)):
    ...     print(row.name, "|", row.what, "|", row.output, "|", row.count.params)
    input | input | (3, 32, 32) | 0
    stem | conv, batch_norm | (16, 16, 16) | 464
    flatten | flatten | (4096) | 0
    linear | linear, 10 | (10) | 40970
    """
    if by == "node":
        return _node_rows(cost)
    if by == "kind":
        return _kind_rows(cost)
    if by == "stage":
        return _stage_rows(cost)
    return list(_block_rows(_tree(cost), 0, depth + bool(cost.networks), _Measured(cost, dict(zip(cost.counted, profiles(cost))), fold)))


@dataclass(frozen=True, slots=True)
class _Measured:
    """What rows of blocks are made from."""

    cost: Cost
    profiles: Mapping[Node, Profile]
    fold: bool


# --- rows ---------------------------------------------------------------------------------------------------------------------------------


def _node_rows(cost: Cost) -> list[Row]:
    found = zip(cost.by_node.items(), cost.counted, profiles(cost))
    return [Row(name, name, 0, describe_node(node), str(node.shape), count, profile) for (name, count), node, profile in found]


def _stage_rows(cost: Cost) -> list[Row]:
    members: dict[str, dict[Node, Profile]] = {}
    for prefix, part in (cost.networks or {"": cost}).items():
        for node, profile in zip(part.counted, profiles(part)):
            members.setdefault(f"{prefix} {stage_of(node)}".strip(), {})[node] = profile
    return [Row(name, name, 0, *_group(list(members[name])), count, profile_of(members[name].values())) for name, count in cost.by_stage.items()]


def _group(nodes: Sequence[Node]) -> tuple[str, str]:
    """Return what nodes hold, and the shape of the last."""
    return _contents(nodes), str(nodes[-1].shape)


def _kind_rows(cost: Cost) -> list[Row]:
    members: dict[str, list[Profile]] = {}
    for node, profile in zip(cost.counted, profiles(cost)):
        members.setdefault(kind_of(node), []).append(replace(profile, extent=None))
    kinds = sorted(cost.by_kind.items(), key=lambda pair: (-pair[1].macs, -pair[1].params, -pair[1].nodes))
    return [Row(kind, kind, 0, f"{count.nodes:,}", "", count, profile_of(members[kind])) for kind, count in kinds]


def describe_node(node: Node) -> str:
    """Return an op with the fields that matter, as papers write it: ``conv 7x7, 64, /2``."""
    words = [kind_of(node)]
    for name, value in node.op.changed().items():
        if name in ("kernel_size", "init") or value is None:
            continue
        words.append(_field(name, value))
    return ", ".join(words)


def _field(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return name if value else f"no {name}"
    text = f"{value:.4g}" if isinstance(value, float) else str(list(value) if isinstance(value, tuple) else value)
    if name in ("out_channels", "out_features", "shape", "output_size", "stride"):
        sizes = "x".join(map(str, value)) if isinstance(value, tuple) else text
        return f"/{sizes}" if name == "stride" else sizes
    return f"{name} {text}"


# --- blocks -------------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tree:
    """A block and what is in it, in order: blocks under their label and a dot, nodes under their label."""

    name: str
    parts: dict[str, _Tree] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    leaf: bool = False


def _tree(cost: Cost) -> _Tree:
    root = _Tree("")
    for name, node in zip(cost.by_node, cost.counted):
        tree = root
        *blocks, last = name.split(".")
        for block in blocks:
            tree.nodes.append(node)
            inner = f"{tree.name}.{block}" if tree.name else block
            tree = tree.parts.setdefault(block + ".", _Tree(inner))
        tree.nodes.append(node)
        tree.parts[last] = _Tree(name, nodes=[node], leaf=True)
    return root


def _block_rows(tree: _Tree, level: int, depth: int, measured: _Measured) -> Iterator[Row]:
    for same in _neighbours(tree, level, measured):
        part, row = same[0]
        if len(same) > 1:
            yield _fold([row for _, row in same])
            continue
        yield row
        if level + 1 < depth and (part.name in measured.cost.networks or not all(each.leaf for each in part.parts.values())):
            yield from _block_rows(part, level + 1, depth, measured)


def _neighbours(tree: _Tree, level: int, measured: _Measured) -> Iterator[list[tuple[_Tree, Row]]]:
    """Return what is in a block, in order; where rows fold, neighbours that hold and cost the same stand together."""
    around = f"{tree.name}." if tree.name else ""
    pairs = [(part, _block_row(part, part.name.removeprefix(around), level, measured)) for part in map(_innermost, tree.parts.values())]
    if not measured.fold:
        return ([pair] for pair in pairs)
    return (list(same) for _, same in groupby(pairs, key=lambda pair: _likeness(pair[1])))


def _block_row(part: _Tree, label: str, level: int, measured: _Measured) -> Row:
    last = part.nodes[-1]
    what = describe_node(last) if part.leaf else _contents(part.nodes)
    count = (measured.cost.by_node if part.leaf else measured.cost.by_block)[part.name]
    profile = profile_of(measured.profiles[node] for node in part.nodes)
    return Row(part.name, label, level, what, str(last.shape), count, profile)


def _likeness(row: Row) -> tuple[object, ...]:
    """Return what rows must have in common to be one: all but their names' numbers."""
    return row.what, row.output, row.count, re.sub(r"\d+", "", row.label).rstrip("_")


def _innermost(tree: _Tree) -> _Tree:
    """Enter a block that holds nothing but another one."""
    while len(tree.parts) == 1:
        tree = next(iter(tree.parts.values()))
    return tree


def _contents(nodes: Iterable[Node], shown: int = 4) -> str:
    """Return the ops of a block, the most frequent first: ``4 conv, 4 batch_norm, add``."""
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.op.name] = counts.get(node.op.name, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    words = [f"{count} {name}" if count > 1 else name for name, count in ordered[:shown]]
    return ", ".join(words + (["..."] if len(ordered) > shown else []))


def _fold(rows: Sequence[Row]) -> Row:
    first, last = rows[0], rows[-1]
    what = f"{len(rows)} x ({first.what})"
    count, profile = total_of(row.count for row in rows), profile_of(row.profile for row in rows)
    return replace(first, label=range_label(first.label, last.label), what=what, count=count, profile=profile)


def range_label(first: str, last: str) -> str:
    """Return a label for several.

    >>> range_label("i1.bottleneck", "i5.bottleneck"), range_label("block", "block_12")
    ('i1-5.bottleneck', 'block ... block_12')
    """
    ours, theirs = re.split(r"(\d+)", first), re.split(r"(\d+)", last)
    differing = [number for number, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]]
    if len(ours) != len(theirs) or len(differing) != 1:
        return f"{first} ... {last}"
    (number,) = differing
    return "".join([*ours[:number], f"{ours[number]}-{theirs[number]}", *ours[number + 1 :]])
