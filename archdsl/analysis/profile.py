"""What running a node takes beside arithmetic: memory traffic, and how far it looks back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archdsl.analysis.cost import Cost
from archdsl.analysis.extent import Extent, extents_of
from archdsl.analysis.memory import VIEWS
from archdsl.ir.graph import Input, Node

BYTES = 4
"""Bytes of a number: float32."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What running a node, or several, takes for one sample.

    Attributes:
        traffic: The bytes that it reads and writes: operands, parameters, result. Nothing where the result only looks into its operand.
        flops: Its floating-point operations, two for each multiply-add.
        extent: How far its last value looks back along one axis, and by how much its neighbours are apart there; None where there is no last one.
    """

    traffic: int
    flops: int
    extent: Extent | None = None

    @property
    def intensity(self) -> float:
        """Floating-point operations for each byte; the lower, the more a device waits for its memory."""
        return self.flops / self.traffic if self.traffic else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the profile as plain data; a receptive field of None is the whole input."""
        found: dict[str, Any] = {"traffic": self.traffic, "intensity": self.intensity}
        if self.extent is not None:
            found |= {"receptive_field": self.extent.field, "stride": float(self.extent.stride)}
        return found


def profiles(cost: Cost) -> list[Profile]:
    """Return the profile of every node, in the order of the cost.

    >>> import archdsl
    >>> first = profiles(archdsl.analyze(archdsl.load("resnet50")))[1]
    >>> first.traffic, round(first.intensity, 1), first.extent.field, int(first.extent.stride)
    (3851008, 61.3, 7, 2)
    """
    extents = extents_of(cost.counted)
    return [Profile(traffic_of(node), count.flops, extents[node]) for node, count in zip(cost.counted, cost.by_node.values())]


def profile_of(parts: Iterable[Profile]) -> Profile:
    """Return the profile of several nodes that run one by one; it looks back as far as the last of them.

    >>> profile_of([Profile(8, 4), Profile(8, 0)]).intensity
    0.25
    """
    rows = list(parts)
    return Profile(sum(each.traffic for each in rows), sum(each.flops for each in rows), rows[-1].extent if rows else None)


def traffic_of(node: Node) -> int:
    """Return the bytes that a node reads and writes for one sample."""
    if isinstance(node.op, Input) or node.op.name in VIEWS:
        return 0
    operands = sum(operand.shape.size for operand in node.inputs)
    return BYTES * (operands + node.op.count_params(*node.shapes()) + node.shape.size)


def total_traffic(cost: Cost) -> int:
    """Return the bytes that a network moves for one sample when every node runs by itself."""
    return sum(map(traffic_of, cost.counted))
