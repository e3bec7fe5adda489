"""Calls by name: ops, blocks, shared instances, and merges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from archdsl.errors import Diagnostic, Span, did_you_mean
from archdsl.expansion.builder import Builder
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.evaluation import Evaluator, span_of
from archdsl.expansion.state import POISON, CallSite, Frame, Instance, Poison, Poisoned, Scope, Sharing, Stop, Wrong
from archdsl.ir.graph import Group, Node
from archdsl.ops.base import Op
from archdsl.ops.fields import Init
from archdsl.source import Mapping as SourceMapping
from archdsl.spec.document import Block, Document, Initialization
from archdsl.spec.expressions import EvaluationError, Expression
from archdsl.spec.nodes import PRIMITIVES, Call, MergeChoice, Named, Step
from archdsl.spec.reading import describe, merge_problem, needs, op_diagnostics, unknown_help

MAX_CALLS = 100


class Calls(Evaluator):
    """What a name stands for, and what happens when it is called."""

    def __init__(self, document: Document, ops: Mapping[str, type[Op]], drawer: Drawer, globals: dict[int, dict[str, Any]]) -> None:
        super().__init__(drawer)
        self.root = document
        self.ops = ops
        self.globals = globals
        self.builder = Builder()
        self.drawing = document.has_holes
        self.last_norms: set[Node] = set()
        self.given: list[tuple[Step, Node]] = []
        self.blocks: dict[int, dict[str, tuple[Block, Document]]] = {}
        self.made_ops: dict[Any, Op] = {}
        self.initialized: dict[int, tuple[Op, Op]] = {}
        self._scheme = Init(weight=document.init.scheme) if document.init is not None and document.init.scheme is not None else None

    def body(self, steps: tuple[Step, ...], value: Any, frame: Frame) -> Any:
        """Expand steps one after the other; the walk says how."""
        raise NotImplementedError

    def report(self, wrong: Wrong, frame: Frame) -> None:
        """Keep a finding, with the calls that lead to it."""
        found = wrong.diagnostic
        self.builder.report(replace(found, related=(*found.related, *_calls(frame.site))))

    def op(self, name: str, **fields: Any) -> Op:
        """Return an op of the vocabulary with these fields."""
        key = (name, tuple(fields.items()))
        made = self.made_ops.get(key)
        if made is None:
            made = self.made_ops[key] = self._built(self.ops[name], fields)
        return made

    def _built(self, op: type[Op], fields: dict[str, Any]) -> Op:
        """Return an op with these fields, and with the document's own initialization where they say nothing of it."""
        init = None if self.root.init is None or fields.get("init") is not None else self._init_of(op, self.root.init)
        return op.model_validate(fields if init is None else {**fields, "init": init})

    def _initialize(self, op: Op) -> Op:
        """Give an op the document's own initialization where it says nothing itself."""
        rule = self.root.init
        if rule is None:
            return op
        known = self.initialized.get(id(op))
        if known is not None:
            return known[1]
        init = self._init_of(type(op), rule)
        made = op if init is None or op.init is not None else op.model_copy(update={"init": init})  # type: ignore[attr-defined]
        self.initialized[id(op)] = (op, made)  # with the op itself, so that its id is not given to another
        return made

    def _init_of(self, op: type[Op], rule: Initialization) -> Init | None:
        """Return how the document lets an op start; None where it says nothing, or the op has nothing to start."""
        if "init" not in op.model_fields:
            return None
        return rule.ops.get(op.name) or (self._scheme if op.family in ("conv", "linear", "attention") else None)

    def pick(self, drawn: Any, count: int, weights: Any, frame: Frame, place: Any) -> int:
        """Draw the number of an option."""
        try:
            return self.drawer.pick(f"{frame.address}|{drawn.address}", count, self.value(weights, frame))
        except EvaluationError as error:
            at = drawn.at(error.field) if error.field else place
            raise Wrong(error.code, error.message, at.span() if at else None, error.help) from None

    # --- calls ------------------------------------------------------------------------------------------------------------------------

    def call(self, step: Call, value: Any, frame: Frame) -> Any:
        """Expand a call of an op, a block or an instance."""
        if step.op is not None:
            return self._apply(self._initialize(step.op), value, frame, step)
        name, argument = self._resolve(step, frame)
        op = self.ops.get(name)
        if op is not None:
            return self._apply(self._make(op, argument, frame, step), value, frame, step)
        instance = frame.scope.get(name)
        if isinstance(instance, Instance):
            return self._use(instance, value, frame, step)
        if isinstance(instance, Poison):
            raise Poisoned
        found = self._block(name, frame)
        if found is not None:
            return self._enter(name, *found, argument, value, frame, step)
        if not isinstance(step.name, Expression):
            help = "the `where` that makes it must stand before, on the way that leads here"
            raise Wrong("E206", f"`{name}` is not made yet", _span(step), help)
        known = [*self.ops, *self._table(frame.document), *PRIMITIVES]
        raise Wrong("E104", f"there is no op or block `{name}`", span_of(step.name, step.place), did_you_mean(name, known))

    def _resolve(self, step: Named, frame: Frame) -> tuple[str, Any]:
        """Return the word and the argument of a step whose name may be computed."""
        if not isinstance(step.name, Expression):
            return step.name, step.argument
        name = self.value(step.name, frame)
        if isinstance(name, dict) and len(name) == 1 and step.argument is None:
            ((name, argument),) = name.items()
            return name, dict(argument) if isinstance(argument, dict) else argument
        if isinstance(name, str):
            return name, step.argument
        if isinstance(name, Node):
            help = f"write `{{from: {step.name.text.removeprefix('$')}}}` to go on from it"
            raise Wrong("E204", f"`{step.name.text}` is a value of the network, not a step", span_of(step.name, step.place), help)
        what = "an op or a block" if isinstance(step, Call) else "a merge"
        raise Wrong("E104", f"`{step.name.text}` must name {what}, got {describe(name)}", span_of(step.name, step.place))

    def _table(self, document: Document) -> dict[str, tuple[Block, Document]]:
        table = self.blocks.get(id(document))
        if table is None:
            table = {name: (block, library) for library in document.libraries for name, block in library.blocks.items()}
            table.update({name: (block, document) for name, block in document.blocks.items()})
            self.blocks[id(document)] = table
        return table

    def _block(self, name: str, frame: Frame) -> tuple[Block, Document] | None:
        """Return a block of the document that the call is written in; else, for a name handed to a library, of the root document."""
        return self._table(frame.document).get(name) or self._table(self.root).get(name)

    def _enter(self, name: str, block: Block, document: Document, argument: Any, value: Any, frame: Frame, step: Call) -> Any:
        if isinstance(value, Poison):
            raise Poisoned
        site = CallSite(name, step.place, frame.site, frame.site.depth + 1 if frame.site else 1)
        if site.depth > MAX_CALLS:
            help = "a block that calls itself needs an `if` that ends it"
            raise Stop(Diagnostic("E402", f"calls of blocks are nested more than {MAX_CALLS} deep", _span(step), help, related=_calls(site)))
        prefix = self.builder.unique(frame.prefix + (step.as_ or name)) + "."
        scope = Scope({}, self.globals[id(document)])
        scope.current = value
        group = Group("block", name, prefix, frame.group, place=step.place)
        inner = Frame(scope, document, prefix, group, site, frame.sharing, f"{frame.address}:{name}" if self.drawing else "")
        self._bind(name, block, argument, frame, inner, step)
        return self.inside(block, value, inner)

    def inside(self, block: Block, value: Any, frame: Frame) -> Any:
        """Expand the body of a block whose arguments are bound."""
        return self.body(block.body, value, frame)

    def _bind(self, name: str, block: Block, argument: Any, frame: Frame, inner: Frame, step: Call) -> None:
        names = tuple(block.args)
        if argument is None:
            given: dict[str, Any] = {}
        elif type(argument) is dict:
            given = argument
        elif names:
            given = {names[0]: argument}
        else:
            raise Wrong("E102", f"the block `{name}` takes no arguments", _span(step))
        for key in given:
            if key not in block.args:
                help, _ = unknown_help(key, names, "arguments")
                raise Wrong("E101", f"the block `{name}` has no argument `{key}`", step.argument_span("key", key), help)
        values = {key: self.value(written, frame) for key, written in given.items()}
        if POISON in values.values():
            raise Poisoned
        for key, default in block.args.items():
            if key in values:
                inner.scope[key] = values[key]
            elif default is None:
                missing = [each for each in names if block.args[each] is None and each not in values]
                raise self._several([needs(name, missing, (), _span(step))], frame)
            else:
                inner.scope[key] = self.value(default, inner)

    def _use(self, instance: Instance, value: Any, frame: Frame, step: Call) -> Any:
        if isinstance(value, Poison):
            raise Poisoned
        if not isinstance(value, Node):
            raise Wrong("E207", f"`{instance.name}` works on one value", _span(step))
        if value in instance.results:
            return instance.results[value]
        if frame.site is not None and frame.site.depth >= MAX_CALLS:
            raise Stop(Diagnostic("E402", f"calls are nested more than {MAX_CALLS} deep", _span(step), related=_calls(frame.site)))
        prefix = self.builder.unique(frame.prefix + (step.as_ or instance.name)) + "."
        instance.prefix = instance.prefix or prefix
        group = Group("instance", instance.name, prefix, frame.group, place=step.place)
        sharing = Sharing(prefix, instance.prefix, instance.share, frame.sharing) if prefix != instance.prefix else frame.sharing
        site = CallSite(instance.name, step.place, frame.site, frame.site.depth + 1 if frame.site else 1)
        inner = instance.frame.path(prefix, group, f"{instance.frame.address}:{instance.name}" if self.drawing else "")
        inner.scope.current = value
        result = self.body(instance.body, value, inner._replace(sharing=sharing, site=site))
        instance.results[value] = result
        return result

    # --- ops --------------------------------------------------------------------------------------------------------------------------

    def _make(self, op: type[Op], argument: Any, frame: Frame, step: Any) -> Op:
        """Return an op with its fields evaluated; raise :class:`Wrong` for the first that does not fit."""
        if argument is None:
            written: dict[str, Any] = {}
        elif type(argument) is dict:
            written = argument
        else:
            first = op.first_field()
            if first is None:
                raise Wrong("E102", f"`{op.name}` takes no arguments", _span(step))
            written = {first: argument}
        fields = {name: self.value(value, frame) for name, value in written.items()}
        key = _key(op, fields)
        found = self.made_ops.get(key)
        if found is not None:
            return found
        try:
            made = self._built(op, fields)
        except ValidationError as error:
            computed = any(isinstance(each, Expression) for each in written.values())
            known = frozenset(frame.scope.names())
            raise self._several(op_diagnostics(op, error, fields, step.argument_span, known, computed), frame) from None
        if key is not None:
            self.made_ops[key] = made
        return made

    def _several(self, found: list[Diagnostic], frame: Frame) -> Wrong:
        """Report all findings but the first, which is returned."""
        first, *others = [Wrong(each.code, each.message, each.span, each.help) for each in found]
        for other in others:
            self.report(other, frame)
        return first

    def _apply(self, op: Op, value: Any, frame: Frame, step: Call) -> Node:
        if isinstance(value, Poison):
            if not op.roles:
                return self.builder.add(op, (), frame, step.as_, step.place)
            raise Poisoned
        inputs = self._operands(op, value, step)
        return self.builder.add(op, inputs, frame, step.as_, step.place)

    def _operands(self, op: Op, value: Any, step: Any) -> tuple[Node, ...]:
        if not op.roles:
            return ()
        if isinstance(value, dict):
            return by_role(op, value, step.place, _written(step.raw, "from"))
        if isinstance(value, tuple):
            return value
        if value is None:
            raise Wrong("E207", "no value enters this step", _span(step), "say `from:` which value it works on")
        return (value,)

    def merge(self, merge: Any, values: Any, entering: Node | None, frame: Frame, label: str | None, place: Any, roles: Any = None) -> Node:
        """Join values by a merge, which may be drawn or have a body that gives a gate.

        ``roles`` is the written mapping that the values come from when they come by name, for places.
        """
        if isinstance(merge, MergeChoice):
            chosen = self.pick(merge, len(merge.choice), merge.weights, frame, place)
            return self.merge(merge.choice[chosen], values, entering, frame, label, place, roles)
        located = merge.place or place
        op = merge.op
        if op is None:
            name, argument = self._resolve(merge, frame)
            if merge_problem(name, self.ops):
                message, help = merge_problem(name, self.ops) or ("", None)
                raise Wrong("E104", message, span_of(merge.name, located), help)
            op = self._make(self.ops[name], argument, frame, merge) if argument is not None else self.op(name)
        if merge.gate is not None:
            values = (*values, self._gate(merge, entering, frame, located))
        inputs = by_role(op, values, located, roles) if isinstance(values, dict) else values
        return self.builder.add(self._initialize(op), inputs, frame, label, located)

    def _gate(self, merge: Any, entering: Node | None, frame: Frame, place: Any) -> Node:
        if entering is None:
            raise Wrong("E207", "the body of a gate works on the one value that enters a skip or a branch", place.span() if place else None)
        prefix = self.builder.unique(frame.prefix + "gate") + "."
        inner = frame.path(prefix, frame.group, frame.address + "/gate")  # type: ignore[arg-type]
        gate = self.body(merge.gate, entering, inner)
        if gate is POISON:
            raise Poisoned
        return gate  # type: ignore[no-any-return]

    def split(self, value: Node, count: int, frame: Frame, place: Any) -> list[Any]:
        """Return equal slices of the channels."""
        if value.shape.channels % count:
            message = f"{value.shape.channels} channels cannot be split into {count} equal slices"
            related = ((value.span, f"`{value.name}` gives {value.shape}"),) if value.span else ()
            raise Wrong("E305", message, place.span() if place else None, f"give the value a multiple of {count} channels", related=related)
        if count == 1:
            return [value]
        ops = [self.op("split", sections=count, index=number) for number in range(count)]
        return [self.builder.add(op, (value,), frame, None, place) for op in ops]

    def note_last_norm(self, result: Node, entering: Node) -> None:
        """Remember the norm that ends a body, for ``zero_last_norm``."""
        if self.root.init is None or not self.root.init.zero_last_norm:
            return
        while result.op.family == "regularization" and result is not entering:
            result = result.inputs[0]
        if result.op.family == "norm" and result is not entering and "init" in type(result.op).model_fields:
            self.last_norms.add(result)


