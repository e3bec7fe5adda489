"""Adding nodes: names, shapes, shared modules and limits."""

from __future__ import annotations

import time
from typing import Any

from archdsl.errors import MAX_FINDINGS, Diagnostic, Span
from archdsl.expansion.state import Frame, Sharing, Stop, Wrong
from archdsl.ir.graph import INPUT, Graph, Node
from archdsl.ops.base import Op, check_operands
from archdsl.ops.shape import Shape, ShapeError

MAX_NODES = 20_000
MAX_STEPS = 60_000
MAX_SECONDS = 5.0
PATIENCE = 0.05
"""After so many seconds by the clock the time that a walk takes is looked at."""
MAX_SIZE = 1 << 40


class Builder:
    """Collects the nodes of one network, and what is wrong with it."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.inputs: list[Node] = []
        self.found: dict[Any, Diagnostic] = {}
        self._names: dict[str, int] = {}
        self.modules: dict[str, Node] = {}
        self.shapes: dict[tuple[int, ...], tuple[Op, tuple[Shape, ...], Shape]] = {}
        self.interned: dict[Shape, Shape] = {}
        self.steps = 0
        self._begun = time.monotonic()
        self._deadline: float | None = None

    def tick(self, span: Any) -> None:
        """Count a step; end the walk when there are too many."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Stop(Diagnostic("E401", f"more than {MAX_STEPS:,} steps", _span(span), "is a loop or a recursion larger than it was meant to be?"))
        if not self.steps % 16 and time.monotonic() > self._begun + PATIENCE and self._is_late():
            raise Stop(Diagnostic("E401", f"the document takes more than {MAX_SECONDS:.0f} seconds to expand", _span(span)))

    def _is_late(self) -> bool:
        """Tell whether the walk has taken too long; the time of the thread is asked for late, since on some machines that takes long itself."""
        if self._deadline is None:
            self._deadline = time.thread_time() + MAX_SECONDS
        return time.thread_time() > self._deadline

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a finding, one for each place and the calls that lead there; end the walk when there are too many."""
        places = tuple(span for span, _ in diagnostic.related)
        self.found.setdefault((diagnostic.code, diagnostic.span, places) if diagnostic.span else diagnostic, diagnostic)
        if len(self.found) > MAX_FINDINGS:
            raise Stop(diagnostic)

    def unique(self, name: str) -> str:
        """Return the name, or the next of ``name_2``, ``name_3``, ... that is free."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        if not count:
            return name
        while True:
            count += 1
            candidate = f"{name}_{count}"
            if candidate not in self._names:
                self._names[name] = count
                self._names[candidate] = 1
                return candidate

    def add_input(self, name: str, shape: Shape, place: Any) -> Node:
        """Add an input of the network."""
        shape = self.interned.setdefault(shape, shape)
        node = Node(self.unique(name), INPUT, (), shape, name, None, place)
        self.nodes.append(node)
        self.inputs.append(node)
        return node

    def add(self, op: Op, inputs: tuple[Node, ...], frame: Frame, name: str | None, place: Any) -> Node:
        """Add a node; raise :class:`Wrong` when the op refuses its operands."""
        shape = self.infer(op, inputs, place)
        if len(self.nodes) >= MAX_NODES:
            raise Stop(Diagnostic("E401", f"more than {MAX_NODES:,} nodes", _span(place), "is a loop or a recursion larger than it was meant to be?"))
        full = self.unique(frame.prefix + (name or op.name))
        module = full if frame.sharing is None else self._owner(full, op, frame.sharing)
        node = Node(full, op, inputs, shape, module, frame.group, place)
        if module != full:
            self._check_shared(node, self.modules[module])
        self.nodes.append(node)
        self.modules[full] = node
        return node

    def infer(self, op: Op, inputs: tuple[Node, ...], place: Any) -> Shape:
        """Return the shape that an op gives; raise :class:`Wrong` when it refuses its operands, or gives too much."""
        try:
            return self.gives(op, (inputs[0].shape,) if len(inputs) == 1 else tuple([node.shape for node in inputs]), place)
        except ShapeError as error:
            merges = op.variadic or len(inputs) > 1
            notes, related = (error.notes, ()) if error.notes or not merges else _operands(inputs)
            raise Wrong("E302" if merges else "E301", error.message, _span(place), error.help, notes, related) from None

    def gives(self, op: Op, inputs: tuple[Shape, ...], place: Any = None) -> Shape:
        """Return the shape that an op gives on values of these shapes; raise :class:`ShapeError` when it refuses them."""
        key = (id(op), *map(id, inputs))  # cheap: what is remembered keeps ops and shapes, and so their ids, alive
        known = self.shapes.get(key)
        if known is not None:
            return known[2]
        check_operands(op, len(inputs))
        shape = op.infer(*inputs)
        if shape.size > MAX_SIZE:
            raise Wrong("E404", f"`{op.name}` gives a value of {shape.size:,} numbers, which is too large", _span(place))
        self.shapes[key] = op, inputs, shape
        return shape

    def _owner(self, name: str, op: Op, sharing: Sharing | None) -> str:
        """Follow the uses of instances outwards to the node that owns the module."""
        while sharing is not None:
            if name.startswith(sharing.own) and (sharing.share is None or op.name in sharing.share):
                candidate = sharing.owner + name[len(sharing.own) :]
                name = candidate if candidate in self.modules else name
            sharing = sharing.outer
        return name

    def _check_shared(self, node: Node, owner: Node) -> None:
        ours, theirs = node.op.parameters(*node.shapes()), owner.op.parameters(*owner.shapes())
        if node.op == owner.op and ours == theirs:
            return
        first = next((group.place for group in (owner.group.chain() if owner.group else ()) if group.kind == "instance"), owner.place)
        related = ((first.span(), "first used"),) if first is not None else ()
        made = f"`{owner.name}` has parameters {_sizes(theirs)} for {_shapes(owner)}"
        notes = (made, f"`{node.name}` would need {_sizes(ours)} for {_shapes(node)}")
        differ = "its values differ in channels" if node.op == owner.op else "its fields differ between the uses"
        raise Wrong("E306", f"`{node.op.name}` cannot share its weights: {differ}", node.span, None, notes, related)

    def graph(self, name: str, outputs: tuple[Node, ...]) -> Graph:
        """Return what was built."""
        return Graph(name, tuple(self.nodes), tuple(self.inputs), outputs)


def _span(place: Any) -> Span | None:
    return place.span() if place is not None else None


def _operands(inputs: tuple[Node, ...]) -> tuple[tuple[str, ...], tuple[tuple[Span, str], ...]]:
    """Say what each operand is: with its place, or as a note where one has none."""
    shown = [(node.span, f"`{node.name}` gives {node.shape}") for node in inputs[:6]]
    more = (f"and {len(inputs) - 6} more",) if len(inputs) > 6 else ()
    notes = tuple(text for span, text in shown if span is None) + more
    return notes, tuple((span, text) for span, text in shown if span is not None)


def _sizes(parameters: dict[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in parameters.items()) or "none"


def _shapes(node: Node) -> str:
    return ", ".join(str(shape) for shape in node.shapes())
