"""Pieces: what block calls give, worked out once for equal calls on equal shapes.

In the graph of a sample a call of a block without holes is a single node, whose op is a :class:`Piece`. It knows what the call costs, as it is
written and pruned, and the tokens of its fingerprint. Where that is not enough, because something from outside reaches into the block, as a sum that
goes on in the next one does, the node is exchanged for the nodes of the block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from archdsl.analysis.cost import Count
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.base import Family, Op
from archdsl.ops.shape import Shape
from archdsl.searching.plans import Traits, number_of


@dataclass(frozen=True)
class Fragment:
    """What a block call gives on a value of some shape.

    Attributes:
        shape: The shape of the value that leaves.
        nodes: How many nodes there are as it is written, without the one that enters.
        steps: How many steps its expansion took.
        depth: How deep the calls inside it are nested.
        pruned: What the pruned graph costs.
        tokens: The tokens of the pruned graph, without that of its input.
        traits: What it is like.
    """

    shape: Shape
    nodes: int
    steps: int
    depth: int
    pruned: Count
    tokens: tuple[str, ...]
    traits: Traits
    made: Callable[[], Graph] = field(repr=False)
    written: Callable[[], Count] = field(repr=False)

    @cached_property
    def graph(self) -> Graph:
        """Its pruned graph, which may hold further pieces."""
        return self.made()

    @cached_property
    def declared(self) -> Count:
        """What it costs as it is written."""
        return self.written()


class Piece(Op):
    """A block call as an op."""

    name: ClassVar[str] = "piece"
    family: ClassVar[Family] = "shape"
    fragment: ClassVar[Fragment]
    """What the call gives; set on the instance, and no field."""
    kind: ClassVar[int]
    """The number of what pruning asks of it."""
    call: ClassVar[Any] = None
    """What equal calls on any shape have in common; None for several calls in a row."""
    moves: ClassVar[bool] = False
    """Whether an equal call gives the same on any other shape."""

    @classmethod
    def of(cls, fragment: Fragment, call: Any = None, moves: bool = False) -> Piece:
        """Return the op that stands for a block call."""
        piece = cls()
        piece.__dict__.update(fragment=fragment, kind=number_of(fragment.traits), call=call, moves=moves)
        return piece

    def infer(self, *inputs: Shape) -> Shape:
        """Return the shape of the value that leaves."""
        return self.fragment.shape

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the multiply-adds of what is left of it."""
        return self.fragment.pruned.macs

    def is_identity(self, *inputs: Shape) -> bool:
        """Tell whether what enters leaves."""
        return self.fragment.traits.is_identity


def power(piece: Piece, times: int) -> Piece | None:
    """Return the piece for several calls in a row of a block that keeps the shape; None where a sum goes on from one to the next."""
    one = piece.fragment
    if one.traits.begins_in_sum and one.traits.ends_in_sum:
        return None
    fragment = Fragment(
        shape=one.shape,
        nodes=one.nodes * times,
        steps=one.steps * times,
        depth=one.depth,
        pruned=one.pruned * times,
        tokens=one.tokens * times,
        traits=one.traits,
        made=lambda: _row(piece, times),
        written=lambda: one.declared * times,
    )
    return Piece.of(fragment)


def _row(piece: Piece, times: int) -> Graph:
    """Return the graph of several calls in a row."""
    shape = piece.fragment.shape
    nodes = [Node("input", Input(), (), shape, "input")]
    for number in range(times):
        nodes.append(Node(f"piece{number}", piece, (nodes[-1],), shape, f"piece{number}"))
    return Graph("", tuple(nodes), (nodes[0],), (nodes[-1],))
