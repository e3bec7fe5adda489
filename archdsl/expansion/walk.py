"""The walk over the steps of a document: every primitive in a method of its own."""

from __future__ import annotations

from typing import Any

from archdsl.errors import did_you_mean
from archdsl.expansion.calls import Calls
from archdsl.expansion.evaluation import span_of
from archdsl.expansion.shortcuts import make_shortcut
from archdsl.expansion.state import POISON, Frame, Instance, Poison, Poisoned, Wrong
from archdsl.ir.graph import Group, Node
from archdsl.source import Mapping
from archdsl.spec.nodes import (
    Branch,
    BranchStep,
    Call,
    Cell,
    CellStep,
    ChoiceStep,
    IfStep,
    LetStep,
    MergeStep,
    Rename,
    Repeat,
    RepeatStep,
    SeqStep,
    SkipStep,
    Some,
    Step,
    WhereStep,
)
from archdsl.spec.pieces import item_place, span_at
from archdsl.spec.reading import describe

MAX_TIMES = 10_000


class Walk(Calls):
    """Expands steps to nodes. A step that goes wrong is reported and gives no value; what depends on it is passed over in silence."""

    def body(self, steps: tuple[Step, ...], value: Any, frame: Frame) -> Any:
        """Expand steps one after the other; return the last value."""
        for number, step in enumerate(steps):
            value = self.step(step, value, frame, number)
        return value

    def step(self, step: Step, value: Any, frame: Frame, number: int) -> Any:
        """Expand one step; return its value."""
        self.builder.tick(step.place)
        if self.drawing:
            frame = frame._replace(address=f"{frame.address}.{number}")
        try:
            entering = value if step.from_ is None else self.origin(step, frame)
            frame.scope.current = entering
            if step.when is not True and not self.truth(step.when, frame, step.at("when")):
                result = self.single(entering, step)
            else:
                result = getattr(self, _HANDLERS[type(step)])(step, entering, frame)
                if result is not entering and type(result) is Node and type(step) not in _TRANSPARENT:
                    self.given.append((step, result))
        except Wrong as wrong:
            self.report(wrong, frame)
            result = self._poison(step, frame)
        except Poisoned:
            result = self._poison(step, frame)
        if step.as_ is not None:
            frame.scope[step.as_] = result
        return result

    def _poison(self, step: Step, frame: Frame) -> Any:
        """Give the names that a step was to make no value, so that nobody is told that they are unknown."""
        made = step.let if isinstance(step, LetStep) else step.where if isinstance(step, WhereStep) else ()
        for name in made:
            frame.scope[name] = POISON
        return POISON

    def origin(self, step: Step, frame: Frame) -> Any:
        """Return the value, the tuple or the dict of values that ``from`` names."""
        if isinstance(step.from_, dict):
            return {role: self.network_value(each, frame, step) for role, each in step.from_.items()}
        if isinstance(step.from_, tuple):
            return tuple(self.network_value(each, frame, step) for each in step.from_)
        value = self.value(step.from_, frame)
        if isinstance(value, tuple):
            return tuple(self._checked(each, step.from_, step) for each in value)
        return self._checked(value, step.from_, step)

    def network_value(self, expression: Any, frame: Frame, step: Step) -> Node:
        """Evaluate to a value of the network."""
        return self._checked(self.value(expression, frame), expression, step)

    def _checked(self, value: Any, expression: Any, step: Step) -> Node:
        if isinstance(value, Node):
            return value
        if isinstance(value, Poison):
            raise Poisoned
        raise Wrong("E204", f"`from` takes values of the network, got {describe(value)}", span_of(expression, step.at("from")))

    def single(self, value: Any, step: Step) -> Node:
        """Return the one value that enters a step."""
        if isinstance(value, Node):
            return value
        if isinstance(value, Poison):
            raise Poisoned
        if value is None:
            raise Wrong("E207", "no value enters this step", step.place.span() if step.place else None, "say `from:` which value it works on")
        raise Wrong("E207", f"this step works on one value, got {len(value)}", step.place.span() if step.place else None)

    def labelled(self, step: Step, frame: Frame) -> Frame:
        """Return the frame for the inside of a step: its label becomes part of the names."""
        if step.as_ is None:
            return frame
        return frame._replace(prefix=self.builder.unique(frame.prefix + step.as_) + ".")

    # --- one handler for each step ----------------------------------------------------------------------------------------------------

    def _rename(self, step: Rename, value: Any, frame: Frame) -> Any:
        return value if isinstance(value, tuple) and step.as_ is None else self.single(value, step)

    def _seq(self, step: SeqStep, value: Any, frame: Frame) -> Any:
        return self.body(step.seq, value, self.labelled(step, frame))

    def _if(self, step: IfStep, value: Any, frame: Frame) -> Any:
        chosen = step.then if self.truth(step.if_, frame, step.at("if")) else step.else_
        return self.body(chosen, value, self.labelled(step, frame))

    def _choice(self, step: ChoiceStep, value: Any, frame: Frame) -> Any:
        options = step.choice.options
        chosen = self.pick(step.choice, len(options), step.choice.weights, frame, step.place)
        inner = self.labelled(step, frame)
        return self.body(options[chosen], value, inner._replace(address=f"{frame.address}?{chosen}"))

    def _let(self, step: LetStep, value: Any, frame: Frame) -> Any:
        for name, written in step.let.items():
            frame.scope[name] = self.value(written, frame)
        return value

    def _merge(self, step: MergeStep, value: Any, frame: Frame) -> Any:
        values = value if isinstance(value, (tuple, dict)) else (self.single(value, step),)
        written = step.raw.get("from") if step.raw else None
        return self.merge(step.merge, values, None, frame, step.as_, step.place, written)

    def _skip(self, step: SkipStep, value: Any, frame: Frame) -> Any:
        skip, entering = step.skip, self.single(value, step)
        frame = self.labelled(step, frame)
        group = Group("skip", "skip", frame.prefix, frame.group, place=step.place)
        inner = frame.path(frame.prefix, group, frame.address + "/body")
        result = self.body(skip.body, entering, inner)
        around = frame._replace(group=group)
        way = make_shortcut(self, step, entering, result, around)
        if isinstance(result, Poison) or isinstance(way, Poison):
            raise Poisoned
        self.note_last_norm(result, entering)
        frame.scope.current = entering
        return self.merge(skip.merge, (way, result), entering, around, None, step.place)

    def _repeat(self, step: RepeatStep, value: Any, frame: Frame) -> Any:
        repeat = step.repeat
        rounds = self._rounds(step, frame)
        frame = self.labelled(step, frame)
        names = (*(repeat.over or ()), *((repeat.index,) if repeat.index else ()))
        for name in names:
            if name in frame.scope:
                at = repeat.at("index") if name == repeat.index else repeat.key_at("over")
                raise Wrong("E110", f"the loop name `{name}` hides another value of that name", at.span() if at else None, "choose another name")
        for number, setting in enumerate(rounds):
            self.builder.tick(step.place)
            frame.scope.update(setting)
            prefix = frame.prefix
            if repeat.index is not None:
                frame.scope[repeat.index] = number
                prefix = self.builder.unique(f"{prefix}{repeat.index}{number}") + "."
            group = Group("repeat", repeat.index or "", prefix, frame.group, number, len(rounds), step.place)
            value = self.body(repeat.body, value, frame.inside(prefix, group, f"{frame.address}#{number}" if self.drawing else ""))
        for name in names:
            frame.scope.pop(name, None)
        return value

    def _rounds(self, step: RepeatStep, frame: Frame) -> list[dict[str, Any]]:
        repeat = step.repeat
        if repeat.over is None:
            return [{}] * self.count(repeat.times, frame, "`times`", repeat.at("times"), 0, MAX_TIMES)
        lists: dict[str, Any] = {}
        for name, written in repeat.over.items():
            lists[name] = self.value(written, frame)
            if not isinstance(lists[name], tuple):
                at = span_of(written, item_place(_over(repeat), name))
                raise Wrong("E103", f"`over` walks lists, but `{name}` is {describe(lists[name])}", at)
        lengths = {len(each) for each in lists.values()}
        if len(lengths) > 1:
            listed = ", ".join(f"`{name}` has {len(each)}" for name, each in lists.items())
            raise Wrong("E208", f"the lists of `over` differ in length: {listed}", span_at(repeat.key_at("over")))
        return [dict(zip(lists, row)) for row in zip(*lists.values())]

    def _where(self, step: WhereStep, value: Any, frame: Frame) -> Any:
        share = self.value(step.share, frame)
        if share is not None and not (isinstance(share, tuple) and all(isinstance(each, str) for each in share)):
            raise Wrong("E103", f"`share` must be a list of ops, got {describe(share)}", span_of(step.share, step.at("share")))
        for name in share or ():
            if name not in self.ops:
                raise Wrong("E104", f"`share` names `{name}`, which is no op", span_of(step.share, step.at("share")), did_you_mean(name, self.ops))
        captured = frame.path(frame.prefix, frame.group, frame.address)  # type: ignore[arg-type]
        for name, body in step.where.items():
            instance = Instance(name, body, captured, frozenset(share) if share is not None else None)
            frame.scope[name] = captured.scope[name] = instance
        return value

    def _branch(self, step: BranchStep, value: Any, frame: Frame) -> Any:
        branch = step.branch
        frame = self.labelled(step, frame)
        paths = self._paths(step, value, frame)
        entering = self._path_inputs(step, value, len(paths), frame)
        outputs: list[Any] = []
        for number, (name, path) in enumerate(paths):
            self.builder.tick(step.place)
            inner = self._path_frame(branch, name, number, len(paths), frame, step)
            given = entering[number]
            if branch.chain is not None and number > 0:
                given = self._chained(branch, given, outputs[-1], inner._replace(address=frame.address + "/chain"), step)
            inner.scope.current = given
            outputs.append(self.body(path, given, inner))
        if any(isinstance(each, Poison) for each in outputs):
            raise Poisoned
        named = isinstance(branch.paths, dict)
        values: Any = {name: output for (name, _), output in zip(paths, outputs)} if named else tuple(outputs)
        frame.scope.current = value
        written = branch.raw.get("paths") if named and branch.raw else None
        return self.merge(branch.merge, values, value if isinstance(value, Node) else None, frame, None, step.place, written)

    def _paths(self, step: BranchStep, value: Any, frame: Frame) -> list[tuple[str | None, tuple[Step, ...]]]:
        branch = step.branch
        if branch.path is not None:
            times = self.count(branch.times, frame, "`times`", branch.at("times"), 1, MAX_TIMES)
            return [(None, branch.path)] * times
        if isinstance(branch.paths, Some):
            some = branch.paths.some
            count = self._subset_size(branch.paths, len(some), frame, step)
            chosen = self.drawer.subset(f"{frame.address}|{branch.paths.address}", len(some), count)
            return [(None, some[number]) for number in chosen]
        if isinstance(branch.paths, dict):
            return list(branch.paths.items())
        if not branch.paths:
            raise Wrong("E208", "a branch needs at least one path", span_at(branch.at("paths")), "`[[]]` is one path, the identity")
        return [(None, path) for path in branch.paths]

    def _subset_size(self, some: Some, size: int, frame: Frame, step: Step) -> int:
        count = self.value(some.count, frame)
        if isinstance(count, tuple) and len(count) == 2 and all(type(each) is int for each in count) and 1 <= count[0] <= count[1] <= size:
            return int(count[0]) + self.drawer.pick(f"{frame.address}|{some.address}/count", count[1] - count[0] + 1)
        if isinstance(count, int) and 1 <= count <= size:
            return count
        raise Wrong("E103", f"`count` is a number from 1 to {size}, or a range of them, got {describe(count)}", span_of(some.count, some.at("count")))

    def _path_inputs(self, step: BranchStep, value: Any, count: int, frame: Frame) -> list[Any]:
        if step.branch.split is not None:
            return self.split(self.single(value, step), count, frame, step.branch.at("split"))
        if isinstance(value, dict):
            value = tuple(value.values())
        if isinstance(value, tuple):
            if len(value) != count:
                message = f"`from` lists {len(value)} values for {count} paths"
                raise Wrong("E208", message, span_at(step.at("from")), "each path gets the value at its own place")
            return list(value)
        return [self.single(value, step)] * count

    def _path_frame(self, branch: Branch, name: str | None, number: int, total: int, frame: Frame, step: Step) -> Frame:
        prefix = frame.prefix
        label = name or (f"{branch.index}{number}" if branch.index else None)
        if label is not None:
            prefix = self.builder.unique(prefix + label) + "."
        group = Group("path", name or branch.index or "", prefix, frame.group, number, total, step.place)
        inner = frame.path(prefix, group, f"{frame.address}/{number}" if self.drawing else "")
        if branch.index is not None:
            inner.scope[branch.index] = number
        return inner

    def _chained(self, branch: Branch, given: Any, before: Any, frame: Frame, step: Step) -> Any:
        assert branch.chain is not None
        frame.scope.current = given
        if not self.truth(branch.chain.when, frame, branch.chain.at("when")):
            return given
        if isinstance(given, Poison) or isinstance(before, Poison):
            return POISON
        return self.merge(branch.chain.merge, (given, before), None, frame, None, step.place)

    def _cell(self, step: CellStep, value: Any, frame: Frame) -> Any:
        cell = step.cell
        frame = self.labelled(step, frame)
        count = self.count(cell.nodes, frame, "`nodes`", cell.at("nodes"), 1, 1000)
        values: list[Any] = list(value) if isinstance(value, tuple) else [self.single(value, step)]
        given = len(values)
        if given > count:
            nodes = "1 node" if count == 1 else f"{count} nodes"
            raise Wrong("E208", f"the cell has {nodes}, but {given} values enter it", span_at(cell.at("nodes")))
        edges = self._edges(cell, count, given, step)
        for target in range(given, count):
            entering = [self._edge(source, target, body, values[source], frame, step) for source, body in edges[target]]
            if any(isinstance(each, Poison) for each in entering):
                values.append(POISON)
                continue
            merged = entering[0] if len(entering) == 1 else self.merge(cell.merge, tuple(entering), None, frame, f"node{target}", step.place)
            values.append(merged)
        return self._cell_output(cell, values, given, frame, step)

    def _edges(self, cell: Cell, count: int, given: int, step: Step) -> dict[int, list[tuple[int, tuple[Step, ...]]]]:
        edges: dict[int, list[tuple[int, tuple[Step, ...]]]] = {node: [] for node in range(given, count)}
        for name, body in cell.edges.items():
            source, target = map(int, name.split("->"))
            problem = _edge_problem(source, target, count, given)
            if problem:
                raise Wrong("E208", f"the edge `{name}` {problem}", span_at(_key_place((cell.raw or {}).get("edges"), name)))
            edges[target].append((source, body))
        empty = [node for node, entering in edges.items() if not entering]
        if empty:
            raise Wrong("E208", f"no edge enters node {empty[0]} of the cell", span_at(cell.key_at("edges")))
        return edges

    def _edge(self, source: int, target: int, body: tuple[Step, ...], value: Any, frame: Frame, step: Step) -> Any:
        self.builder.tick(step.place)
        prefix = self.builder.unique(f"{frame.prefix}edge{source}_{target}") + "."
        group = Group("edge", f"{source}->{target}", prefix, frame.group, place=step.place)
        return self.body(body, value, frame.path(prefix, group, f"{frame.address}/{source}-{target}" if self.drawing else ""))

    def _cell_output(self, cell: Cell, values: list[Any], given: int, frame: Frame, step: Step) -> Any:
        output = self.value(cell.output, frame)
        if output == "last":
            return values[-1]
        chosen = output if isinstance(output, tuple) else (output,)
        if not chosen or not all(type(each) is int and 0 <= each < len(values) for each in chosen):
            wanted = f"`last`, a node from 0 to {len(values) - 1}, or a list of them"
            raise Wrong("E103", f"`output` must be {wanted}, got {describe(output)}", span_of(cell.output, cell.at("output")))
        picked = tuple(values[each] for each in chosen)
        if any(isinstance(each, Poison) for each in picked):
            raise Poisoned
        return picked[0] if len(picked) == 1 else self.builder.add(self.op("concat"), picked, frame, None, step.place)


def _over(repeat: Repeat) -> Any:
    return repeat.raw["over"] if repeat.raw else None


def _key_place(raw: Any, name: str) -> Any:
    return raw.key_place(name) if isinstance(raw, Mapping) else None


def _edge_problem(source: int, target: int, count: int, given: int) -> str | None:
    """Return why an edge cannot be, or None."""
    if max(source, target) >= count:
        return f"leads out of the cell, which has nodes 0 to {count - 1}"
    if source >= target:
        return "must lead from a node to a later one"
    if target < given:
        return f"leads to node {target}, which is an input of the cell"
    return None


_TRANSPARENT = (SeqStep, IfStep, RepeatStep, ChoiceStep)
"""Steps that give what a step inside them gave."""

_HANDLERS: dict[type[Step], str] = {
    Call: "call",
    Rename: "_rename",
    SeqStep: "_seq",
    BranchStep: "_branch",
    SkipStep: "_skip",
    RepeatStep: "_repeat",
    IfStep: "_if",
    LetStep: "_let",
    CellStep: "_cell",
    WhereStep: "_where",
    MergeStep: "_merge",
    ChoiceStep: "_choice",
}
