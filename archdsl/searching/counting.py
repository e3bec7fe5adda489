"""Counting the ways to fill in holes by going them: each draw takes its options in turn, and equal block calls on equal shapes are counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from math import comb, floor
from typing import Any

from archdsl.errors import ExpansionError
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.expand import expand
from archdsl.expansion.openness import Openness
from archdsl.expansion.state import Frame, Instance, Poisoned, Scope, Stop, Wrong
from archdsl.expansion.walk import Walk
from archdsl.ir.graph import Node
from archdsl.ops.base import Op
from archdsl.ops.shape import Shape
from archdsl.searching.space import Space
from archdsl.searching.walking import UsesAware
from archdsl.spec.document import Block, Document

MOST = 1_000
"""So many ways are gone before the ways are given up as too many."""


class TooMany(Exception):
    """The ways are too many to be gone one by one, and depend on each other."""


class Continuum(Exception):
    """Something is drawn from a continuum."""


class _Odometer(Drawer):
    """Takes the options of every draw in turn: the last draw first, as the wheels of an odometer turn.

    Attributes:
        factor: How many ways the way that was gone stands for.
    """

    def __init__(self) -> None:
        super().__init__(0)
        self.factor = 1
        self._wheels: list[tuple[int, int]] = []
        self._turned = 0

    def ways(self) -> Iterator[None]:
        """Yield once for every way."""
        while True:
            self._drawn, self.factor, self._turned = {}, 1, 0
            yield
            self._wheels = self._wheels[: self._turned]
            while self._wheels and self._wheels[-1][0] == self._wheels[-1][1] - 1:
                self._wheels.pop()
            if not self._wheels:
                return
            place, count = self._wheels[-1]
            self._wheels[-1] = place + 1, count

    def turn(self, count: int) -> int:
        """Return the place of the next wheel, which has so many."""
        if self._turned == len(self._wheels):
            self._wheels.append((0, count))
        self._turned += 1
        return self._wheels[self._turned - 1][0]

    def pick(self, address: str, count: int, weights: Any = None) -> int:
        known = self._drawn.get(address)
        if known is not None:
            return int(known.value)
        super().pick(address, count, weights)  # which says what is wrong with the weights
        shares = weights if weights is not None else (1,) * count
        options = [number for number, share in enumerate(shares) if share]
        return self._keep(address, count, options[self.turn(len(options))])

    def subset(self, address: str, size: int, count: int) -> list[int]:
        return list(list(combinations(range(size), count))[self.pick(address, comb(size, count))])

    def _keep(self, address: str, count: int, chosen: int) -> int:
        self.fixed = {address: chosen}
        return super().pick(address, count)

    def _between(self, hole: Any, address: str, low: float, high: float, step: float | None) -> Any:
        if step is None:
            raise Continuum
        value = min(low + self.pick(address, steps_between(low, high, step)) * step, high)
        return int(value) if hole.kind == "int" else value


def steps_between(low: float, high: float, step: float) -> int:
    """Return how many numbers a logarithmic draw in steps can give: where the last step leads out of the bounds, it gives the bound itself.

    >>> steps_between(16, 1024, 8), steps_between(1, 10, 2), steps_between(1, 10, 5)
    (127, 6, 3)
    """
    whole = floor((high - low) / step + 1e-9)
    return whole + 1 + ((high - low) / step - whole >= 0.5)


def count_ways(space: Space) -> int:
    """Return the number of ways to fill in the holes of a space that fit.

    Raises:
        TooMany: If they are too many to be gone, even with equal block calls counted once.
        Continuum: If something is drawn from a continuum.
    """
    known = _Known(space)
    odometer = _Odometer()
    total = 0
    for _ in odometer.ways():
        known.tick()
        try:
            expand(space.document, space.variant, space.settings, ops=space.ops, drawer=lambda seed, fixed: odometer, walk=known.walk)
        except ExpansionError:
            continue
        total += odometer.factor
    return total


class _Known:
    """What is known of block calls: how many ways there are to each shape that they may give."""

    def __init__(self, space: Space) -> None:
        self.openness = Openness(space.document)
        self.calls: dict[Any, dict[Shape, int] | None] = {}
        self.gone = 0

    def tick(self) -> None:
        """Count a way; give up when there are too many."""
        self.gone += 1
        if self.gone > MOST:
            raise TooMany

    def walk(self, document: Document, ops: Mapping[str, type[Op]], drawer: Drawer, globals: dict[int, dict[str, Any]]) -> Walk:
        """Return a walk that takes block calls from here."""
        return _Counting(self, document, ops, drawer, globals)


class _Counting(UsesAware):
    """Walks as ever, but counts the ways through a block call apart."""

    def __init__(self, known: _Known, document: Document, ops: Mapping[str, type[Op]], drawer: Drawer, globals: dict[int, dict[str, Any]]) -> None:
        super().__init__(document, ops, drawer, globals)
        self.known = known

    def inside(self, block: Block, value: Any, frame: Frame) -> Any:
        plain = not any(isinstance(each, (Node, Instance)) or (isinstance(each, tuple) and _holds_node(each)) for each in frame.scope.values())
        if type(value) is not Node or self.uses or not plain or not self.known.openness.block(block.name, block):
            return super().inside(block, value, frame)
        assert isinstance(self.drawer, _Odometer)
        key = (id(block), repr(dict(frame.scope)), repr(self.globals[id(self.root)]), value.shape)
        if key not in self.known.calls:
            self.known.calls[key] = None  # a call that leads to an equal one has no end
            self.known.calls[key] = self._ways(block, value.shape, frame)
        ways = self.known.calls[key]
        if ways is None:
            raise TooMany
        if not ways:
            raise Wrong("E301", "the block fits in no way", None)
        shape = list(ways)[self.drawer.turn(len(ways))]
        self.drawer.factor *= ways[shape]
        node = Node(self.builder.unique(frame.prefix + "ways"), self.op("identity"), (value,), shape, "ways")
        self.builder.nodes.append(node)
        return node

    def _ways(self, block: Block, shape: Shape, frame: Frame) -> dict[Shape, int]:
        """Return how many ways through a block lead to which shape."""
        found: Counter[Shape] = Counter()
        odometer = _Odometer()
        for _ in odometer.ways():
            self.known.tick()
            walk = _Counting(self.known, self.root, self.ops, odometer, self.globals)
            entry = walk.builder.add_input("input", shape, None)
            scope = Scope(frame.scope, frame.scope.globals)
            scope.current = entry
            try:
                result = walk.body(block.body, entry, frame._replace(scope=scope, prefix="", group=None))
            except Stop:
                raise TooMany from None
            except (Wrong, Poisoned):
                continue
            if not walk.builder.found and type(result) is Node:
                found[result.shape] += odometer.factor
        return dict(found)


def _holds_node(value: Any) -> bool:
    return any(isinstance(each, Node) or (isinstance(each, tuple) and _holds_node(each)) for each in value)
