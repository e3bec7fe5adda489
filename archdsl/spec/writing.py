"""Documents back to text: what is written reads back as an equal document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from archdsl.ops.fields import Init
from archdsl.spec.document import Document, Entry, Initialization
from archdsl.spec.expressions import NAME, Expression
from archdsl.spec.layout import dump
from archdsl.spec.nodes import Call, MergeChoice, MergeOp, Node, Rename, SeqStep, Skip, SkipStep, Step, StepOptions
from archdsl.spec.values import Hole, Template


def write_document(document: Document) -> str:
    """Return the canonical text of a document.

    >>> from archdsl.source import Source
    >>> from archdsl.spec.reader import read_document
    >>> document = read_document(Source("tiny", "{archdsl: 1, input: [3, 8, 8], net: [{conv: 4}, relu]}"))
    >>> print(write_document(document))
    archdsl: 1
    input: [3, 8, 8]
    net:
      - conv: 4
      - relu
    <BLANKLINE>
    """
    return dump(plain(document))


def plain(value: Any) -> Any:
    """Return a piece of a document as plain data, in its shortest form."""
    rule = _RULES.get(type(value))
    if rule is not None:
        return rule(value)
    if isinstance(value, Node):
        return _fields(value)
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, BaseModel):
        return {key: plain(each) for key, each in value if each is not None}
    return value


def _fields(node: Node, *without: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in type(node).model_fields.items():
        value = getattr(node, name)
        if name in without or (not field.is_required() and value == field.get_default(call_default_factory=True)):
            continue
        found[field.alias or name] = origin(value) if name == "from_" else plain(value)
    return found


def origin(value: Any) -> Any:
    """Return what ``from`` names, labels without their dollar."""
    if isinstance(value, Expression):
        text = str(value.text)
        return text[1:] if NAME.match(text[1:]) else text
    if isinstance(value, dict):
        return {role: origin(each) for role, each in value.items()}
    return [origin(each) for each in value]


def _word(name: Any) -> str:
    return str(name.text) if isinstance(name, Expression) else str(name)


def _call(call: Call) -> Any:
    modifiers = _fields(call, "name", "argument")
    if call.argument is None and not modifiers:
        return _word(call.name)
    return {_word(call.name): plain(call.argument), **modifiers}


def _merge(merge: MergeOp) -> Any:
    if merge.gate is not None:
        return {"gate": plain(merge.gate)}
    return _word(merge.name) if merge.argument is None else {_word(merge.name): plain(merge.argument)}


def _choice(choice: MergeChoice) -> Any:
    found = {"choice": plain(choice.choice)}
    return {**found, "weights": plain(choice.weights)} if choice.weights is not None else found


def _seq(step: SeqStep) -> Any:
    modifiers = _fields(step, "seq")
    return {"seq": plain(step.seq), **modifiers} if modifiers else plain(step.seq)


def _skip(step: SkipStep) -> Any:
    modifiers = _fields(step, "skip")
    inside = _fields(step.skip)
    return {"skip": inside["body"] if set(inside) == {"body"} else inside, **modifiers}


def _step(step: Step) -> Any:
    """Put the head of a step first and its modifiers behind."""
    found = _fields(step)
    modifiers = {key: found.pop(key) for key in ("as", "from", "when") if key in found}
    return {**found, **modifiers}


def _options(options: StepOptions) -> Any:
    return plain(options.options) if options.weights is None else _fields(options)


def _hole(hole: Hole) -> Any:
    extra = {name: plain(getattr(hole, name)) for name in ("step", "log", "weights", "times") if getattr(hole, name)}
    return {hole.kind: plain(hole.domain), **extra}


def _initialization(init: Initialization) -> Any:
    found = _fields(init, "ops")
    found.update({name: plain(each) for name, each in init.ops.items()})
    return found["scheme"] if set(found) == {"scheme"} else found


def _init(init: Init) -> Any:
    return {key: plain(each) for key, each in (("weight", init.weight), ("bias", init.bias)) if each is not None}


_RULES: dict[type, Callable[[Any], Any]] = {
    Call: _call,
    MergeOp: _merge,
    MergeChoice: _choice,
    SeqStep: _seq,
    SkipStep: _skip,
    StepOptions: _options,
    Hole: _hole,
    Initialization: _initialization,
    Init: _init,
    Expression: lambda expression: str(expression.text),
    Template: lambda template: plain(template.parts),
    Rename: _step,
    **{step: _step for step in Step.__subclasses__() if step not in (Call, SeqStep, SkipStep)},
}

__all__ = ["Entry", "Skip", "plain", "write_document"]