_SCALARS = frozenset((int, float, bool, str, type(None)))


def _key(op: type[Op], fields: dict[str, Any]) -> Any:
    """Return what equal ops have in common, or None for fields that are more than scalars; `1`, `1.0` and `true` stay apart."""
    types = tuple([type(value) for value in fields.values()])
    return (op, tuple(fields.items()), types) if _SCALARS.issuperset(types) else None


def by_role(op: Op, values: Mapping[str, Node], place: Any, written: Any = None) -> tuple[Node, ...]:
    """Return named operands in the order of the op's roles."""
    if op.variadic:
        return tuple(values.values())
    for name in values:
        if name not in op.roles:
            at = written.key_place(name) if isinstance(written, SourceMapping) and name in written else place
            raise Wrong("E101", f"`{op.name}` has no role `{name}`", at.span() if at else None, unknown_help(name, op.roles, "roles")[0])
    present = [role for role in op.roles if role in values]
    if tuple(present) != op.roles[: len(present)] or len(present) < len(op.roles) - op.optional:
        missing = next(role for role in op.roles if role not in values)
        help = "its roles are " + ", ".join(f"`{role}`" for role in op.roles)
        raise Wrong("E102", f"`{op.name}` needs a value for `{missing}`", place.span() if place else None, help)
    return tuple(values[role] for role in present)


def _written(raw: Any, field: str) -> Any:
    return raw.get(field) if isinstance(raw, dict) else None


def _span(step: Any) -> Span | None:
    return step.place.span() if step.place is not None else None


def _calls(site: CallSite | None) -> tuple[tuple[Span, str], ...]:
    """Return the calls that lead to a step, innermost first, each place once."""
    found: dict[Span, str] = {}
    while site is not None and len(found) < 3:
        if site.place is not None:
            found.setdefault(site.place.span(), f"in `{site.block}`, called")
        site = site.outer
    return tuple(found.items())
