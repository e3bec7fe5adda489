"""Equal paths side by side as grouped convolutions: the three forms of ResNeXt's block are one function (arXiv:1611.05431, Figure 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from archdsl.backend.trained import Trained
from archdsl.ir.graph import Node, rebuild
from archdsl.ops.activation import ELU, GELU, Abs, HardSigmoid, HardSwish, LeakyReLU, Mish, ReLU, ReLU6, Sigmoid, SiLU, Softplus, Tanh
from archdsl.ops.base import Op
from archdsl.ops.conv import Conv, DepthwiseConv
from archdsl.ops.merge import Add, Concat, Mean
from archdsl.ops.norm import BatchNorm
from archdsl.ops.pool import AvgPool, MaxPool

BY_CHANNEL = (ReLU, LeakyReLU, ELU, GELU, SiLU, HardSwish, Sigmoid, ReLU6, HardSigmoid, Softplus, Mish, Abs, Tanh, MaxPool, AvgPool)
"""Ops without parameters that work on every channel by itself."""

ALONG = (Conv, DepthwiseConv, BatchNorm, *BY_CHANNEL)
"""What a path may consist of. It starts with a ``conv``."""

Path = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Equal paths from one value to one merge, in the merge's order."""

    merge: Node
    paths: tuple[Path, ...]

    @property
    def sums(self) -> bool:
        """Whether the paths are added up rather than put side by side."""
        return not isinstance(self.merge.op, Concat)


def bundle_paths(trained: Trained) -> Trained:
    """Make one path of equal paths.

    1. Paths are equal when they start at one value, do the same ops with the same fields one after the other, the first a convolution without
       groups, and end in one ``add``, ``mean`` or ``concat``. Nobody else uses what they compute, and they share no weights.
    2. The first convolutions become one that has the channels of all; those behind become one with a group for each path. Activations, norms and
       pools work on the channels of all paths.
    3. Under ``concat`` that is the result, if the paths are neighbours. Under ``add``, and under ``mean`` of nothing else, the last ops must be
       convolutions without groups: they become one that reads the channels of all paths, and so sums. Where it is the first one, too, the
       kernels are added.

    >>> import archdsl
    >>> arch = archdsl.load('''
    ... archdsl: 1
    ... input: [8, 6, 6]
    ... net: [{branch: {times: 4, path: [{conv: 2}, relu, {conv: {out_channels: 2, kernel_size: 3}}, relu, {conv: 8}], merge: add}}]
    ... ''')
    >>> graph = bundle_paths(Trained(arch.graph, archdsl.compile(arch).state_dict())).graph
    >>> [(node.name, node.shape.channels, getattr(node.op, "groups", None)) for node in graph.nodes]
    [('input', 8, None), ('conv', 8, 1), ('relu', 8, None), ('conv_2', 8, 4), ('relu_2', 8, None), ('conv_3', 8, 1)]
    """
    while True:
        bundles = list(_bundles(trained))
        if not bundles:
            return trained
        trained = _bundled(trained, bundles)


def _bundles(trained: Trained) -> Iterator[Bundle]:
    alone = trained.alone()
    for merge in trained.graph.nodes:
        if not isinstance(merge.op, (Add, Mean, Concat)) or len(merge.inputs) < 2 or merge.shape.kind != "map":
            continue
        if isinstance(merge.op, Concat) and merge.op.axis(merge.shape) != 0:
            continue
        yield from _at(merge, [_path(operand, alone) for operand in merge.inputs])


def _path(node: Node, alone: set[Node]) -> Path:
    """Return the ops that lead to a value from the last one that has several users; nothing where that is no path to be bundled."""
    found: list[Node] = []
    while node in alone and type(node.op) in ALONG:
        found.append(node)
        (node,) = node.inputs
    path = tuple(reversed(found))
    return path if path and type(path[0].op) is Conv and path[0].op.groups == 1 else ()


