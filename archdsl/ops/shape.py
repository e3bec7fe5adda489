"""Shapes: what flows along an edge of the graph, the batch left out."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

Kind = Literal["map", "tokens", "vector", "index"]
KINDS: tuple[Kind, ...] = ("map", "tokens", "vector", "index")
_KIND_OF_RANK: dict[int, Kind] = {1: "vector", 2: "tokens", 3: "map"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The extent of one sample of a value, and how its axes are read.

    ``map``: channels first, ``(C, H, W)``, or ``(C, L)`` for one dimension. ``tokens``: ``(N, C)``. ``vector``: ``(C,)``.
    ``index``: ``(N,)`` whole numbers that point into a sequence.

    >>> shape = Shape((64, 28, 28))
    >>> shape.kind, shape.channels, shape.spatial, shape.size
    ('map', 64, (28, 28), 50176)
    >>> str(Shape((196, 768))), Shape((196, 768)).channels
    ('(196, 768)', 768)
    """

    dims: tuple[int, ...]
    kind: Kind = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.kind is None:
            object.__setattr__(self, "kind", _KIND_OF_RANK.get(len(self.dims), "map"))

    @property
    def channels(self) -> int:
        """The number of channels (features): the first axis of a map, the last of anything else."""
        return self.dims[0] if self.kind == "map" else self.dims[-1]

    @property
    def spatial(self) -> tuple[int, ...]:
        """The axes of a map behind its channels; empty for anything else."""
        return self.dims[1:] if self.kind == "map" else ()

    @property
    def channel_axis(self) -> int:
        """The axis that holds the channels."""
        return 0 if self.kind == "map" else len(self.dims) - 1

    @property
    def size(self) -> int:
        """The number of scalars of one sample."""
        return prod(self.dims)

    def with_channels(self, channels: int) -> Shape:
        """Return the same shape with another number of channels."""
        axis = self.channel_axis
        return Shape((*self.dims[:axis], channels, *self.dims[axis + 1 :]), self.kind)

    def with_spatial(self, spatial: tuple[int, ...]) -> Shape:
        """Return the same map with another height and width."""
        return Shape((self.dims[0], *spatial), "map")

    def __str__(self) -> str:
        return "(" + ", ".join(map(str, self.dims)) + ")"


class ShapeError(Exception):
    """An op refuses its operands or its fields. Expansion adds the place."""

    def __init__(self, message: str, help: str | None = None, notes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.notes = notes
