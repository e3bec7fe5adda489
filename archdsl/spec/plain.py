"""Data in which nothing can be wrong, read without a closer look: numbers, words, and lists of these. Everything else gives None."""

from __future__ import annotations

from typing import Any

from archdsl.source import Listing, Mapping, Text

_NUMBERS = frozenset((int, float, bool))


def plain_vars(raw: Any) -> dict[str, Any] | None:
    """Return values of vars that are numbers, words, and lists of these."""
    if type(raw) is not Mapping:
        return None
    found = {str(key): _plain_value(value) for key, value in raw.items()}
    return None if None in found.values() else found


def _plain_value(raw: Any) -> Any:
    kind = type(raw)
    if kind in _NUMBERS:
        return raw
    if kind is Text:
        return None if raw.startswith("$") else str(raw)
    if kind is Listing:
        found = tuple([_plain_value(each) for each in raw])
        return None if None in found else found
    return None


def plain_published(raw: Any) -> dict[str, Any] | None:
    """Return figures as they are printed."""
    if type(raw) is not Mapping or any(type(value) not in (int, float, Text) for value in raw.values()):
        return None
    return {str(key): value for key, value in raw.items()}
