"""Drawing from a space with equal block calls on equal shapes expanded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from archdsl.analysis.cost import Count, total_of
from archdsl.errors import ArchError
from archdsl.expansion.builder import MAX_NODES, MAX_STEPS
from archdsl.expansion.calls import MAX_CALLS
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.expand import Expansion, expand
from archdsl.expansion.folding import fold_joins
from archdsl.expansion.openness import Openness, parts_of
from archdsl.expansion.state import Frame, Poisoned, Scope, Stop, Wrong
from archdsl.expansion.walk import MAX_TIMES, Walk
from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Op
from archdsl.ops.shape import Shape, ShapeError
from archdsl.searching.pieces import Piece, power
from archdsl.searching.plans import Plan, Sketch, is_shapeless, sketch_of
from archdsl.searching.pruned import Known, Planned, Pruned, make_fragment, prune, stands_alone
from archdsl.searching.walking import UsesAware
from archdsl.spec.document import Block, Document
from archdsl.spec.expressions import IMPLIED, Expression
from archdsl.spec.nodes import Branch, Call, RepeatStep, Skip, Step, WhereStep
from archdsl.spec.values import Hole, names_in

MOST = 20_000
"""So many pieces are remembered, and of everything else, too."""
_SCALARS = frozenset((int, float, bool, str, type(None)))


@dataclass(frozen=True)
class Folded:
    """What was drawn, with block calls folded to pieces.

    Attributes:
        expansion: The graphs as they are written, and the draws.
        condensed: The pruned graphs.
    """

    expansion: Expansion
    condensed: Mapping[str, Pruned]

    def declared(self) -> dict[str, Count]:
        """Return what each network costs as it is written."""
        return {name: pruned.declared + Count(nodes=len(self.expansion.graphs[name].inputs)) for name, pruned in self.condensed.items()}

    def cost(self) -> Count:
        """Return what the pruned networks cost together."""
        inputs = sum(len(graph.inputs) for graph in self.expansion.graphs.values())
        return total_of([Count(nodes=inputs), *[pruned.count() for pruned in self.condensed.values()]])

    def tokens(self) -> dict[str, tuple[str, ...]]:
        """Return the tokens of each network's fingerprint."""
        return {name: pruned.tokens() for name, pruned in self.condensed.items()}


class Template(NamedTuple):
    """What a block call gave on some shape; where it ``moves``, it did not look at shapes, and gives the same on another one.

    What shares parameters inside cannot be taken apart, and does not move. The ``plan`` is the one by which it was pruned, where that was one.
    """

    written: Graph | Sketch
    steps: int
    depth: int
    moves: bool
    plan: Plan | None = None


class Folding:
    """Expands what is drawn from one space, and remembers what block calls gave."""

    def __init__(
        self, document: Document, variant: str | None, settings: Mapping[str, Any], vars: Mapping[str, Any], ops: Mapping[str, type[Op]]
    ) -> None:
        self.document = document
        self.variant = variant
        self.settings = settings
        self.ops = ops
        self.pieces: dict[Any, Piece | None] = {}
        self.known = Known()
        self.shapes: dict[tuple[int, ...], tuple[Op, tuple[Shape, ...], Shape]] = {}
        self.interned: dict[Shape, Shape] = {}
        self.templates: dict[Any, Template] = {}
        self.powers: dict[tuple[int, int], tuple[Piece, Piece | None]] = {}
        self.blocks: dict[int, dict[str, tuple[Block, Document]]] = {}
        self.made_ops: dict[Any, Op] = {}
        self.initialized: dict[int, tuple[Op, Op]] = {}
        networks = (document.net, *(network.net for network in (document.networks or {}).values()))
        self.blind = {id(block) for block in document.blocks.values() if _is_blind(block)}
        self.draws_between = Openness(document).value(networks)
        self.read: dict[int, tuple[str, ...]] = _read_by_blocks(document, vars, ops)

    def draw(self, seed: int, fixed: Mapping[str, Any]) -> Folded | None:
        """Return what a seed draws; None where it does not fit, or is too large."""
        walks: list[_Folding] = []

        def walk_of(document: Document, ops: Mapping[str, type[Op]], drawer: Drawer, globals: dict[int, dict[str, Any]]) -> Walk:
            walks.append(_Folding(self, document, drawer, globals))
            return walks[-1]

        own: tuple[dict[Any, Any], ...] = (self.pieces, self.powers, self.templates, self.shapes, self.interned, self.made_ops, self.initialized)
        for memory in (*own, *self.known.memories()):
            if len(memory) > MOST:
                memory.clear()
        try:
            expansion = expand(self.document, self.variant, self.settings, seed=seed, ops=self.ops, fixed=dict(fixed), walk=walk_of)
        except ArchError:
            return None
        if any(walk.nodes > MAX_NODES or walk.builder.steps > MAX_STEPS for walk in walks):
            return None
        return Folded(expansion, {name: prune(graph, self.known) for name, graph in expansion.graphs.items()})


