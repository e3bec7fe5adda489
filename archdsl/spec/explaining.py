"""Pydantic's findings in our words and with places."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from archdsl.errors import MAX_FINDINGS, Diagnostic, Span, limited, nearest
from archdsl.source import Listing, Text
from archdsl.source import Mapping as SourceMapping
from archdsl.spec.reading import describe, unknown_help


def in_order(found: list[Diagnostic]) -> list[Diagnostic]:
    """Return findings in source order, each once, and no more than anyone reads."""

    def position(each: Diagnostic) -> tuple[Any, ...]:
        span = each.span
        return (True, "", 0, 0) if span is None else (False, span.file, span.line, span.column)

    return limited(sorted((each for each in dict.fromkeys(found) if each.code != "E405"), key=position))


def explain(error: ValidationError, raw: Any, model: type[BaseModel], title: str = "the document") -> list[Diagnostic]:
    """Turn pydantic's errors about a piece into diagnostics with places; ``title`` is what the piece is called.

    A field that is missing because it was misspelt gives one finding, not two.
    """
    found: list[Diagnostic] = []
    missing: dict[tuple[Any, ...], Diagnostic] = {}
    for each in error.errors(include_url=False)[: 2 * MAX_FINDINGS]:
        loc = tuple(each["loc"])
        if each["type"] == "diagnostics":
            found += each["ctx"]["diagnostics"]
        elif each["type"] == "missing":
            missing[loc] = _missing(loc, raw, title)
        elif each["type"] == "extra_forbidden":
            finding, meant = _surplus(loc, raw, model, title)
            found.append(finding)
            missing.pop((*loc[:-1], meant), None)
        else:
            found.append(_wrong(each, loc, raw, model, title))
    return [*missing.values(), *found]


def _missing(loc: tuple[Any, ...], raw: Any, title: str) -> Diagnostic:
    _, _, key = _locate(loc[:-1], raw)
    span = _head_span(loc[:-1], raw)
    if loc == ("archdsl",):
        head = raw.place.span()
        span = Span(head.file, head.line, head.column, head.line, head.column + 1, head.text)
        return Diagnostic("E112", "the document does not say its format", span, "begin with `archdsl: 1`")
    return Diagnostic("E102", f"{_what(key, title)} needs `{loc[-1]}`", span)


_ELSEWHERE = {"then": "if", "else": "if", "share": "where"}


def _surplus(loc: tuple[Any, ...], raw: Any, model: type[BaseModel], title: str) -> tuple[Diagnostic, str | None]:
    parent, span, key = _locate(loc[:-1], raw)
    name = str(loc[-1])
    if isinstance(parent, SourceMapping) and name in parent:
        span = parent.key_place(name).span()
    fields = _words(_model_at(model, loc[:-1]))
    help, meant = unknown_help(name, fields, "fields")
    if name in _ELSEWHERE:
        help = f"`{name}` goes with `{_ELSEWHERE[name]}`"
    return Diagnostic("E101", f"{_what(key, title)} has no field `{name}`", span, help), meant


def _words(model: type[BaseModel] | None) -> tuple[str, ...]:
    """Return the fields of a piece as an author writes them; those of a call are what may stand beside its head."""
    if model is None:
        return ()
    words = tuple(field.alias or name for name, field in model.model_fields.items())
    return tuple(word for word in words if word not in ("name", "argument")) if "argument" in words else words


def _wrong(error: Any, loc: tuple[Any, ...], raw: Any, model: type[BaseModel], title: str) -> Diagnostic:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    _, span, key = _locate(loc, raw)
    what = _what(key, title)
    if kind == "version":
        return Diagnostic("E112", f"this is format 1, but the document says {describe(given)}", span, "write `archdsl: 1`")
    if kind == "form":
        return Diagnostic("E102", f"{what} {context['message']}", _head_span(loc, raw))
    if kind == "expected":
        return Diagnostic("E103", f"{what} must be {context['wanted']}, got {context.get('got') or describe(given)}", span, context.get("help"))
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"])
        near = nearest(given, known) if isinstance(given, str) else None
        expected = context["expected"].replace("'", "`")
        return Diagnostic("E103", f"{what} must be {expected}, got {describe(given)}", span, f"did you mean `{near}`?" if near else None)
    if kind == "too_short":
        return Diagnostic("E103", f"{what} is empty", span)
    help = "put it in quotes" if kind == "string_type" and isinstance(given, (int, float)) else None
    return Diagnostic("E103", f"{what} must be {_wanted(kind, error, model, loc)}, got {describe(given)}", span, help)


def _wanted(kind: str, error: Any, model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    inner = _model_at(model, loc)
    if kind in ("model_type", "model_attributes_type") and inner is not None:
        return str(getattr(inner, "form", "a mapping"))
    if kind == "string_too_long":
        return f"at most {error['ctx']['max_length']} characters long"
    return _TYPES.get(kind, str(error["msg"]).lower())


_TYPES = {
    "string_type": "a text",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
}


def _model_at(model: type[BaseModel] | None, loc: tuple[Any, ...]) -> type[BaseModel] | None:
    """Follow pydantic's location through the models; None where it leads to something else."""
    annotation: Any = model
    for step in loc:
        if isinstance(step, int):
            continue  # one of a list, and what an annotation is about is one of them
        inner = _core(annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            annotation = next((field.annotation for name, field in inner.model_fields.items() if step in (name, field.alias)), None)
        elif get_origin(inner) is dict:
            annotation = get_args(inner)[1]
    found = _core(annotation)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _core(annotation: Any) -> Any:
    """Return what an annotation is about: the model, or the mapping of models, without what says that it may be missing."""
    if get_origin(annotation) is dict or not get_args(annotation):
        return annotation
    return _core(get_args(annotation)[0])


def _own_span(value: Any) -> Span | None:
    """Return the place of a value that stands on one line, else of its head."""
    span: Span | None = value.place.span() if isinstance(value, (Text, SourceMapping, Listing)) else None
    if span is not None and span.line != span.end_line and isinstance(value, SourceMapping):
        return value.key_place(next(iter(value), "")).span()
    return span


def _head_span(loc: tuple[Any, ...], raw: Any) -> Span | None:
    """Return the place of the key of a piece, or of the first key in it."""
    parent, _, _ = _locate(loc[:-1], raw)
    if loc and isinstance(parent, SourceMapping) and loc[-1] in parent:
        return parent.key_place(str(loc[-1])).span()
    current, _, _ = _locate(loc, raw)
    return current.key_place(next(iter(current), "")).span() if isinstance(current, SourceMapping) else _own_span(current)


def _locate(loc: tuple[Any, ...], raw: Any) -> tuple[Any, Span | None, str | None]:
    """Follow pydantic's location through the raw data; return the innermost container met, the place, and the last key.

    The place of a list or a mapping that takes several lines is that of its key.
    """
    current, parent, key = raw, raw, None
    span: Span | None = _own_span(raw)
    for step in loc:
        if isinstance(current, SourceMapping) and isinstance(step, str) and step in current:
            parent, span, key, current = current, current.places[step].span(), step, current[step]
            if isinstance(current, (SourceMapping, Listing)) and span.line != span.end_line:
                span = parent.key_place(step).span()
        elif isinstance(current, Listing) and isinstance(step, int) and step < len(current):
            parent, span, current = current, current.places[step].span(), current[step]
            if isinstance(current, SourceMapping):
                span = _own_span(current)
    return (current if isinstance(current, (SourceMapping, Listing)) else parent), span, key


def _what(key: str | None, title: str) -> str:
    return f"`{key}`" if key else title
