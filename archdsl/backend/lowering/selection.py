"""Ops that take, move or add positions and channels. Slices are views, so they are not ``fresh``."""

from __future__ import annotations

from archdsl.backend.lowering.base import Lowered, Slices, at
from archdsl.ops.selection import ChannelShuffle, Pad, Shift, Slice, Split, Subsample
from archdsl.ops.shape import Shape


def lower_slice(op: Slice, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a subscript."""
    return Lowered("{0}" + at(op.dim, ":".join(map(str, op.bounds))))


def lower_split(op: Split, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a subscript for channels, whose number is fixed, and a part of ``chunk`` for positions, whose number may change."""
    axis = op.axis(output)
    chunk = f"{{0}}.chunk({op.sections}, {axis + 1})"
    slices = Slices(chunk, op.sections, op.index)
    if axis != output.channel_axis:
        return Lowered(f"{chunk}[{op.index}]", slices=slices)
    size = output.channels
    return Lowered("{0}" + at(axis, f"{op.index * size}:{(op.index + 1) * size}"), slices=slices)


def lower_pad(op: Pad, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.pad``, which counts axes from the last."""
    (x,) = inputs
    sides = [(p, p) for p in reversed(op.axes("padding", x))] if x.kind == "map" else []
    if sum(op.channels) or not sides:
        sides.append(op.channels)
    return Lowered(f"F.pad({{0}}, {tuple(size for pair in sides for size in pair)})", fresh=True)


def lower_subsample(op: Subsample, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a subscript."""
    return Lowered("{0}[..., " + ", ".join(f"::{stride}" for stride in op.axes("stride", output)) + "]")


def lower_shift(op: Shift, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``F.pad`` that adds on one side what it cuts off on the other."""
    sides = tuple(size for move in reversed(op.moves(output)) for size in (move, -move))
    return Lowered(f"F.pad({{0}}, {sides})", fresh=True)


def lower_channel_shuffle(op: ChannelShuffle, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return the channels as a table of groups, transposed."""
    axis = output.channel_axis + 1
    return Lowered(f"{{0}}.unflatten({axis}, ({op.groups}, -1)).transpose({axis}, {axis + 1}).flatten({axis}, {axis + 1})")