def _read_by_blocks(document: Document, vars: Mapping[str, Any], ops: Mapping[str, type[Op]]) -> dict[int, tuple[str, ...]]:
    """Return for every block without holes the vars that it may read, itself or in what it calls, and that are not always the same; by its id."""
    openness = Openness(document)
    blocks = {name: block for library in document.libraries for name, block in library.blocks.items()} | document.blocks
    total = len(document.blocks) + sum(len(library.blocks) for library in document.libraries)
    if any(library.has_holes for library in document.libraries) or len(blocks) < total:
        return {}
    named = {name: _names(block) for name, block in blocks.items()}
    everything = frozenset().union(*(names for names, _ in named.values()))
    drawn: set[str] = set()
    for name, value in vars.items():
        if openness.value(value) or any(each in drawn for each, _ in names_in(value)):
            drawn.add(name)
    found: dict[int, tuple[str, ...]] = {}
    for name, block in blocks.items():
        if not openness.block(name, block):
            reached = _reached(name, named, ops)
            found[id(block)] = tuple(sorted(drawn & (everything if reached is None else reached)))
    return found


def _names(block: Block) -> tuple[frozenset[str], frozenset[str] | None]:
    """Return the names that the expressions of a block use, and what it calls; None where that is computed."""
    names: set[str] = set()
    called: set[str] | None = set()
    stack: list[Any] = [block.args, block.body]
    while stack:
        each = stack.pop()
        if isinstance(each, (Expression, Hole)):
            names.update(name for name, _ in names_in(each))
        if isinstance(each, Call):
            called = None if called is None or isinstance(each.name, Expression) else {*called, each.name}
        stack.extend(parts_of(each))
    return frozenset(names), frozenset(called) if called is not None else None


def _reached(name: str, named: Mapping[str, tuple[frozenset[str], frozenset[str] | None]], ops: Mapping[str, type[Op]]) -> frozenset[str] | None:
    """Return the names that a block uses, itself or in what it calls; None where that cannot be told."""
    found: set[str] = set()
    seen = set(ops)
    stack = [name]
    while stack:
        each = stack.pop()
        if each in seen:
            continue
        seen.add(each)
        names, called = named.get(each, (frozenset(), None))
        if called is None:
            return None
        found |= names
        stack.extend(called)
    return frozenset(found)


