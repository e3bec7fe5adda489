"""The layers of the package: who may import whom, and which packages may be imported where. This list is the architecture document."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "source", "syntax", "extras", "showing", "writing"),
    ("ops",),
    ("spec", "ir"),
    ("expansion",),
    ("passes",),
    ("analysis",),
    ("principles",),
    ("rendering", "backend"),
    ("training",),
    ("searching",),
    ("cli", "archdsl"),
)
"""From left to right. A layer imports only from those to its left; rooms of one layer do not know each other. ``archdsl`` is the package itself."""

FRIENDS = {("source", "errors"), ("source", "syntax"), ("syntax", "errors"), ("extras", "errors"), ("writing", "errors"), ("cli", "archdsl")}
"""Pairs within a layer of which the first may import the second."""

PACKAGES = {
    "torch": {"backend", "training", "searching"},
    "lightning": {"training", "searching"},
    "torchmetrics": {"training", "searching"},
    "optuna": {"searching"},
    "ray": {"searching"},
    "graphviz": {"rendering"},
    "pygraphviz": {"rendering"},
    "yaml": {"source", "spec"},
    "networkx": {"ir", "analysis"},
    "typer": {"cli"},
    "rich": {"cli", "training", "searching"},
}
"""Where heavy or special packages may be imported."""

ONLY_IN_FUNCTIONS = {"networkx"}
"""Packages that are imported only when they are used: the import of networkx takes 0.15 s."""

FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
"""Modules that run what they read."""

EXECUTING = {"backend": 1}
"""How many calls of `exec` each layer may hold; `eval` none."""


def layer_of(module: str) -> str:
    """Return the layer of a module of the package: ``archdsl.ir.graph`` is in ``ir``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in RANKS else "archdsl"


RANKS = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def sources(folder: Path) -> Iterator[tuple[Path, str, ast.Module]]:
    """Yield every file of the package with the name of its module and its syntax tree."""
    for path in sorted((folder / "archdsl").rglob("*.py")):
        relative = path.relative_to(folder)
        parts = list(relative.with_suffix("").parts)
        yield relative, ".".join(parts[:-1] if parts[-1] == "__init__" else parts), ast.parse(path.read_text())


def imports(tree: ast.AST, module: str, package: bool) -> Iterator[tuple[int, str]]:
    """Yield every import in a syntax tree, in functions, too: the line and the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".") if package else module.split(".")[:-1]
                base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
            if base == "archdsl":
                yield from ((node.lineno, f"archdsl.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, base


def violations(folder: Path) -> list[str]:
    """Return a message for every import that goes to the right, or that its layer may not have."""
    found = []
    for path, module, tree in sources(folder):
        own = layer_of(module)
        if own not in RANKS:
            continue
        for line, name in imports(tree, module, path.name == "__init__.py"):
            message = _wrong_import(own, name)
            if message:
                found.append(f"{path.as_posix()}:{line}: {message}")
    return found


def _wrong_import(own: str, name: str) -> str | None:
    package = name.split(".")[0]
    if package == "archdsl":
        other = layer_of(name)
        allowed = other == own or (own, other) in FRIENDS or RANKS[other] < RANKS[own]
        return None if allowed else f"layer `{own}` imports `{name}`, a layer above or beside it"
    if package in FORBIDDEN:
        return f"`{package}` runs what it reads"
    if package in PACKAGES and own not in PACKAGES[package]:
        return f"layer `{own}` imports `{package}`, which only {', '.join(sorted(PACKAGES[package]))} may"
    return None


def outer_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the imports outside functions and of `if TYPE_CHECKING`."""
    stack: list[ast.stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from imports(node, "archdsl", True)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            stack.extend(node.orelse)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)):
            stack.extend(child for child in ast.walk(node) if isinstance(child, (ast.Import, ast.ImportFrom)))


