"""The graph as text that reads back: for tests, diffs, documentation and bug reports.

One line a node: ``name = op(operands) {fields} : kind(sizes)``; shared parameters show as ``name@owner``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import KINDS, Shape


def print_graph(graph: Graph) -> str:
    """Return the text form of a graph.

    >>> from archdsl.ir.text import parse_graph
    >>> text = '''graph "tiny"
    ... input = input() : map(3, 8, 8)
    ... conv = conv(input) {"out_channels": 4, "kernel_size": 3} : map(4, 8, 8)
    ... output conv
    ... '''
    >>> print_graph(parse_graph(text)) == text
    True
    """
    lines = [f"graph {json.dumps(graph.name)}"]
    lines += [_line(node) for node in graph.nodes]
    lines += ["output " + ", ".join(node.name for node in graph.outputs)]
    return "\n".join(lines) + "\n"


def _line(node: Node) -> str:
    owner = "" if node.owns_module else f"@{node.module}"
    fields = {name: _plain(value) for name, value in node.op.changed().items()}
    braces = f" {json.dumps(fields)}" if fields else ""
    operands = ", ".join(operand.name for operand in node.inputs)
    sizes = ", ".join(map(str, node.shape.dims))
    return f"{node.name}{owner} = {node.op.name}({operands}){braces} : {node.shape.kind}({sizes})"


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value


_NAME = r"[A-Za-z0-9_.]+"
_LINE = re.compile(
    rf"(?P<name>{_NAME})(@(?P<owner>{_NAME}))? = (?P<op>\w+)\((?P<operands>[A-Za-z0-9_., ]*)\)"
    r"( (?P<fields>{.*}))? : (?P<kind>\w+)\((?P<sizes>[0-9, ]+)\)"
)


def parse_graph(text: str, ops: Mapping[str, type[Op]] = OPS) -> Graph:
    """Read the text form back; raise ValueError with the line that is wrong."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or not lines[0].startswith("graph ") or not lines[-1].startswith("output "):
        raise ValueError("a graph starts with `graph` and its name, and ends with `output` and names")
    by_name: dict[str, Node] = {}
    for line in lines[1:-1]:
        node = _parse_line(line, by_name, ops)
        if node.name in by_name:
            raise ValueError(f"`{node.name}` stands twice: {line}")
        by_name[node.name] = node
    nodes = tuple(by_name.values())
    outputs = tuple(_operand(name, by_name, lines[-1]) for name in _names(lines[-1].removeprefix("output ")))
    return Graph(json.loads(lines[0].removeprefix("graph ")), nodes, tuple(node for node in nodes if isinstance(node.op, Input)), outputs)


def _parse_line(line: str, by_name: Mapping[str, Node], ops: Mapping[str, type[Op]]) -> Node:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a node: {line}")
    op_type = Input if match["op"] == "input" else ops.get(match["op"])
    if op_type is None or match["kind"] not in KINDS:
        raise ValueError(f"unknown op or kind: {line}")
    inputs = tuple(_operand(name, by_name, line) for name in _names(match["operands"]))
    shape = Shape(tuple(int(size) for size in match["sizes"].split(",")), match["kind"])
    return Node(match["name"], op_type.model_validate(json.loads(match["fields"] or "{}")), inputs, shape, match["owner"] or match["name"])


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _operand(name: str, by_name: Mapping[str, Node], line: str) -> Node:
    if name not in by_name:
        raise ValueError(f"`{name}` is not defined above: {line}")
    return by_name[name]