class _Folding(UsesAware):
    """Walks as ever, but takes what a block call gives from memory where an equal one was expanded before.

    Attributes:
        deepest: How deep calls are nested.
        inlined: Whether a call did not become a piece.
    """

    def __init__(self, memory: Folding, document: Document, drawer: Drawer, globals: dict[int, dict[str, Any]]) -> None:
        super().__init__(document, memory.ops, drawer, globals)
        self.memory = memory
        self.blocks = memory.blocks
        self.made_ops = memory.made_ops
        self.initialized = memory.initialized
        self.builder.shapes, self.builder.interned = memory.shapes, memory.interned
        self.drawing = memory.draws_between
        self.deepest = 0
        self.inlined = False
        self._inside = 0
        self._spelled: dict[str, str] = {}

    @property
    def nodes(self) -> int:
        """How many nodes there are, those inside pieces among them."""
        return len(self.builder.nodes) + self._inside

    def _enter(self, name: str, block: Block, document: Document, argument: Any, value: Any, frame: Frame, step: Call) -> Any:
        piece = self._remembered(block, argument, value, frame)
        depth = frame.site.depth + 1 if frame.site is not None else 1
        if piece is None or depth + piece.fragment.depth > MAX_CALLS:
            return super()._enter(name, block, document, argument, value, frame, step)
        return self._take(piece, value, depth, frame, step.as_ or name)

    def inside(self, block: Block, value: Any, frame: Frame) -> Any:
        """Expand the body of a block that is called for the first time; what it gives is remembered if that is possible."""
        assert frame.site is not None
        piece = self._piece(block, value, frame)
        if piece is None or frame.site.depth + piece.fragment.depth > MAX_CALLS:
            self.deepest = max(self.deepest, frame.site.depth)
            self.inlined = True
            return super().inside(block, value, frame)
        return self._take(piece, value, frame.site.depth, frame, None)

    def _take(self, piece: Piece, value: Node, depth: int, frame: Frame, name: str | None) -> Node:
        fragment = piece.fragment
        self.deepest = max(self.deepest, depth + fragment.depth)
        self.builder.steps += fragment.steps
        if not fragment.nodes:
            self.inlined = self.inlined or not piece.moves
            return value
        op: Op = piece
        if fragment.nodes == 1 and fragment.traits.is_zero and piece.moves:
            op = fragment.inside.graph.outputs[0].op  # a zero is seen through at once: pruning would open it
        self._inside += fragment.nodes - 1
        full = self.builder.unique(frame.prefix + (name or "piece"))
        node = Node(full, op, (value,), fragment.shape, full)
        self.builder.nodes.append(node)
        return node

    def _repeat(self, step: RepeatStep, value: Any, frame: Frame) -> Any:
        """Expand one round and take the others as one piece, where a round is one call that depends on nothing but the shape of what enters."""
        repeat = step.repeat
        if len(repeat.body) != 1 or repeat.times is None or repeat.index is not None or not _is_bare(repeat.body[0]) or self.drawing or self.uses:
            return super()._repeat(step, value, frame)
        times = self.count(repeat.times, frame, "`times`", repeat.at("times"), 0, MAX_TIMES)
        frame = self.labelled(step, frame)
        while times:
            before, entering = len(self.builder.nodes), value
            value = self.body(repeat.body, value, frame)
            made = self.builder.nodes[before:]
            if times > 1 and len(made) == 1 and value is made[0] and type(value.op) is Piece and value.shape == entering.shape:
                row = self._row(value.op, times)
                if row is not None:
                    return self._exchange(value, row, times)
            times -= 1
        return value

    def _row(self, piece: Piece, times: int) -> Piece | None:
        """Return what several calls in a row give, if they can be one piece."""
        key = (id(piece), times)
        if key not in self.memory.powers:
            self.memory.powers[key] = piece, power(piece, times)
        return self.memory.powers[key][1]

    def _exchange(self, last: Node, row: Piece, times: int) -> Node:
        """Put a row of calls in the place of the last node, which is the first of them."""
        inside = row.fragment.nodes // times
        self.builder.steps += row.fragment.steps // times * (times - 1)
        self._inside += inside * (times - 1)
        node = Node(last.name, row, last.inputs, last.shape, last.name)
        self.builder.nodes[-1] = node
        self.given[-1:] = [(step, node if gave is last else gave) for step, gave in self.given[-1:]]
        return node

    def _remembered(self, block: Block, argument: Any, value: Any, frame: Frame) -> Piece | None:
        """Return the piece that an equal call gave, if there was one and all that it depends on is plain to see."""
        read = self.memory.read.get(id(block))
        if read is None or type(value) is not Node or self.uses:
            return None
        args: tuple[Any, ...] = ()
        if argument is not None or block.args:
            given = argument if type(argument) is dict else {} if argument is None else {next(iter(block.args), ""): argument}
            values = {name: self.value(written, frame) for name, written in given.items()}
            args = tuple([values.pop(name, default) for name, default in block.args.items()])
            if values or None in args:
                return None
        return self.memory.pieces.get(self._key(block, read, value.shape, args))

    def _piece(self, block: Block, value: Any, frame: Frame) -> Piece | None:
        read = self.memory.read.get(id(block))
        if read is None or type(value) is not Node or self.uses:
            return None
        key = self._key(block, read, value.shape, tuple(frame.scope.values()))
        if key is None:
            return None
        if key not in self.memory.pieces:
            self.memory.pieces[key] = self._new(key, block, value.shape, frame)
        return self.memory.pieces[key]

    def _key(self, block: Block, read: tuple[str, ...], shape: Shape, args: tuple[Any, ...]) -> Any:
        """Return what equal calls have in common; None where an argument is more than plain data."""
        types = tuple(map(type, args))
        if not _SCALARS.issuperset(types):
            if not all(map(_is_plain, args)):
                return None
            args = (repr(args),)
        return (id(block), args, types, tuple(map(self._spelled_var, read)), shape.dims, shape.kind)

    def _spelled_var(self, name: str) -> str:
        """Return a var as it would be written: unlike the values, texts tell 1 from 1.0 and from true."""
        text = self._spelled.get(name)
        if text is None:
            text = self._spelled[name] = repr(self.globals[id(self.root)].get(name))
        return text

    def _new(self, key: Any, block: Block, shape: Shape, frame: Frame) -> Piece | None:
        """Return the piece for a call that was not made on this shape before."""
        call = key[:-2]
        template = self.memory.templates.get(call)
        pruned = self._moved(template, shape) if template is not None else None
        if template is None or pruned is None:
            template = self._expanded(block, shape, frame)
            if template is None:
                return None
            pruned = prune(template.written, self.memory.known)
            if template.moves:
                plan = pruned.plan if isinstance(pruned, Planned) and pruned.sketch is template.written else None
                self.memory.templates[call] = template._replace(plan=plan)
        fragment = make_fragment(pruned, template.steps, template.depth)
        return Piece.of(fragment, call, template.moves) if fragment is not None else None

    def _moved(self, template: Template, shape: Shape) -> Pruned | None:
        """Return what is left of the same graph on another shape; None where it does not fit, or a call in it was not made on its shape before."""
        sketch = template.written
        assert isinstance(sketch, Sketch)
        ops, shapes, alike = [sketch.ops[0]], [shape], True
        for op, operands in zip(sketch.ops[1:], sketch.operands[1:]):
            if type(op) is Piece:
                piece = self._moved_piece(op, shapes[operands[0]])
                if piece is None:
                    return None
                alike = alike and piece.kind == op.kind
                ops.append(piece)
                shapes.append(piece.fragment.shape)
                continue
            try:
                gives = self.builder.gives(op, tuple([shapes[operand] for operand in operands]))
            except (ShapeError, Wrong):
                return None
            alike = alike and is_shapeless(type(op))
            ops.append(op)
            shapes.append(gives)
        moved = Sketch(sketch.names, sketch.operands, sketch.output, tuple(ops), tuple(shapes))
        return prune(moved, self.memory.known, template.plan if alike and _is_level(sketch.shapes) and _is_level(shapes) else None)

    def _moved_piece(self, piece: Piece, shape: Shape) -> Piece | None:
        known = self.memory.pieces.get((*piece.call, shape.dims, shape.kind)) if piece.call is not None else None
        if known is None:
            return None
        was, now = piece.fragment, known.fragment
        return known if (was.steps, was.depth, bool(was.nodes)) == (now.steps, now.depth, bool(now.nodes)) else None

    def _expanded(self, block: Block, shape: Shape, frame: Frame) -> Template | None:
        """Expand a block call by itself."""
        walk = _Folding(self.memory, self.root, self.drawer, self.globals)
        walk._spelled = self._spelled
        entry = walk.builder.add_input("input", shape, None)
        scope = Scope(frame.scope, frame.scope.globals)
        scope.current = entry
        try:
            result = walk.body(block.body, entry, Frame(scope, frame.document, site=frame.site))
        except (Wrong, Stop, Poisoned):
            return None
        if walk.builder.found or type(result) is not Node:
            return None
        assert frame.site is not None
        depth = max(walk.deepest - frame.site.depth, 0)
        graph = fold_joins(walk.builder.graph("", (result,)))
        if not stands_alone(graph):
            return None
        sketch = sketch_of(graph)
        moves = sketch is not None and id(block) in self.memory.blind and not walk.inlined
        return Template(sketch or graph, walk.builder.steps, depth, moves)


def _is_level(shapes: Sequence[Shape]) -> bool:
    """Tell whether all values have the same shape."""
    return all(shape is shapes[0] or shape == shapes[0] for shape in shapes)


def _is_blind(block: Block) -> bool:
    """Tell whether the steps of a block do not look at the shape of what enters, apart from what they call."""
    stack: list[Any] = [block.args, block.body]
    while stack:
        each = stack.pop()
        if isinstance(each, Expression) and not each.names.isdisjoint(IMPLIED):
            return False
        if isinstance(each, WhereStep) or (isinstance(each, Skip) and not isinstance(each.shortcut, tuple)):
            return False
        if isinstance(each, Branch) and each.split is not None:
            return False
        stack.extend(parts_of(each))
    return True


def _is_bare(step: Step) -> bool:
    """Tell whether a step is a call, without a label, an origin or a condition."""
    return isinstance(step, Call) and step.as_ is None and step.from_ is None and step.when is True


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return type(value) in _SCALARS
