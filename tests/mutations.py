"""Strategies that draw wrong documents, by mutation of right ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]


def nested(depth: int) -> Any:
    """Return a list in a list in a list."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


WILD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    7,
    10**9,
    10**12,
    1 << 62,
    10**30,
    -(10**18),
    0.5,
    3.0,
    1e308,
    -1e-308,
    "",
    "0",
    "on",
    "no",
    "010",
    "a b",
    "\u00e4",
    "\0",
    "x" * 3000,
    "relu",
    "conv",
    "add",
    "concat",
    "unit",
    "input",
    "x",
    "i",
    "skip",
    "$x",
    "$",
    "$$",
    "${x}",
    "$(",
    "$()",
    "$(x)",
    "$(1 // 0)",
    "$(9**9**9)",
    "$(2 ** 200)",
    "$([1] * 10000)",
    "$([[1] * 100] * 100)",
    "$(range(10000))",
    "$(input)",
    "$([input] * 9)",
    "$(in_height)",
    "$(in_channels * 10 ** 9)",
    "$(x.y)",
    "$(lambda: 1)",
    "$(" + "(" * 200 + ")" * 201,
    "$(" + "-" * 300 + "1)",
    "$(" + "1+" * 250 + "1)",
    "$(not " * 40,
    [],
    {},
    [[]],
    [[[]]],
    nested(30),
    nested(70),
    [1] * 3000,
    [None],
    ["relu"] * 50,
    {"x": 1},
    {"choice": [1, 2, 3]},
    {"choice": []},
    {"choice": ["relu", "tanh"], "times": 3},
    {"int": [1, 4]},
    {"int": [4, 1]},
    {"int": [1, 10**18]},
    {"float": [0, 1], "log": True},
    {"choice": {"options": [1], "weights": [0]}},
    {"relu": None},
    {"conv": 4},
    {"conv": {"out_channels": 10**9}},
    {"repeat": {"times": 10**4, "body": ["relu"]}},
    {"repeat": {"times": 100, "body": [{"repeat": {"times": 100, "body": []}}]}},
    {"unit": None},
    {"branch": {"paths": [[], []], "merge": "concat"}},
    {"branch": {"times": 5000, "path": [], "merge": "concat"}},
    {"as": "x"},
    {"from": "x"},
    {"skip": ["relu"]},
    {"if": True, "then": []},
    {"let": {"x": 1}},
    {"let": {"x": "$(x + x)"}},
    {"where": {"F": ["F"]}},
    {"where": {"F": ["relu"]}},
    "F",
    {"cell": {"nodes": 1000, "edges": {}}},
    {"merge": "add", "from": ["input", "input"]},
    {"flatten": None},
    {"expand": 1000},
    {"upsample": 10**6},
]


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in plain data."""
    found = [at]
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        found += places(value, (*at, key))
    return found


def value_at(data: Any, path: tuple[Any, ...]) -> Any:
    """Return the value at a path."""
    for key in path:
        data = data[key]
    return data


@st.composite
def mutations(draw: Draw, data: Any, most: int = 4) -> Any:
    """Draw a copy of plain data in which some values are deleted, doubled, renamed, exchanged or replaced by wild ones."""
    data = _copy(data)
    for _ in range(draw(st.integers(1, most))):
        path = draw(st.sampled_from(places(data)))
        if not path:
            continue
        parent, key = value_at(data, path[:-1]), path[-1]
        kind = draw(st.sampled_from(["replace", "replace", "delete", "double", "rename", "swap", "insert"]))
        _mutate(draw, kind, data, parent, key)
    return data


def _mutate(draw: Draw, kind: str, data: Any, parent: Any, key: Any) -> None:
    wild = draw(st.sampled_from(WILD))
    if kind == "delete":
        del parent[key]
    elif kind == "double" and isinstance(parent, list):
        parent.insert(key, _copy(parent[key]))
    elif kind == "rename" and isinstance(parent, dict):
        known = [
            "relu",
            "conv",
            "add",
            "skip",
            "x",
            "as",
            "from",
            "when",
            "choice",
            "int",
            "times",
            "over",
            "net",
            "vars",
            "",
            "a b",
            "$x",
            "0->1",
            "1->0",
        ]
        parent[draw(st.sampled_from(known))] = parent.pop(key)
    elif kind == "swap":
        parent[key] = _copy(value_at(data, draw(st.sampled_from(places(data)))))
    elif kind == "insert" and isinstance(parent, dict):
        parent[draw(st.sampled_from(["as", "from", "when", "share", "x", "relu", "conv", "times", "merge", "index", "init", "groups"]))] = _copy(wild)
    elif kind == "insert":
        parent.insert(key, _copy(wild))
    else:
        parent[key] = _copy(wild)


def _copy(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _copy(value) for key, value in data.items()}
    return [_copy(each) for each in data] if isinstance(data, list) else data


PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b": ",
    b",",
    b"- ",
    b"\n",
    b"\n  ",
    b"#",
    b"&a ",
    b"*a",
    b"!!int ",
    b"---\n",
    b"...\n",
    b"$(",
    b")",
    b"'",
    b'"',
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3\xa4",
    b"?",
    b"|",
    b">",
    b"%",
    b"@",
    b"<<",
    b"~",
    b"null",
    b"1e999",
    b"0x",
    b".nan",
    b"\xe2\x80\xa8",
    b"\r",
    b"\\",
]


@st.composite
def damaged(draw: Draw, data: bytes, most: int = 5) -> bytes:
    """Draw bytes in which some stretches are deleted, doubled, moved, or have something inserted."""
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.integers(0, 30)))
        kind = draw(st.sampled_from(["delete", "insert", "double", "move", "noise"]))
        if kind == "delete":
            data = data[:start] + data[stop:]
        elif kind == "insert":
            data = data[:start] + draw(st.sampled_from(PIECES)) * draw(st.sampled_from([1, 1, 1, 2, 80])) + data[start:]
        elif kind == "double":
            data = data[:stop] + data[start:stop] + data[stop:]
        elif kind == "move":
            piece, rest = data[start:stop], data[:start] + data[stop:]
            to = draw(st.integers(0, len(rest)))
            data = rest[:to] + piece + rest[to:]
        else:
            data = data[:start] + draw(st.binary(min_size=1, max_size=8)) + data[stop:]
    return data


ATOMS = [
    "0",
    "1",
    "2",
    "-3",
    "7",
    "0.5",
    "1e300",
    "4611686018427387903",
    "true",
    "false",
    "null",
    '"x"',
    '""',
    "[]",
    "[1, 2, 3]",
    "[[1], 2]",
    "n",
    "f",
    "s",
    "items",
]
BINARY = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
CALLS = [
    "min({0}, {1})",
    "max({0})",
    "len({0})",
    "sum({0})",
    "abs({0})",
    "int({0})",
    "round({0})",
    "round({0}, {1})",
    "floor({0})",
    "ceil({0})",
    "range({0})",
    "range({0}, {1})",
    "range({0}, {1}, {2})",
    "{0}[{1}]",
    "{0}[{1}:{2}]",
    "{0}[:{1}]",
    "{0}[::{1}]",
    "[{0}, {1}]",
    "({0} if {1} else {2})",
    "not {0}",
    "-{0}",
]


def expressions() -> st.SearchStrategy[str]:
    """Draw bodies of expressions that follow the grammar; most of them have a value, the others should have a message."""

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        binary = st.builds(str.format, st.just("({} {} {})"), inner, st.sampled_from(BINARY), inner)
        return binary | st.builds(str.format, st.sampled_from(CALLS), inner, inner, inner)

    return st.recursive(st.sampled_from(ATOMS), larger, max_leaves=12)
