"""Costs as rows, by node, block, stage or kind, and their text as CSV and Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from archdsl.analysis.cost import Cost, Count, kind_of, stage_of, total_of
from archdsl.analysis.memory import measure_memory
from archdsl.analysis.profile import Profile, profiles, total_traffic
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node

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
        profile: What running it takes beside that; of nodes only.
    """

    name: str
    label: str
    level: int
    what: str
    output: str
    count: Count
    profile: Profile | None = None


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
    return list(_block_rows(_tree(cost), 0, depth + bool(cost.networks), cost, fold))


def share_of(count: Count, cost: Cost) -> float:
    """Return the share of the multiply-adds that falls to a row, from 0 to 1; that of the parameters where nothing is multiplied."""
    if cost.macs:
        return count.macs / cost.macs
    return count.params / cost.params if cost.params else 0.0


# --- rows ---------------------------------------------------------------------------------------------------------------------------------


def _node_rows(cost: Cost) -> list[Row]:
    found = zip(cost.by_node.items(), cost.counted, profiles(cost))
    return [Row(name, name, 0, describe_node(node), str(node.shape), count, profile) for (name, count), node, profile in found]


def _stage_rows(cost: Cost) -> list[Row]:
    members: dict[str, list[Node]] = {}
    for prefix, part in (cost.networks or {"": cost}).items():
        for node in part.counted:
            members.setdefault(f"{prefix} {stage_of(node)}".strip(), []).append(node)
    return [Row(name, name, 0, _contents(members[name]), str(members[name][-1].shape), count) for name, count in cost.by_stage.items()]


def _kind_rows(cost: Cost) -> list[Row]:
    kinds = sorted(cost.by_kind.items(), key=lambda pair: (-pair[1].macs, -pair[1].params, -pair[1].nodes))
    return [Row(kind, kind, 0, f"{count.nodes:,}", "", count) for kind, count in kinds]


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


def _block_rows(tree: _Tree, level: int, depth: int, cost: Cost, fold: bool) -> Iterator[Row]:
    for same in _neighbours(tree, level, cost, fold):
        part, row = same[0]
        if len(same) > 1:
            yield _fold([row for _, row in same])
            continue
        yield row
        if level + 1 < depth and (part.name in cost.networks or not all(each.leaf for each in part.parts.values())):
            yield from _block_rows(part, level + 1, depth, cost, fold)


def _neighbours(tree: _Tree, level: int, cost: Cost, fold: bool) -> Iterator[list[tuple[_Tree, Row]]]:
    """Return what is in a block, in order; with ``fold`` neighbours that hold and cost the same stand together."""
    around = f"{tree.name}." if tree.name else ""
    pairs = []
    for part in map(_innermost, tree.parts.values()):
        what = describe_node(part.nodes[0]) if part.leaf else _contents(part.nodes)
        count = cost.by_node[part.name] if part.leaf else cost.by_block[part.name]
        pairs.append((part, Row(part.name, part.name.removeprefix(around), level, what, str(part.nodes[-1].shape), count)))
    if not fold:
        return ([pair] for pair in pairs)
    return (list(same) for _, same in groupby(pairs, key=lambda pair: _likeness(pair[1])))


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
    return replace(first, label=range_label(first.label, last.label), what=f"{len(rows)} x ({first.what})", count=total_of(row.count for row in rows))


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


# --- text ---------------------------------------------------------------------------------------------------------------------------------

_UNITS = ("", " k", " M", " G", " T", " P", " E")


def human(number: float) -> str:
    """Return a number with three digits and a unit.

    >>> human(25557032), human(4089184256), human(999), human(999999)
    ('25.6 M', '4.09 G', '999', '1.00 M')
    """
    size, unit = float(number), 0
    while abs(size) >= 999.5 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    if not unit:
        return str(number)
    decimals = 2 if abs(size) < 9.995 else 1 if abs(size) < 99.95 else 0
    return f"{size:.{decimals}f}{_UNITS[unit]}"


def heads_of(by: By) -> tuple[str, ...]:
    """Return the heads of a table's columns."""
    first = {"kind": ("kind", "nodes"), "stage": ("stage", "op", "output"), "node": ("name", "op", "output", *PROFILED)}
    return (*first.get(by, ("name", "op", "output")), "params", "macs", "share")