def _at(merge: Node, paths: list[Path]) -> Iterator[Bundle]:
    """Return the bundles that end in a merge: neighbours under ``concat``, any under ``add``, all under ``mean``."""
    kinds = [_kind(path) for path in paths]
    if isinstance(merge.op, Concat):
        start = 0
        for stop in range(1, len(paths) + 1):
            if stop == len(paths) or kinds[stop] != kinds[start]:
                if kinds[start] is not None and stop - start > 1:
                    yield Bundle(merge, tuple(paths[start:stop]))
                start = stop
        return
    for kind in dict.fromkeys(kinds):
        equal = [number for number, each in enumerate(kinds) if each == kind and each is not None]
        whole = len(equal) == len(paths) or isinstance(merge.op, Add)
        if len(equal) > 1 and whole and _can_sum(paths[equal[0]][-1], merge):
            yield Bundle(merge, tuple(paths[number] for number in equal))
            return  # another kind finds the merge in the next round


def _can_sum(last: Node, merge: Node) -> bool:
    return type(last.op) is Conv and last.op.groups == 1 and last.shape == merge.shape


def _kind(path: Path) -> Any:
    """Return what equal paths have in common; None for no path."""
    return (path[0].inputs, tuple((type(node.op), _fields(node.op)) for node in path)) if path else None


def _fields(op: Op) -> tuple[Any, ...]:
    return tuple(getattr(op, name) for name in type(op).model_fields if name != "init")


def _bundled(trained: Trained, bundles: list[Bundle]) -> Trained:
    state, tensors = dict(trained.state), trained.tensors()
    replaced: dict[Node, Node] = {}
    gone: set[Node] = set()
    taken: set[Node] = set()
    for bundle in bundles:
        if bundle.merge in taken:
            continue  # its operands have changed; the next round sees them
        taken.add(bundle.merge)
        for number, nodes in enumerate(zip(*bundle.paths)):
            ends = bundle.sums and number == len(bundle.paths[0]) - 1
            made = _ending(nodes) if ends else _beside(nodes, number)
            own = [tensors.get(node.module, {}) for node in nodes]
            joined = _summed(own, number, bundle) if ends else {name: _stacked(name, own) for name in own[0]}
            for node, names in zip(nodes, own):
                for name in names:
                    del state[f"{node.module}.{name}"]
            state.update({f"{nodes[0].module}.{name}": value for name, value in joined.items()})
            replaced[nodes[0]] = made
            gone.update(nodes[1:])
        replaced[bundle.merge] = _merged(bundle)
        if replaced[bundle.merge] is bundle.paths[0][-1]:
            gone.add(bundle.merge)
    kept = [replaced.get(node, node) for node in trained.graph.nodes if node not in gone]
    return Trained(rebuild(trained.graph, kept, replaced), state)


def _beside(nodes: Path, number: int) -> Node:
    """Return the node that does what equal nodes do, each on channels of its own."""
    first, count = nodes[0], len(nodes)
    op = first.op
    if isinstance(op, Conv):
        groups = op.groups if number == 0 else count * op.groups
        op = op.model_copy(update={"out_channels": count * op.out_channels, "groups": groups, "init": None})
    return replace(first, op=op, shape=first.shape.with_channels(count * first.shape.channels))


def _ending(nodes: Path) -> Node:
    """Return the convolution that sums what equal ones give."""
    return replace(nodes[0], op=nodes[0].op.model_copy(update={"init": None}))


def _stacked(name: str, tensors: list[dict[str, Tensor]]) -> Tensor:
    return tensors[0][name] if name == "num_batches_tracked" else torch.cat([each[name] for each in tensors])


def _summed(tensors: list[dict[str, Tensor]], number: int, bundle: Bundle) -> Mapping[str, Tensor]:
    share = 1 / len(tensors) if isinstance(bundle.merge.op, Mean) else 1
    kernels = [each["weight"] for each in tensors]
    found = {"weight": share * (torch.stack(kernels).sum(0) if number == 0 else torch.cat(kernels, dim=1))}
    if "bias" in tensors[0]:
        found["bias"] = share * torch.stack([each["bias"] for each in tensors]).sum(0)
    return found


def _merged(bundle: Bundle) -> Node:
    """Return the merge without the paths but the first, which stands for all; or that path's end where nothing else is merged."""
    ends = {path[-1] for path in bundle.paths[1:]}
    left = tuple(operand for operand in bundle.merge.inputs if operand not in ends)
    return bundle.paths[0][-1] if len(left) == 1 else bundle.merge.taking(left)
