"""The columns of a cost table, and the table as CSV, Markdown and data for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archdsl.analysis.cost import Cost, Count, kind_of
from archdsl.analysis.memory import measure_memory
from archdsl.analysis.profile import Profile, profile_of, profiles, total_traffic
from archdsl.analysis.table import By, Row, rows_of
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node

_UNITS = ("", " k", " M", " G", " T", " P", " E")

Number = Callable[[int], str]
"""Writes a whole number."""


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


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        key: Its name for programs: the head in CSV.
        head: Its name for people.
        value: What it says of a row of a network's table.
        digits: Digits behind the point, of a share or a ratio; None where the value is written as it is.
    """

    key: str
    head: str
    value: Callable[[Row, Cost], Any]
    digits: int | None = None

    @property
    def is_number(self) -> bool:
        """Whether it stands to the right."""
        return self.key not in ("name", "op", "output")

    def shown(self, row: Row, cost: Cost, number: Number) -> str:
        """Return a cell for people."""
        value = self.value(row, cost)
        if isinstance(value, float):
            return f"{value:.{self.digits}%}" if self.key.endswith("share") else f"{value:.{self.digits}f}"
        return number(value) if isinstance(value, int) else "" if value is None else str(value)

    def plain(self, row: Row, cost: Cost) -> str:
        """Return a cell for programs: plain numbers, shares from 0 to 1, empty where there is nothing to say."""
        value = self.value(row, cost)
        return f"{value:.6f}" if isinstance(value, float) else "" if value is None else str(value)


def share_of(count: Count, cost: Cost) -> float:
    """Return the share of the multiply-adds that falls to a row, from 0 to 1; that of the parameters where nothing is multiplied."""
    if cost.macs:
        return count.macs / cost.macs
    return count.params / cost.params if cost.params else 0.0


def _weights_share(row: Row, cost: Cost) -> float:
    return row.count.weights / cost.weights if cost.weights else 0.0


def _field(row: Row, _: Cost) -> int | str | None:
    extent = row.profile.extent
    return None if extent is None else "all" if extent.field is None else extent.field


def _stride(row: Row, _: Cost) -> str | None:
    extent = row.profile.extent
    return str(extent.stride) if extent is not None and extent.stride else None


def _columns(digits: int) -> tuple[Column, ...]:
    return (
        Column("params", "params", lambda row, _: row.count.params),
        Column("weights", "weights", lambda row, _: row.count.weights),
        Column("weights_share", "of weights", _weights_share, digits),
        Column("macs", "MACs", lambda row, _: row.count.macs),
        Column("share", "share", lambda row, cost: share_of(row.count, cost), digits),
        Column("flops", "FLOPs", lambda row, _: row.count.flops),
        Column("activations", "activations", lambda row, _: row.count.activations),
        Column("traffic", "bytes moved", lambda row, _: row.profile.traffic),
        Column("intensity", "FLOPs per byte", lambda row, _: row.profile.intensity, 1),
    )


_NAME = Column("name", "name", lambda row, _: row.label)
_OP = Column("op", "op", lambda row, _: row.what)
_OUTPUT = Column("output", "output", lambda row, _: row.output)
_BACK = (Column("field", "field", _field), Column("stride", "stride", _stride))
_MAIN = ("params", "macs", "share")
_SHOWN = {"node": ("field", "stride", "traffic", "intensity", *_MAIN), "kind": ("params", "weights", "weights_share", "macs", "share")}


def columns_of(by: By, wide: bool = False) -> tuple[Column, ...]:
    """Return the columns of a table, or the main ones.

    >>> [column.head for column in columns_of("kind")]
    ['kind', 'nodes', 'params', 'weights', 'of weights', 'MACs', 'share']
    """
    if by == "kind":
        named: tuple[Column, ...] = (Column("name", "kind", _NAME.value), Column("nodes", "nodes", lambda row, _: row.count.nodes))
        counted = _columns(2)
    else:
        named = (Column("name", "stage" if by == "stage" else "name", _NAME.value), _OP, _OUTPUT)
        counted = (*_BACK, *_columns(1))
    return named + tuple(column for column in counted if wide or column.key in _SHOWN.get(by, _MAIN))


def cells_of(row: Row, cost: Cost, columns: Sequence[Column], number: Number = "{:,}".format) -> list[str]:
    """Return a row's cells as text for people."""
    return [column.shown(row, cost, number) for column in columns]


def to_csv(rows: Iterable[Row], cost: Cost, by: By) -> str:
    """Return a table with all its columns as CSV: full names, plain numbers, shares from 0 to 1."""
    columns = columns_of(by, wide=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.key for column in columns)
    writer.writerows([row.name, *(column.plain(row, cost) for column in columns[1:])] for row in rows)
    return text.getvalue()


def to_markdown(rows: Iterable[Row], cost: Cost, by: By, wide: bool = False) -> str:
    """Return a table as Markdown, with its total in the last row."""
    columns = columns_of(by, wide)
    lines = [[column.head for column in columns], ["---:" if column.is_number else "---" for column in columns]]
    lines += [["\N{NO-BREAK SPACE}" * 2 * row.level + f"`{row.label}`", *cells_of(row, cost, columns)[1:]] for row in rows]
    lines.append(["**total**", *cells_of(total_row(cost), cost, columns)[1:]])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def total_row(cost: Cost) -> Row:
    """Return the row of everything."""
    return Row("total", "total", 0, "", "", cost.total, Profile(total_traffic(cost), cost.flops))


# --- data ---------------------------------------------------------------------------------------------------------------------------------


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
    for table in dict.fromkeys(("kind", by)):
        found[f"by_{table}"] = _blocks(cost) if table == "block" else {row.name: _counts(row.count, row.profile) for row in rows_of(cost, table)}
    if by == "node":
        for row, node in zip(found["by_node"].values(), cost.counted):
            row |= {"kind": kind_of(node), **_tensors(node)}
    return found


def _counts(count: Count, profile: Profile) -> dict[str, Any]:
    return {**count.as_dict(), **profile.as_dict()}


def _blocks(cost: Cost) -> dict[str, Any]:
    """Return the counts of every block, at every depth."""
    members: dict[str, list[Profile]] = {}
    for name, profile in zip(cost.by_node, profiles(cost)):
        while name := name.rpartition(".")[0]:
            members.setdefault(name, []).append(profile)
    return {name: _counts(count, profile_of(members[name])) for name, count in cost.by_block.items()}


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
