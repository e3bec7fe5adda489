"""Local names in generated source: which variable holds which value or container, and for how long."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archdsl.ir.graph import Graph, Node

RESERVED = frozenset(("self", "torch", "nn", "F", "math"))


def class_name(name: str) -> str:
    """Return a class name made from the name of a network.

    >>> class_name("wrn-28-10"), class_name("x; import os"), class_name("2nd")
    ('Wrn2810', 'XImportOs', 'Net2nd')
    """
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[0].upper() + word[1:] for word in words)[:60]
    return joined if joined[:1].isalpha() else f"Net{joined}"


class Values:
    """Variables for the values of a graph: a name is taken again as soon as its value is needed no more."""

    def __init__(self, graph: Graph, taken: Iterable[str]) -> None:
        self._taken = {*taken, *RESERVED}
        self._inputs = set(graph.inputs)
        self._names: dict[Node, str] = {}
        self._free: set[str] = set()
        self._made = 0
        self._last = _last_uses(graph)
        for node in graph.inputs:
            self._names[node] = self._own(node.name)

    def _own(self, wanted: str) -> str:
        name = wanted
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def of(self, node: Node) -> str:
        """Return the variable that holds a value."""
        return self._names[node]

    def ends(self, operand: Node, step: int) -> bool:
        """Tell whether nobody needs a value after a step; the inputs belong to the caller."""
        return self._last[operand] == step and operand not in self._inputs

    def assign(self, node: Node, step: int, dying: list[Node]) -> tuple[str, list[str]]:
        """Return the variable for a result, and the variables to delete after it: those of ``dying`` that it does not take over."""
        freed = [self._names[operand] for operand in dying]
        self._free |= set(freed)
        name = freed[0] if freed else min(self._free, key=lambda each: (len(each), each), default="") or self._fresh()
        self._free.discard(name)
        self._names[node] = name
        unused = self._last[node] < 0
        if unused:
            self._free.add(name)
        return name, [each for each in freed if each != name] + ([name] if unused else [])

    def _fresh(self) -> str:
        while True:
            name = f"x{self._made}" if self._made else "x"
            self._made += 1
            if name not in self._taken:
                return name


def _last_uses(graph: Graph) -> dict[Node, int]:
    """Return for every value the number of the node that uses it last; past the end for outputs, -1 for values that nobody uses."""
    last = dict.fromkeys(graph.nodes, -1)
    for step, node in enumerate(graph.nodes):
        for operand in node.inputs:
            last[operand] = step
    last.update(dict.fromkeys(graph.outputs, len(graph.nodes)))
    return last


class Containers:
    """Variables for the modules that hold others, so that a forward pass looks each up once."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._children: dict[str, set[str]] = {}
        for module in modules:
            while "." in module:
                parent, _, child = module.rpartition(".")
                self._children.setdefault(parent, set()).add(child)
                module = parent
        self._open: list[tuple[str, str]] = []

    def names(self) -> set[str]:
        """Return every name that a container's variable may have."""
        return {path.rpartition(".")[2] for path in self._children}

    def above(self, module: str) -> list[str]:
        """Return the paths of the containers that hold a module, outermost first."""
        parent = module.rpartition(".")[0]
        return _prefixes(parent) if parent else []

    def reach(self, module: str, taken: Iterable[str]) -> tuple[list[str], str]:
        """Return the assignments that have to be made first, and the expression for a module."""
        parent, _, last = module.rpartition(".")
        if not parent:
            return [], f"self.{last}"
        while self._open and not (parent + ".").startswith(self._open[-1][0] + "."):
            self._open.pop()
        lines = []
        for path in _prefixes(parent):
            if any(path == other for other, _ in self._open) or (path != parent and len(self._children[path]) < 2):
                continue
            above, held = self._open[-1] if self._open else ("", "self")
            rest = path[len(above) + 1 :] if above else path
            name = self._name(path, taken)
            lines.append(f"{name} = {held}.{rest}")
            self._open.append((path, name))
        return lines, f"{self._open[-1][1]}.{last}"

    def _name(self, path: str, taken: Iterable[str]) -> str:
        name = path.rpartition(".")[2]
        used = {held for _, held in self._open} | RESERVED | set(taken)
        while name in used:
            name += "_"
        return name


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]
