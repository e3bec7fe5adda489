"""Metrics of sizes: how widths and resolutions change on the way through a network."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from archdsl.ir.graph import Input, Node
from archdsl.principles.facts import Facts, Measured


def input_transition(facts: Facts) -> Measured:
    """Return by what factor the first layer widens the input; of several that read it, the widest."""
    widest = max(facts.entries, key=lambda node: node.shape.channels / node.inputs[0].shape.channels, default=None)
    if widest is None or not widest.inputs[0].shape.spatial:
        return Measured(None)
    into, out = widest.inputs[0].shape.channels, widest.shape.channels
    return Measured(out / into, widest, f"{into} to {out}")


def pyramid_share(facts: Facts) -> Measured:
    """Return the share of the changes of resolution on a longest path at which the map shrinks and the width does not.

    The width of a resolution is the largest that a map of it has on the path.

    >>> import archdsl
    >>> pyramid_share(Facts(archdsl.load("vgg16").graph)).detail
    '5 of 5'
    """
    levels = _levels(facts)
    steps = list(pairwise(levels))
    smooth = [after for before, after in steps if after[0] < before[0] and after[1] >= before[1]]
    odd = next((after[2] for before, after in steps if after not in smooth), None)
    return Measured(len(smooth) / len(steps), odd, f"{len(smooth)} of {len(steps)}") if steps else Measured(None)


def largest_width_step(facts: Facts) -> Measured:
    """Return the largest factor by which the width changes from one resolution to the next on a longest path."""
    levels = _levels(facts)
    steps = [(max(after[1] / before[1], before[1] / after[1]), after[2]) for before, after in pairwise(levels)]
    largest = max(steps, key=lambda step: step[0], default=None)
    return Measured(*largest) if largest else Measured(None)


def _levels(facts: Facts) -> list[tuple[int, int, Node]]:
    """Return the resolutions on a longest path, in order: the area, the largest width, and the first node of that area."""
    found: list[tuple[int, int, Node]] = []
    for node in facts.longest:
        if not node.shape.spatial or isinstance(node.op, Input):
            continue
        area, width = prod(node.shape.spatial), node.shape.channels
        if found and found[-1][0] == area:
            found[-1] = (area, max(found[-1][1], width), found[-1][2])
        else:
            found.append((area, width, node))
    return found