def cells_of(row: Row, cost: Cost, by: By, number: Callable[[int], str] = "{:,}".format) -> list[str]:
    """Return a row's cells as text, as many as there are heads."""
    names = [row.label, row.what] if by == "kind" else [row.label, row.what, row.output]
    profile = _profile_cells(row, cost, number) if by == "node" else []
    return [*names, *profile, number(row.count.params), number(row.count.macs), f"{share_of(row.count, cost):.1%}"]


PROFILED = ("field", "stride", "bytes moved", "FLOPs per byte")
"""The columns that only nodes have: receptive field and stride against the input, memory traffic, arithmetic intensity."""


def _profile_cells(row: Row, cost: Cost, number: Callable[[int], str]) -> list[str]:
    profile = row.profile
    if profile is None:
        traffic = total_traffic(cost)
        return ["", "", number(traffic), f"{cost.flops / traffic if traffic else 0:.1f}"]
    field, stride = profile.extent.field, profile.extent.stride
    return ["all" if field is None else number(field), str(stride) if stride else "", number(profile.traffic), f"{profile.intensity:.1f}"]


def to_csv(rows: Iterable[Row], cost: Cost, by: By) -> str:
    """Return a table as CSV: full names, plain numbers, shares from 0 to 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads_of(by))
    for row in rows:
        cells = cells_of(row, cost, by, str)
        writer.writerow([row.name, *cells[1:-1], f"{share_of(row.count, cost):.6f}"])
    return text.getvalue()


def to_markdown(rows: Iterable[Row], cost: Cost, by: By) -> str:
    """Return a table as Markdown, with its total in the last row."""
    heads = heads_of(by)
    numbers = len(heads) - (1 if by == "kind" else 3)
    lines = [list(heads), ["---"] * (len(heads) - numbers) + ["---:"] * numbers]
    lines += [["\N{NO-BREAK SPACE}" * 2 * row.level + f"`{row.label}`", *cells_of(row, cost, by)[1:]] for row in rows]
    total = Row("total", "total", 0, f"{cost.nodes:,}" if by == "kind" else "", "", cost.total)
    lines.append(["**total**", *cells_of(total, cost, by)[1:]])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def to_data(arch: Architecture, cost: Cost, by: By) -> dict[str, Any]:
    """Return a cost as plain data for JSON: totals, shapes, ``by_kind``, and ``by_node``, ``by_block`` or ``by_stage`` where asked for."""
    found: dict[str, Any] = {"name": arch.name, **cost.total.as_dict()}
    if len(arch.graphs) == 1:
        found |= _shapes(arch.graph)
    else:
        parts = arch.graphs.items()
        found["output"] = None
        found["networks"] = {name: {**cost.networks[name].total.as_dict(), **_shapes(graph)} for name, graph in parts}
    found["traffic"] = total_traffic(cost)
    tables = {"by_kind": cost.by_kind, f"by_{by}": getattr(cost, f"by_{by}")}
    found |= {key: {name: count.as_dict() for name, count in counts.items()} for key, counts in tables.items()}
    if by == "node":
        for row, node, profile in zip(found["by_node"].values(), cost.counted, profiles(cost)):
            row |= {"kind": kind_of(node), **_tensors(node), **profile.as_dict()}
    return found


def _tensors(node: Node) -> dict[str, Any]:
    """Return the shapes of a node's operands, result and parameters."""
    parameters = node.op.parameters(*node.shapes())
    return {
        "inputs": [list(shape.dims) for shape in node.shapes()],
        "output": list(node.shape.dims),
        "parameters": {name: list(shape) for name, shape in parameters.items()},
    }


def _shapes(graph: Graph) -> dict[str, Any]:
    """Return the shapes of inputs by name, and that of the output, of several a list; and the memory in bytes for one sample."""
    outputs = [list(node.shape.dims) for node in graph.outputs]
    inputs = {node.name: list(node.shape.dims) for node in graph.inputs}
    return {"inputs": inputs, "output": outputs[0] if len(outputs) == 1 else outputs, "memory": asdict(measure_memory(graph))}
