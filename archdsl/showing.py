"""How things show themselves in notebooks: what is shown asks, and the package says who draws.

Networks cannot import what draws them, which stands further to the right; so the package's ``__init__`` hands it over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Bundle = dict[str, str]
"""What is shown, by its media type; a notebook takes the richest that it can."""

_drawn_by: list[Callable[[Any], Bundle]] = []


def draw_with(draw: Callable[[Any], Bundle]) -> None:
    """Let things that show themselves be drawn by a function."""
    _drawn_by[:] = [draw]


def bundle_of(thing: Any) -> Bundle:
    """Return what a notebook shows for a thing: what the function that draws returns, or its text when there is none.

    >>> bundle_of(1)["text/plain"]
    '1'
    """
    return _drawn_by[0](thing) if _drawn_by and hasattr(thing, "_repr_mimebundle_") else {"text/plain": repr(thing)}
