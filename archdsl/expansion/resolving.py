"""A sample as a document of its own: every hole is filled in as it was drawn, and what has none stays as written.

A block call that drew something becomes a call of a block of its own (``grow_3``; equal ones are one), a loop whose rounds drew differently is
unrolled, and a choice becomes its option.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.expand import Expansion, expand
from archdsl.expansion.openness import Openness, parts_of, plain_value
from archdsl.expansion.rewriting import filled, rewrite
from archdsl.expansion.state import Frame, Instance
from archdsl.expansion.walk import Walk
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.source import Source
from archdsl.spec.catalogue import shipped_folder
from archdsl.spec.document import Block, Document, Network
from archdsl.spec.layout import dump
from archdsl.spec.nodes import Call, Repeat, RepeatStep, Step, WhereStep
from archdsl.spec.reader import read_document
from archdsl.spec.values import Hole
from archdsl.spec.writing import plain

KEPT = (
    *("archdsl", "name", "about", "cite", "input", "inputs", "vars", "import", "blocks"),
    *("net", "outputs", "networks", "objective", "init", "expect"),
)
"""What a sample keeps of its space, in order; variants are settings of what is drawn."""


def resolve(
    document: Document,
    expansion: Expansion,
    variant: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    ops: Mapping[str, type[Op]] = OPS,
) -> Document:
    """Return the document without holes that means what was drawn from one with holes.

    Args:
        document: The space.
        expansion: What was drawn from it, with the same variant and settings.
        variant: The variant.
        settings: The settings.
        name: What the sample is called; as the space without it.
        ops: The vocabulary.

    Raises:
        UsageError: If what was drawn cannot be written as a document of its own.

    >>> from archdsl.expansion.architecture import read
    >>> from archdsl.spec.writing import write_document
    >>> space, _ = read("{archdsl: 1, input: [3, 8, 8], vars: {n: {int: [2, 4]}}, net: [{choice: [[relu], [{conv: $n}]]}]}")
    >>> print(write_document(resolve(space, expand(space, seed=1))))
    archdsl: 1
    input: [3, 8, 8]
    vars: {n: 3}
    net: [relu]
    <BLANKLINE>
    """
    data = resolved_data(document, expansion, variant, settings, ops)
    if name is not None:
        data = {"archdsl": data.pop("archdsl"), "name": name, **{key: value for key, value in data.items() if key != "name"}}
    path = document.source.path if document.source is not None else None
    return read_document(Source(name or document.name or "sample", dump(data), path), ops, shipped_folder())


def resolved_data(
    document: Document,
    expansion: Expansion,
    variant: str | None = None,
    settings: Mapping[str, Any] | None = None,
    ops: Mapping[str, type[Op]] = OPS,
) -> dict[str, Any]:
    """Return the same as plain data, ready to be written."""
    for library in document.libraries:
        _refuse_drawn_vars(library)
    written = plain(document)
    data = {key: written[key] for key in KEPT if key in written}
    walks: list[_Recording] = []

    def walk_of(document: Document, ops: Mapping[str, type[Op]], drawer: Drawer, globals: dict[int, dict[str, Any]]) -> Walk:
        walks.append(_Recording(document, ops, drawer, globals, walks[0] if walks else None))
        return walks[-1]

    expand(document, variant, settings, fixed={draw.address: draw.value for draw in expansion.draws}, ops=ops, walk=walk_of)
    _fill_vars(data, document, expansion, variant, dict(settings or {}))
    names = list(document.networks or {""})
    for network, walk in zip(names, walks):
        target = data["networks"][network] if network else data
        target["net"] = walk.made[-1]
        _fill_ends(target, document.networks[network] if document.networks else document, walk)
    if walks:
        _fill_blocks(data, document, walks[0])
    if variant is not None or settings:
        data.pop("expect", None)
    return {key: data[key] for key in KEPT if key in data}


def _refuse_drawn_vars(library: Document) -> None:
    """Raise an error if vars of a library, or of those that it imports, are drawn: the sample imports the library as it is."""
    name = library.source.name if library.source is not None else "a library"
    if Openness(library).value(tuple(library.vars.values())):
        message = f"vars of the library `{name}` have choices: a sample cannot hold them"
        raise UsageError(Diagnostic("E950", message, None, "put them into the document itself"))
    for each in library.libraries:
        _refuse_drawn_vars(each)


def _fill_vars(data: dict[str, Any], document: Document, expansion: Expansion, variant: str | None, settings: dict[str, Any]) -> None:
    chosen = document.variants[variant] if variant is not None else None
    changed = {key.partition(".")[0] for key in (*settings, *(chosen.vars if chosen else ()))}
    is_open = Openness(document).value
    for name, written in document.vars.items():
        if name in changed or is_open(written):
            data["vars"][name] = plain_value(expansion.vars[name])
    shape = settings.get("input", chosen.input if chosen is not None else None)
    if shape is not None and "input" in data:
        data["input"] = plain_value(shape)


def _fill_ends(target: dict[str, Any], network: Document | Network, walk: _Recording) -> None:
    """Fill in what is drawn of the shapes of inputs and of the names of outputs."""
    for name in ("input", "inputs", "outputs"):
        written = getattr(network, name)
        if walk.openness.value(written):
            target[name] = plain(filled(written, walk.values))


def _fill_blocks(data: dict[str, Any], document: Document, walk: _Recording) -> None:
    closed = {name: plain(block) for name, block in document.blocks.items() if not walk.openness.block(name, block)}
    kept = _reachable(closed, [data.get("net"), data.get("networks"), walk.own_blocks], walk.entered)
    data["blocks"] = {**{name: block for name, block in closed.items() if name in kept}, **walk.own_blocks}
    if not data["blocks"]:
        del data["blocks"]


def _reachable(blocks: dict[str, Any], written: list[Any], entered: set[str]) -> set[str]:
    """Return the blocks that are called or named, by what is written or by one another; a computed name counts where it led."""
    kept: set[str] = set()
    stack: list[Any] = [*written, *entered]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            stack.extend((*each, *each.values()))
        elif isinstance(each, (list, tuple)):
            stack.extend(each)
        elif isinstance(each, str) and each in blocks and each not in kept:
            kept.add(each)
            stack.append(blocks[each])
    return kept


def _names_taken(document: Document) -> set[str]:
    """Return the vars, arguments, inputs and loop names of a document."""
    found = {*document.vars, "input", *(name for block in document.blocks.values() for name in block.args)}
    networks: list[Document | Network] = [document, *(document.networks or {}).values()]
    found.update(name for network in networks for name in network.inputs or ())
    stack: list[Any] = [*(network.net for network in networks), *(block.body for block in document.blocks.values())]
    while stack:
        each = stack.pop()
        if isinstance(each, Repeat):
            found.update((*(each.over or ()), *((each.index,) if each.index else ())))
        stack.extend(parts_of(each))
    return found


class _Recording(Walk):
    """Walks as ever, and writes down every step as it was drawn.

    Attributes:
        made: The bodies that were walked directly inside the step that is being walked, as plain data.
        values: What the holes of that step gave, by the id of the hole; the number of the option for what is drawn otherwise.
        handed: The argument that a computed name brought along.
        rounds: What the rounds of a loop were set to.
        done: Whether the condition of the step holds.
        own_blocks: The blocks that calls became, by name.
        entered: The names of the blocks that were called.
        taken: Names that a label may not have.
    """

    def __init__(
        self, document: Document, ops: Mapping[str, type[Op]], drawer: Drawer, globals: dict[int, dict[str, Any]], first: _Recording | None
    ) -> None:
        super().__init__(document, ops, drawer, globals)
        self.openness: Openness = first.openness if first is not None else Openness(document)
        self.own_blocks: dict[str, Any] = first.own_blocks if first is not None else {}
        self.entered: set[str] = first.entered if first is not None else set()
        self.taken: set[str] = first.taken if first is not None else _names_taken(document)
        self.made: list[list[Any]] = []
        self.values: dict[int, Any] = {}
        self.gate_body: list[Any] | None = None
        self.called: str | None = None
        self.handed: Any = None
        self.rounds: list[dict[str, Any]] = []
        self.done = True
        self._when: Any = True
        self._body: list[Any] = []
        self._instances: dict[int, tuple[str, list[Any], list[bool]]] = {}

    def body(self, steps: tuple[Step, ...], value: Any, frame: Frame) -> Any:
        outer, self._body = self._body, []
        result = super().body(steps, value, frame)
        self.made.append(self._body)
        self._body = outer
        return result

    def step(self, step: Step, value: Any, frame: Frame, number: int) -> Any:
        outer = self.made, self.values, self.gate_body, self.called, self.handed, self.rounds, self.done, self._when
        self.made, self.values, self.gate_body, self.called, self.handed = [], {}, None, None, None
        self.rounds, self.done, self._when = [], True, step.when
        result = super().step(step, value, frame, number)
        written = self._written(step, frame)
        self.made, self.values, self.gate_body, self.called, self.handed, self.rounds, self.done, self._when = outer
        self._body += written
        return result

    def truth(self, value: Any, frame: Frame, place: Any) -> bool:
        result = super().truth(value, frame, place)
        if value is self._when:
            self.done = result
        return result

    def pick(self, drawn: Any, count: int, weights: Any, frame: Frame, place: Any) -> int:
        chosen = self.values[id(drawn)] = super().pick(drawn, count, weights, frame, place)
        return chosen

    def _hole(self, hole: Hole, frame: Frame) -> Any:
        value = self.values[id(hole)] = super()._hole(hole, frame)
        return value

    def _gate(self, merge: Any, entering: Any, frame: Frame, place: Any) -> Any:
        gate = super()._gate(merge, entering, frame, place)
        self.gate_body = self.made.pop()
        return gate

    def _enter(self, name: str, block: Block, document: Document, argument: Any, value: Any, frame: Frame, step: Call) -> Any:
        result = super()._enter(name, block, document, argument, value, frame, step)
        self.entered.add(name)
        if self.openness.block(name, block):
            if document is not self.root:
                message = f"`{name}` of the library `{document.source.name}` has choices: a sample cannot hold it"
                raise UsageError(Diagnostic("E950", message, None, "write the block in the document itself"))
            self.called = self._own(name, block)
            self.handed = argument if step.argument is None else None
        return result

    def _rounds(self, step: RepeatStep, frame: Frame) -> list[dict[str, Any]]:
        rounds = super()._rounds(step, frame)
        self.rounds = rounds
        return rounds

    def _own(self, name: str, block: Block) -> str:
        """Return the name of the block that a call becomes."""
        args = {key: self._default(value) for key, value in block.args.items()}
        data = {"args": args, "body": self.made[-1]} if args else {"body": self.made[-1]}
        for known, other in self.own_blocks.items():
            if other == data and known.rpartition("_")[0] == name:
                return known
        number = 1
        taken = {*self.root.blocks, *self.own_blocks, *self.ops}
        while f"{name}_{number}" in taken:
            number += 1
        self.own_blocks[f"{name}_{number}"] = data
        return f"{name}_{number}"

    def _default(self, value: Any) -> Any:
        if not self.openness.value(value):
            return plain(value)
        return plain_value(self.values[id(value)]) if id(value) in self.values else None

    def _use(self, instance: Instance, value: Any, frame: Frame, step: Call) -> Any:
        before = len(self.made)
        result = super()._use(instance, value, frame, step)
        if len(self.made) > before:
            _, body, filled = self._instances[id(instance.body)]
            if filled and body != self.made[-1]:
                message = f"the uses of the instance `{instance.name}` drew differently: a sample cannot hold them"
                raise UsageError(Diagnostic("E950", message, None, "draw before `where`, with `let`"))
            body[:] = self.made[-1]
            filled.append(True)
        return result

    def _written(self, step: Step, frame: Frame) -> list[Any]:
        if isinstance(step, WhereStep):
            for name, body in step.where.items():
                self._instances[id(body)] = (name, [], [])
        if not self.openness.step(step) and self.called is None:
            return [plain(step)]
        bodies = {name: self._instances[id(body)][1] for name, body in step.where.items()} if isinstance(step, WhereStep) else None
        return rewrite(step, self, bodies)
