"""Pydantic's findings in our words and with places."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from archdsl.errors import Diagnostic, Span, did_you_mean
from archdsl.source import Listing, Text
from archdsl.source import Mapping as SourceMapping
from archdsl.spec.reading import describe


def in_order(found: list[Diagnostic]) -> list[Diagnostic]:
    """Return findings in source order, each once."""
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda each: (each.span is None, each.span.file if each.span else "", each.span.line if each.span else 0, each.span.column if each.span else 0))


def explain(error: ValidationError, raw: Any) -> list[Diagnostic]:
    """Turn pydantic's errors about a document into diagnostics with places."""
    found: list[Diagnostic] = []
    for each in error.errors(include_url=False):
        if each["type"] == "diagnostics":
            found += each["ctx"]["diagnostics"]
        else:
            found.append(_explain_one(each, raw))
    return found


def _explain_one(error: Any, raw: Any) -> Diagnostic:
    kind, loc, given = error["type"], error["loc"], error["input"]
    parent, span, key = _locate(loc, raw)
    if kind == "version":
        return Diagnostic("E112", f"this is format 1, the document says {describe(given)}", span, "write `archdsl: 1`")
    if kind == "missing" and loc == ("archdsl",):
        return Diagnostic("E112", "the document does not say its format", Span(*_head(raw)), "begin with `archdsl: 1`")
    if kind == "missing":
        return Diagnostic("E102", f"{_what(key)} needs `{loc[-1]}`", span)
    if kind == "extra_forbidden":
        return Diagnostic("E101", f"{_what(key)} has no field `{loc[-1]}`", _key_span(parent, str(loc[-1]), span), _near_field(error, loc, parent))
    if kind == "expected":
        return Diagnostic("E103", f"{_what(key)} must be {error['ctx']['wanted']}, got {error['ctx'].get('got') or describe(given)}", span)
    if kind == "literal_error":
        return Diagnostic("E103", f"{_what(key)} must be {error['ctx']['expected'].replace(chr(39), '`')}, got {describe(given)}", span)
    return Diagnostic("E103", f"{_what(key)} must be {_TYPES.get(kind, error['msg'].lower())}, got {describe(given)}", span)


_TYPES = {
    "string_type": "a text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "too_short": "longer: it is empty",
    "string_too_long": "shorter",
}


def _head(raw: SourceMapping) -> tuple[Any, ...]:
    span = raw.place.span()
    return span.file, span.line, span.column, span.line, span.column + 1, span.text


def _own_span(value: Any) -> Span | None:
    if isinstance(value, SourceMapping):
        return value.key_place(next(iter(value), "")).span()
    return value.place.span() if isinstance(value, (Text, Listing)) else None


def _key_span(parent: Any, key: str, default: Span | None) -> Span | None:
    return parent.key_place(key).span() if isinstance(parent, SourceMapping) and key in parent else default


def _near_field(error: Any, loc: tuple[Any, ...], parent: Any) -> str | None:
    return did_you_mean(str(loc[-1]), _ALL_FIELDS)


_ALL_FIELDS = (
    "archdsl name about cite input inputs vars import blocks net outputs networks objective init variants expect published args body as from when share then "
    "else paths times index path split chain merge shortcut over nodes edges output some count options weights params macs flops activations"
).split()


def _locate(loc: tuple[Any, ...], raw: Any) -> tuple[Any, Span | None, str | None]:
    """Follow pydantic's location through the raw data; return the innermost container met, the place, and the last key."""
    current, parent, key = raw, raw, None
    span: Span | None = _own_span(raw)
    for step in loc:
        if isinstance(current, SourceMapping) and isinstance(step, str) and step in current:
            parent, span, key, current = current, current.places[step].span(), step, current[step]
            if not isinstance(current, (SourceMapping, Listing)):
                continue
            span = parent.key_place(step).span()
        elif isinstance(current, Listing) and isinstance(step, int) and step < len(current):
            parent, span, current = current, current.places[step].span(), current[step]
            if isinstance(current, SourceMapping):
                span = _own_span(current)
    return (current if isinstance(current, (SourceMapping, Listing)) else parent), span, key


def _what(key: str | None) -> str:
    return f"`{key}`" if key else "the document"

