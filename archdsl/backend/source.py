"""The graph as Python source: the one lowering, which ``compile`` runs and ``export`` ships."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from archdsl.backend.initialization import initialization_lines
from archdsl.backend.lowering.base import Lowered
from archdsl.backend.lowering.catalogue import lower
from archdsl.backend.naming import RESERVED, Containers, Values, class_name
from archdsl.ir.graph import Graph, Input, Node


def write_source(graph: Graph) -> str:
    """Return a Python file with one ``nn.Module`` class that computes the graph; it needs torch and nothing else.

    Modules stand under their hierarchical names, so those are the keys of the state dict. The forward pass deletes every value after its last
    use, and writes over a value where nobody else needs it.

    >>> from archdsl.ir.text import parse_graph
    >>> print(write_source(parse_graph('''graph "tiny"
    ... input = input() : map(3, 8, 8)
    ... stem.conv = conv(input) {"out_channels": 4, "kernel_size": 3} : map(4, 8, 8)
    ... stem.relu = relu(stem.conv) : map(4, 8, 8)
    ... output stem.relu
    ... ''')))
    import torch
    from torch import nn
    from torch.nn import functional as F
    <BLANKLINE>
    <BLANKLINE>
    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Module()
            self.stem.conv = nn.Conv2d(3, 4, 3, padding=1, bias=False)
    <BLANKLINE>
        def forward(self, input):
            stem = self.stem
            x = stem.conv(input)
            x = F.relu(x, inplace=True)
            return x
    <BLANKLINE>
    """
    return write_sources([graph])


def write_sources(graphs: Sequence[Graph]) -> str:
    """Return a Python file with a class for each of several graphs, in order; what they share stands once in front."""
    writers = [_Writer(graph) for graph in graphs]
    helpers = _in_source_order(helper for writer in writers for helper in writer.helpers)
    texts = [inspect.getsource(helper).rstrip() for helper in helpers]
    imports = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F"
    if any("math." in text for text in texts):
        imports = "import math\n\n" + imports
    taken = {*RESERVED, *(helper.__name__ for helper in helpers)}
    classes = [writer.write(_unique(class_name(writer.graph.name), taken)) for writer in writers]
    return "\n\n\n".join([imports, *texts, *classes]) + "\n"


def _unique(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "Net"
    taken.add(name)
    return name


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.lowered = {node: lower(node.op, node.shapes(), node.shape) for node in graph.nodes if not isinstance(node.op, Input)}
        self.owners = [node for node in self.lowered if node.owns_module and self.lowered[node].module is not None]
        self.consumers = graph.consumers()
        self.batched = _batched(graph)
        self.containers = Containers(node.name for node in self.owners)
        self.helpers = _in_source_order(helper for lowered in self.lowered.values() for helper in lowered.uses)
        called = {helper.__name__ for helper in self.helpers}
        self.values = Values(graph, {*self.containers.names(), *called})
        self.taken = {*called, *(self.values.of(each) for each in graph.inputs)}
        self.unpacked: set[Node] = set()

    def write(self, name: str) -> str:
        """Return the class of the graph under a name."""
        return "\n\n".join([f"class {name}(nn.Module):\n{self._init()}", self._forward()])

    def _init(self) -> str:
        lines = ["def __init__(self):", "    super().__init__()"]
        made: set[str] = set()
        for node in self.owners:
            lines += [f"    self.{path} = nn.Module()" for path in self.containers.above(node.name) if path not in made]
            made.update(self.containers.above(node.name))
            lines.append(f"    self.{node.name} = {self.lowered[node].module}")
        lines += [f"    {line}" for node in self.owners for line in initialization_lines(node)]
        return _indented(lines)

    def _forward(self) -> str:
        inputs = ", ".join(self.values.of(node) for node in self.graph.inputs)
        lines = [f"def forward(self, {inputs}):"]
        for step, node in enumerate(self.graph.nodes):
            if not isinstance(node.op, Input):
                lines += [f"    {line}" for line in self._statements(step, node)]
        lines.append("    return " + ", ".join(self._output(node) for node in self.graph.outputs))
        return _indented(lines)

    def _output(self, node: Node) -> str:
        name = self.values.of(node)
        return name if node in self.batched else self._expanded(name, node)

    def _statements(self, step: int, node: Node) -> list[str]:
        lowered = self.lowered[node]
        dying = [operand for operand in dict.fromkeys(node.inputs) if self.values.ends(operand, step)]
        if node in self.unpacked:
            return [f"del {self.values.of(operand)}" for operand in dying]
        siblings = self._siblings(node, lowered)
        if len(siblings) > 1:
            return self._unpack(step, node, siblings, dying)
        lines: list[str] = []
        module = ""
        if lowered.module is not None:
            lines, module = self.containers.reach(node.module, self.taken)
        call = self._call(node, lowered, module, dying)
        name, ended = self.values.assign(node, step, dying)
        if call != name:
            lines.append(f"{name} = {call}")
        return lines + ([f"del {', '.join(ended)}"] if ended else [])

    def _call(self, node: Node, lowered: Lowered, module: str, dying: list[Node]) -> str:
        operands = [self._operand(operand, node, lowered) for operand in node.inputs]
        template = lowered.call
        if lowered.overwrite is not None:
            spare = [number for number, operand in enumerate(node.inputs) if operand in dying and self._is_spare(operand, node)]
            if 0 in spare or (spare and lowered.commutes):
                template = lowered.overwrite
                operands = operands if 0 in spare else operands[::-1]
        return template.format(*operands, m=module, all=", ".join(operands))

    def _operand(self, operand: Node, node: Node, lowered: Lowered) -> str:
        name = self.values.of(operand)
        if operand in self.batched or node not in self.batched or lowered.broadcasts:
            return name
        return self._expanded(name, operand)

    def _expanded(self, name: str, node: Node) -> str:
        """Return a value without a batch of its own, spread over the batch of the first input."""
        axes = ", ".join(["-1"] * len(node.shape.dims))
        return f"{name}.expand({self.values.of(self.graph.inputs[0])}.shape[0], {axes})"

    def _is_spare(self, operand: Node, node: Node) -> bool:
        """Tell whether nobody but ``node`` ever needs the memory of an operand."""
        own = len(self.consumers[operand]) == 1 and not isinstance(operand.op, Input) and self.lowered[operand].fresh
        return own and (operand in self.batched or node not in self.batched)

    def _siblings(self, node: Node, lowered: Lowered) -> dict[int, Node]:
        """Return the nodes that take the slices of the same value, by number; none where two take the same one."""
        if lowered.slices is None:
            return {}
        alike = [each for each in self.consumers[node.inputs[0]] if each.op == node.op.model_copy(update={"index": self._index(each)})]
        found = {self._index(each): each for each in alike}
        return found if len(found) == len(alike) else {}

    def _index(self, node: Node) -> int:
        slices = self.lowered[node].slices
        return slices.index if slices is not None else -1

    def _unpack(self, step: int, node: Node, siblings: dict[int, Node], dying: list[Node]) -> list[str]:
        """Take all slices of a value in one statement, whose backward pass is one concatenation."""
        slices = self.lowered[node].slices
        assert slices is not None
        text = slices.text.format(self.values.of(node.inputs[0]))
        names = [self.values.assign(siblings[index], step, [])[0] if index in siblings else "_" for index in range(slices.count)]
        self.unpacked.update(siblings.values())
        return [f"{', '.join(names)} = {text}", *(f"del {self.values.of(operand)}" for operand in dying)]


def _in_source_order(helpers: Iterable[Callable[..., Any]]) -> list[Callable[..., Any]]:
    """Return helpers, each once, in the order of their definition."""
    return sorted(dict.fromkeys(helpers), key=lambda helper: (inspect.getsourcefile(helper) or "", inspect.getsourcelines(helper)[1]))


def _batched(graph: Graph) -> set[Node]:
    """Return the nodes that depend on an input; the others have a batch axis of size 1."""
    found = set(graph.inputs)
    for node in graph.nodes:
        if any(operand in found for operand in node.inputs):
            found.add(node)
    return found


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" if line else "" for line in lines)