def early_imports(folder: Path) -> list[str]:
    """Return a message for every import of a heavy package that does not wait until it is needed."""
    return [
        f"{path.as_posix()}:{line}: `{name}` is imported before it is used"
        for path, _, tree in sources(folder)
        for line, name in outer_imports(tree)
        if name.split(".")[0] in ONLY_IN_FUNCTIONS
    ]


def executions(folder: Path) -> list[str]:
    """Return the place of every call of `eval` and `exec` beyond those that are allowed."""
    found = []
    left = dict(EXECUTING)
    for path, module, tree in sources(folder):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec")):
                continue
            own = layer_of(module)
            if node.func.id == "exec" and left.get(own):
                left[own] -= 1
                continue
            found.append(f"{path.as_posix()}:{node.lineno}: `{node.func.id}`")
    return found


def test_layers() -> None:
    assert violations(ROOT) == []


def test_heavy_packages_wait() -> None:
    assert early_imports(ROOT) == []


def test_nothing_is_executed_but_in_one_place() -> None:
    assert executions(ROOT) == []


def test_every_room_has_a_layer() -> None:
    rooms = {path.stem for path in (ROOT / "archdsl").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__"} <= set(RANKS)


@pytest.mark.parametrize(
    ("path", "line", "message"),
    [
        ("ir/graph.py", "from archdsl.spec.nodes import Body", "layer `ir` imports `archdsl.spec.nodes`, a layer above or beside it"),
        ("ir/graph.py", "import archdsl.expansion.walk", "layer `ir` imports `archdsl.expansion.walk`, a layer above or beside it"),
        ("spec/nodes.py", "from ..ir.graph import Node", "layer `spec` imports `archdsl.ir.graph`, a layer above or beside it"),
        ("ops/conv.py", "from archdsl import load", "layer `ops` imports `archdsl.load`, a layer above or beside it"),
        ("ops/conv.py", "def f():\n    from archdsl import spec", "layer `ops` imports `archdsl.spec`, a layer above or beside it"),
        ("ops/conv.py", "import torch.nn as nn", "layer `ops` imports `torch`, which only backend, searching, training may"),
        ("spec/nodes.py", "import networkx", "layer `spec` imports `networkx`, which only analysis, ir may"),
        ("backend/weights.py", "import pickle", "`pickle` runs what it reads"),
        ("backend/weights.py", "from archdsl.rendering import render", "layer `backend` imports `archdsl.rendering`, a layer above or beside it"),
    ],
)
def test_a_step_to_the_right_is_found(tmp_path: Path, path: str, line: str, message: str) -> None:
    file = tmp_path / "archdsl" / path
    file.parent.mkdir(parents=True)
    file.write_text(line + "\n")
    number = line.count("\n") + 1
    assert violations(tmp_path) == [f"archdsl/{path}:{number}: {message}"]


@pytest.mark.parametrize("line", ["from archdsl.ops.base import Op", "from archdsl.errors import Span", "from .graph import Node", "import json"])
def test_a_step_to_the_left_is_none(tmp_path: Path, line: str) -> None:
    file = tmp_path / "archdsl" / "ir" / "text.py"
    file.parent.mkdir(parents=True)
    file.write_text(line + "\n")
    assert violations(tmp_path) == []


def test_an_early_import_is_found(tmp_path: Path) -> None:
    file = tmp_path / "archdsl" / "ir" / "paths.py"
    file.parent.mkdir(parents=True)
    file.write_text("def f():\n    import networkx\n\ntry:\n    import networkx as nx\nexcept ImportError:\n    pass\n")
    assert early_imports(tmp_path) == ["archdsl/ir/paths.py:5: `networkx` is imported before it is used"]


def test_an_execution_is_found(tmp_path: Path) -> None:
    file = tmp_path / "archdsl" / "spec" / "values.py"
    file.parent.mkdir(parents=True)
    file.write_text("x = eval('1')\nexec('y = 1')\n")
    assert executions(tmp_path) == ["archdsl/spec/values.py:1: `eval`", "archdsl/spec/values.py:2: `exec`"]
