"""Pieces: what block calls give, worked out once for equal calls on equal shapes.

In the graph of a sample a call of a block without holes is a single node, whose op is a :class:`Piece`. It knows what the call costs, as it is
written and pruned, and the tokens of its fingerprint. Where that is not enough, because something from outside reaches into the block, as a sum that
goes on in the next one does, the node is exchanged for the nodes of the block.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Protocol

from archdsl.analysis.cost import Count
from archdsl.ir.graph import INPUT, Graph, Node
from archdsl.ops.base import Family, Op
from archdsl.ops.shape import Shape
from archdsl.searching.plans import Traits, number_of


class Inside(Protocol):
    """What is inside a piece; worked out when it is asked for, which is seldom."""

    @property
    def graph(self) -> Graph:
        """Its pruned graph, which may hold further pieces."""

    @property
    def declared(self) -> Count:
        """What it costs as it is written, its input not counted."""


class Fragment(NamedTuple):
    """What a block call gives on a value of some shape.

    Attributes:
        shape: The shape of the value that leaves.
        nodes: How many nodes there are as it is written, without the one that enters.
        steps: How many steps its expansion took.
        depth: How deep the calls inside it are nested.
        pruned: What the pruned graph costs.
        tokens: The tokens of the pruned graph, without that of its input.
        traits: What it is like.
        inside: What is inside.
    """

    shape: Shape
    nodes: int
    steps: int
    depth: int
    pruned: Count
    tokens: tuple[str, ...]
    traits: Traits
    inside: Inside


_NO_FIELDS: set[str] = set()
_NOTHING_MORE = (("__pydantic_extra__", None), ("__pydantic_private__", None))


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
        piece = cls.__new__(cls)  # as pydantic would make it, which takes longer: there is no field to check
        fixed = {"fragment": fragment, "kind": number_of(fragment.traits), "call": call, "moves": moves}
        for name, value in (("__dict__", fixed), ("__pydantic_fields_set__", _NO_FIELDS), *_NOTHING_MORE):
            object.__setattr__(piece, name, value)
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
    tokens = one.tokens * times
    return Piece.of(Fragment(one.shape, one.nodes * times, one.steps * times, one.depth, one.pruned * times, tokens, one.traits, _Row(piece, times)))


class _Row:
    """Several calls in a row."""

    def __init__(self, piece: Piece, times: int) -> None:
        self.piece = piece
        self.times = times

    @cached_property
    def graph(self) -> Graph:
        """The calls, one on the result of the other."""
        shape = self.piece.fragment.shape
        nodes = [Node("input", INPUT, (), shape, "input")]
        for number in range(self.times):
            nodes.append(Node(f"piece{number}", self.piece, (nodes[-1],), shape, f"piece{number}"))
        return Graph("", tuple(nodes), (nodes[0],), (nodes[-1],))

    @property
    def declared(self) -> Count:
        """As often what one call costs."""
        return self.piece.fragment.inside.declared * self.times
