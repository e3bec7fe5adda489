"""Steps written anew, with what was drawn in the place of what was to be drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archdsl.expansion.openness import parts_of, plain_value
from archdsl.ir.graph import Node as GraphNode
from archdsl.spec.expressions import NAME, Expression
from archdsl.spec.nodes import (
    BranchStep,
    Call,
    CellStep,
    ChoiceStep,
    IfStep,
    LetStep,
    MergeChoice,
    Node,
    RepeatStep,
    SeqStep,
    SkipStep,
    Step,
    WhereStep,
)
from archdsl.spec.values import Hole, Template, names_in
from archdsl.spec.writing import origin, plain

if TYPE_CHECKING:
    from archdsl.expansion.resolving import _Recording

Instances = dict[str, list[Any]] | None


def rewrite(step: Step, record: _Recording, instances: Instances = None) -> list[Any]:
    """Return the steps, as plain data, that stand for one that drew something: none, one or several.

    ``record`` knows what was drawn and the bodies that were walked; ``instances`` are the bodies of a ``where``, which its uses fill in.
    """
    if not record.done:
        return _behind([], step)
    rule = _RULES.get(type(step))
    if rule is not None:
        return rule(step, record)
    if isinstance(step, WhereStep):
        share = {} if step.share is None else {"share": plain(filled(step.share, record.values))}
        return [{"where": instances, **share, **_modifiers(step)}]
    return [_plain(step, record)]


def _behind(steps: list[Any], step: Step) -> list[Any]:
    """Return steps with the label and origin of the step that they stand for."""
    modifiers = _modifiers(step)
    if not modifiers:
        return steps
    return [{"seq": steps, **modifiers}] if steps else [modifiers]


def _modifiers(step: Step) -> dict[str, Any]:
    """Return the label and origin of a step, as they are written."""
    found: dict[str, Any] = {}
    if step.as_ is not None:
        found["as"] = step.as_
    if step.from_ is not None:
        found["from"] = origin(step.from_)
    return found


def filled(value: Any, values: dict[int, Any]) -> Any:
    """Return a piece of a document with its holes filled in; bodies in it stay as they are."""
    if isinstance(value, Hole):
        return _of_hole(value, values)
    if isinstance(value, MergeChoice):
        return filled(value.choice[values[id(value)]], values) if id(value) in values else filled(value.choice[0], values)
    if isinstance(value, Template):
        return Template(filled(value.parts, values))
    if isinstance(value, Node):
        found = {name: filled(getattr(value, name), values) for name in type(value).model_fields}
        return value.model_copy(update=found)
    if isinstance(value, dict):
        return {key: filled(each, values) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(filled(each, values) for each in value)
    return value


def _of_hole(hole: Hole, values: dict[int, Any]) -> Any:
    if id(hole) not in values:
        return None
    value = values[id(hole)]
    return value if isinstance(value, GraphNode) else plain_value(value)


def _plain(step: Step, record: _Recording, **bodies: Any) -> Any:
    """Return a step with its holes filled in; ``bodies`` are fields of what stands under its head that are already plain."""
    values = record.values
    changes: dict[str, Any] = {"when": True}
    for name in type(step).model_fields:
        if name in ("as_", "from_", "when"):
            continue
        part = getattr(step, name)
        if isinstance(part, Node) and bodies:
            inner = {key: _gated(filled(getattr(part, key), values), record) for key in type(part).model_fields if key not in bodies}
            changes[name] = part.model_copy(update={**inner, **bodies})
        else:
            changes[name] = _gated(filled(part, values), record)
    return plain(step.model_copy(update=changes))


def _gated(part: Any, record: _Recording) -> Any:
    if record.gate_body is not None and getattr(part, "gate", None) is not None:
        return part.model_copy(update={"gate": record.gate_body})
    return part


# --- one rule for each step that holds bodies ---------------------------------------------------------------------------------------------


def _call(step: Any, record: _Recording) -> list[Any]:
    made = _plain(step, record)
    if record.called is None:
        return [made]
    if isinstance(made, str):
        return [record.called if record.handed is None else {record.called: plain_value(record.handed)}]
    (head,) = [key for key in made if key not in ("as", "from", "when")]
    argument = made.pop(head)
    return [{record.called: argument if record.handed is None else plain_value(record.handed), **made}]


def _spliced(step: Any, record: _Recording) -> list[Any]:
    """A ``seq``, the branch of an ``if`` that was taken, or the option of a choice."""
    return _behind(record.made[0], step) if record.made else _behind([], step)


def _repeat(step: Any, record: _Recording) -> list[Any]:
    rounds = record.made
    if not rounds:
        return _behind([], step)
    repeat = step.repeat
    if all(each == rounds[0] for each in rounds):
        times = len(rounds) if isinstance(repeat.times, Hole) else repeat.times
        return [_plain(step, record, body=rounds[0], times=times)]
    rebound = _names_made(step)
    unrolled: list[Any] = []
    for number, body in enumerate(rounds):
        names = {name: _item(name, written, number, record, rebound) for name, written in (repeat.over or {}).items()}
        if repeat.index is not None:
            names[repeat.index] = number
        over = {name: [value] for name, value in names.items()}
        label = f"{repeat.index}{number}"
        labelled = {"as": label} if repeat.index is not None and label not in record.taken else {}
        unrolled += [{"repeat": {"over": over, "body": body}, **labelled}] if over else body
    return _behind(unrolled, step)


def _names_made(step: Any) -> set[str]:
    """Return the labels and the names of ``let`` in a step, its own among them."""
    found: set[str] = set()
    stack: list[Any] = [step]
    while stack:
        each = stack.pop()
        if isinstance(each, Step) and each.as_ is not None:
            found.add(each.as_)
        if isinstance(each, LetStep):
            found.update(each.let)
        stack.extend(parts_of(each))
    return found


def _item(name: str, written: Any, number: int, record: _Recording, rebound: set[str]) -> Any:
    """Return what a list of ``over`` holds for one round, as it is written where that is possible."""
    if isinstance(written, Expression) and rebound.isdisjoint(written.names):
        text = str(written.text)
        if NAME.match(text[1:]):
            return f"$({text[1:]}[{number}])"
        body = text[2:-1] if text.startswith("$(") else text[1:]
        return f"$(({body})[{number}])"
    parts: Any = written.parts if isinstance(written, Template) else written
    if not isinstance(parts, tuple) or not rebound.isdisjoint(name for name, _ in names_in(written)):
        return plain_value(record.rounds[number][name])
    return plain(filled(parts[number], record.values))


def _branch(step: Any, record: _Recording) -> list[Any]:
    branch, paths = step.branch, record.made
    if branch.path is not None and all(each == paths[0] for each in paths):
        times = len(paths) if isinstance(branch.times, Hole) else branch.times
        return [_plain(step, record, path=paths[0], times=times)]
    if isinstance(branch.paths, dict):
        return [_plain(step, record, paths=dict(zip(branch.paths, paths)))]
    return [_plain(step, record, paths=paths, path=None, times=None)]


def _skip(step: Any, record: _Recording) -> list[Any]:
    bodies: dict[str, Any] = {"body": record.made[0]}
    if isinstance(step.skip.shortcut, tuple):
        bodies["shortcut"] = record.made[1] if len(record.made) > 1 else []
    return [_plain(step, record, **bodies)]


def _cell(step: Any, record: _Recording) -> list[Any]:
    names = sorted(step.cell.edges, key=lambda name: int(name.split("->")[1]))
    made = dict(zip(names, record.made))
    return [_plain(step, record, edges={name: made[name] for name in step.cell.edges})]


_RULES: dict[type, Callable[[Any, _Recording], list[Any]]] = {
    Call: _call,
    SeqStep: _spliced,
    IfStep: _spliced,
    ChoiceStep: _spliced,
    RepeatStep: _repeat,
    BranchStep: _branch,
    SkipStep: _skip,
    CellStep: _cell,
}
