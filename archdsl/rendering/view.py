"""What a picture shows, before anything decides where: boxes, wires, plates and panels.

Nothing here knows of Graphviz. A :class:`View` is made of the graph by :mod:`archdsl.rendering.viewing` and written by
:mod:`archdsl.rendering.dot` and :mod:`archdsl.rendering.mermaid`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BoxKind = Literal["op", "block", "merge", "input", "output", "point", "bar", "dots"]
WireKind = Literal["flow", "trunk", "skip", "bus", "side", "chain", "hidden"]


@dataclass(frozen=True, slots=True)
class Box:
    """One thing that is drawn: a fused op, a collapsed block, a merge, an end of a panel.

    Attributes:
        name: Unique in the panel; the name of its first node, or of the block.
        kind: What it is drawn as.
        family: What it is coloured as: a family of ops, or ``block``, ``io``.
        text: The lines in it.
        stacked: Whether the first of the lines is its name.
        title: What stands in bold before the first line.
        times: How often it is repeated, one after the other.
        members: The names of the nodes that it stands for.
        plate: The name of the plate that it lies in, or an empty name.
        ports: For a bar, its cells from left to right.
        aside: Whether it stands beside the body of a skip.
        cell: How wide the cells of a bar are, in points.
        column: Boxes of one column stand under each other; ``main`` is that of the boxes that every path passes.
        share: Its share of the cost, from 0 to 1, when the picture is coloured by cost.
        position: Where its middle is, in points, when the panel has coordinates of its own.
        size: Its width and height, in points, likewise.
    """

    name: str
    kind: BoxKind
    family: str
    text: tuple[str, ...] = ()
    title: str = ""
    times: int = 1
    members: tuple[str, ...] = ()
    plate: str = ""
    ports: tuple[str, ...] = ()
    cell: float = 74.0
    stacked: bool = False
    aside: bool = False
    column: str = ""
    share: float | None = None
    position: tuple[float, float] | None = None
    size: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A value on its way from one box to another.

    Attributes:
        source: The name of the box that it leaves.
        target: The name of the box that it enters.
        kind: ``trunk`` is on the main line, ``skip`` goes around boxes that lie between, ``bus`` is a line that grows, ``side`` leads to or
            from a box beside the body, ``flow`` is any other.
        label: What stands at it.
        channels: How many channels the value has.
        tail: The port of a bar that it leaves from, or a negative number.
        head: The port of a bar that it enters, or a negative number.
        west: Whether a skip goes around on the other side.
        low: Whether it leaves where another one enters.
        spline: Its line, when the panel has coordinates of its own.
        middle: Where the middle of its label is, likewise.
    """

    source: str
    target: str
    kind: WireKind = "flow"
    label: str = ""
    channels: int = 1
    tail: int = -1
    head: int = -1
    west: bool = False
    low: bool = False
    spline: str = ""
    middle: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Plate:
    """A frame around the boxes of a block that stands open: its name in bold, what it is, how often it is repeated, the frame around it."""

    name: str
    title: str
    text: str = ""
    times: int = 1
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A drawing of its own: the network, or the inside of a block.

    Attributes:
        name: Unique in the view.
        title: What stands above it; nothing for the only network of a document.
        note: A second line under the title.
        boxes: What is drawn, in the order of the graph.
        wires: The lines between them.
        plates: The frames, outer ones first.
        rows: Names of boxes that stand beside each other, from left to right.
        framed: Whether a frame is drawn around it.
    """

    name: str
    title: str
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    plates: tuple[Plate, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    framed: bool = False

    def placed(self) -> bool:
        """Tell whether the panel has coordinates of its own."""
        return bool(self.boxes) and all(box.position is not None for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Link:
    """The dotted line from a box to the panel that shows its inside."""

    panel: str
    box: str
    target: str


@dataclass(frozen=True, slots=True)
class View:
    """A whole picture: panels, and which box each of them is the inside of."""

    title: str
    panels: tuple[Panel, ...]
    links: tuple[Link, ...] = ()
