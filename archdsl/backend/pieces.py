"""Networks in pieces: a module for every block that a document declares, which is what is sharded over machines and recomputed to save memory.

The flat module of :func:`archdsl.backend.compiling.compile_graph` stays the one lowering: each piece is a graph of its own, compiled by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from archdsl.backend.compiling import compile_graph
from archdsl.errors import Diagnostic, UsageError
from archdsl.ir.graph import INPUT, Graph, Group, Input, Node


@dataclass(slots=True)
class Piece:
    """Nodes that are computed together, in order.

    Attributes:
        name: The prefix of the names of a block's nodes; empty for what stands between blocks.
        nodes: The nodes.
        inputs: The values from outside that they take.
        outputs: Their values that are taken outside.
    """

    name: str
    nodes: list[Node]
    inputs: list[Node] = field(default_factory=list)
    outputs: list[Node] = field(default_factory=list)


def cut(graph: Graph) -> list[Piece]:
    """Return a graph in pieces, in order: every outermost call of a block is one, and so is what stands between them.

    Blocks that share weights are one piece with all that stands between them, and no blocks.

    Raises:
        UsageError: If blocks share a value without a batch, so that none can be cut out.
    """
    pieces = _together(_runs(graph))
    home = {node: piece for piece in pieces for node in piece.nodes}
    wanted = set(graph.outputs)
    for node, piece in home.items():
        for operand in node.inputs:
            if home.get(operand) is not piece:
                wanted.add(operand)
                piece.inputs += [operand] if operand not in piece.inputs else []
    for piece in pieces:
        piece.inputs = piece.inputs or list(graph.inputs[:1])  # how many samples there are
        piece.outputs = [node for node in piece.nodes if node in wanted]
    batched = _batched(graph)
    if any(node not in batched for piece in pieces for node in piece.inputs):
        raise UsageError(Diagnostic("E703", f"`{graph.name}` shares a value without a batch between blocks, and cannot be cut into them"))
    return pieces


def _runs(graph: Graph) -> list[Piece]:
    """Return pieces without their inputs and outputs; a value that depends on no input goes to the first that takes it."""
    batched, blocks = _batched(graph), _blocks(graph)
    pieces: list[Piece] = []
    waiting: list[Node] = []
    for node in graph.nodes:
        if isinstance(node.op, Input):
            continue
        if node not in batched:
            waiting.append(node)
            continue
        name = blocks.get(node, "")
        if not pieces or pieces[-1].name != name:
            pieces.append(Piece(name, []))
        ready = _needed([node], waiting)
        pieces[-1].nodes += [*ready, node]
        waiting = [each for each in waiting if each not in ready]
    if waiting:
        pieces = pieces or [Piece("", [])]
        pieces[-1].nodes += waiting
    return pieces


def _together(pieces: list[Piece]) -> list[Piece]:
    """Return pieces none of which borrows weights from another: all from the owner to the last that borrows are put together."""
    owners = {node.name: number for number, piece in enumerate(pieces) for node in piece.nodes if node.owns_module}
    first = list(range(len(pieces)))
    for number, piece in enumerate(pieces):
        owner = min((owners[node.module] for node in piece.nodes if node.module in owners), default=number)
        for between in range(owner, number + 1):
            first[between] = min(first[between], first[owner])
    found: dict[int, Piece] = {}
    for start, piece in zip(first, pieces):
        if start in found:
            found[start] = Piece("", found[start].nodes + piece.nodes)
        else:
            found[start] = piece
    return list(found.values())


def _needed(nodes: Iterable[Node], among: Sequence[Node]) -> list[Node]:
    """Return those of some nodes that others depend on, in order."""
    found: set[Node] = set()
    stack = list(nodes)
    while stack:
        new = [operand for operand in stack.pop().inputs if operand in among and operand not in found]
        found.update(new)
        stack += new
    return [node for node in among if node in found]


def _blocks(graph: Graph) -> dict[Node, str]:
    """Return for the nodes of each outermost block the prefix of their names, where it is theirs alone and their weights are in it."""
    members: dict[Group, list[Node]] = {}
    for node in graph.nodes:
        outermost = next((group for group in node.group.chain() if group.kind == "block"), None) if node.group else None
        if outermost is not None:
            members.setdefault(outermost, []).append(node)
    under, found = _under(graph), {}
    for group, nodes in members.items():
        if under.get(group.name) == nodes and all(node.module.startswith(group.name) for node in nodes):
            found.update(dict.fromkeys(nodes, group.name.rstrip(".")))
    return found


def _under(graph: Graph) -> dict[str, list[Node]]:
    """Return for every prefix of names, which ends in a dot, the nodes that have it."""
    found: dict[str, list[Node]] = {}
    for node in graph.nodes:
        dot = node.name.find(".")
        while dot >= 0:
            found.setdefault(node.name[: dot + 1], []).append(node)
            dot = node.name.find(".", dot + 1)
    return found


def _batched(graph: Graph) -> set[Node]:
    """Return the nodes that depend on an input."""
    found = set(graph.inputs)
    for node in graph.nodes:
        if any(operand in found for operand in node.inputs):
            found.add(node)
    return found


def as_graph(piece: Piece) -> Graph:
    """Return a piece as a graph, whose names lack the prefix; one that nobody needs gives its last value, and runs as in the flat module."""
    skip = len(piece.name) + 1 if piece.name else 0
    names = {node.name[skip:] for node in piece.nodes}
    inputs = [Node(_free(f"value{number}", names), INPUT, (), node.shape, f"value{number}") for number, node in enumerate(piece.inputs)]
    made = dict(zip(piece.inputs, inputs))
    for node in piece.nodes:
        made[node] = Node(node.name[skip:], node.op, tuple(made[each] for each in node.inputs), node.shape, node.module[skip:], None, node.place)
    return Graph("block", tuple(made.values()), tuple(inputs), tuple(made[node] for node in piece.outputs or piece.nodes[-1:]))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


class InPieces(nn.Module):
    """A network that computes one piece after the other; its state dict has the keys of the flat module.

    Attributes:
        recompute: Whether blocks keep nothing for the backward pass and are computed again in it.
        blocks: The modules of the blocks, in order.
    """

    def __init__(self, graph: Graph, *, recompute: bool = False) -> None:
        super().__init__()
        self.recompute = recompute
        pieces = cut(graph)
        modules = [compile_graph(as_graph(piece)) for piece in pieces]
        self.blocks: tuple[nn.Module, ...] = tuple(module for piece, module in zip(pieces, modules) if piece.name)
        for piece, module in zip(pieces, modules):
            _place(self, piece.name, module)
        self._steps = tuple((module, bool(piece.name), piece.inputs, piece.outputs) for piece, module in zip(pieces, modules))
        self._last = {value: number for number, piece in enumerate(pieces) for value in piece.inputs}
        self._inputs, self._outputs = graph.inputs, graph.outputs

    def train(self, mode: bool = True) -> InPieces:
        """Switch to training, also what stands between blocks."""
        super().train(mode)
        for module, *_ in self._steps:
            module.train(mode)
        return self

    def forward(self, *inputs: Tensor) -> Any:
        """Return what the flat module returns."""
        values: dict[Node, Tensor] = dict(zip(self._inputs, inputs))
        for number, (module, is_block, taken, given) in enumerate(self._steps):
            arguments = [values[value] for value in taken]
            results = self._run(module, arguments) if is_block else module(*arguments)
            values.update(zip(given, (results,) if len(given) == 1 else results))
            for value in taken:
                if self._last[value] == number and value not in self._outputs:
                    del values[value]
        results = tuple(values[node] for node in self._outputs)
        return results[0] if len(results) == 1 else results

    def _run(self, module: nn.Module, arguments: list[Tensor]) -> Any:
        if not self.recompute or not torch.is_grad_enabled():
            return module(*arguments)
        return checkpoint(module, *arguments, use_reentrant=False, context_fn=lambda: (nullcontext(), still_statistics(module)))


def _place(root: nn.Module, name: str, module: nn.Module) -> None:
    """Register a block under its name, and the modules of what stands between blocks, each under its own."""
    if name:
        parent, _, own = name.rpartition(".")
        setattr(_container(root, parent), own, module)
        return
    for path, each in module.named_modules():
        if path and type(each) is not nn.Module and not any(type(above) is not nn.Module for above in _above(module, path)):
            parent, _, own = path.rpartition(".")
            setattr(_container(root, parent), own, each)


def _above(module: nn.Module, path: str) -> list[nn.Module]:
    """Return the modules between a module and one in it, both left out."""
    parts = path.split(".")[:-1]
    return [module.get_submodule(".".join(parts[: count + 1])) for count in range(len(parts))]


def _container(root: nn.Module, path: str) -> nn.Module:
    """Return the module at a path, made where it is not there yet."""
    for part in filter(None, path.split(".")):
        if not hasattr(root, part):
            setattr(root, part, nn.Module())
        root = getattr(root, part)
    return root


@contextmanager
def still_statistics(module: nn.Module) -> Iterator[None]:
    """Leave the running statistics of norms as they are: what is computed again must not count twice."""
    norms = [each for each in module.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm) and each.track_running_stats]
    momenta = [each.momentum for each in norms]
    counts = [(each.num_batches_tracked, each.num_batches_tracked.clone()) for each in norms if each.num_batches_tracked is not None]
    for each in norms:
        each.momentum = 0.0
    try:
        yield
    finally:
        for each, momentum in zip(norms, momenta):
            each.momentum = momentum
        for counter, count in counts:
            counter.copy_(count)


def in_pieces(network: nn.Module, graph: Graph, *, recompute: bool = False) -> InPieces:
    """Return a network in pieces with the weights of a flat one, which it takes over, and their order: optimizers know weights by their numbers.

    Raises:
        UsageError: If the graph cannot be cut.
    """
    with torch.device("meta"):
        made = InPieces(graph, recompute=recompute)
    made.load_state_dict(network.state_dict(keep_vars=True), assign=True)
    for path, _ in network.named_modules():
        parent, _, own = path.rpartition(".")
        if own:
            modules = made.get_submodule(parent)._modules
            modules[own] = modules.pop(own)
    return made
