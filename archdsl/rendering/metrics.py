"""How wide text is, roughly and rather too wide: for panels with coordinates of their own, and for cells of bars."""

from __future__ import annotations

from typing import Final

from archdsl.rendering.view import Box

SIZE: Final = 10.0
"""Points of the letters in boxes."""

LINE: Final = 15.0
"""Points between two lines."""

_NARROW: Final = frozenset("ijl.,:;|!'()[] ·/")
_WIDE: Final = frozenset("mwMW×%@→+=")


def text_width(text: str, size: float = SIZE) -> float:
    """Return about how many points a line of text takes.

    >>> text_width("mmm") > text_width("aaa") > text_width("iii") > 0
    True
    """
    return size * sum(0.36 if char in _NARROW else 0.92 if char in _WIDE else 0.66 for char in text)


def box_size(box: Box) -> tuple[float, float]:
    """Return about how wide and high a box is, in points."""
    if box.kind == "point":
        return (4.0, 4.0)
    if box.kind == "merge":
        return (19.0, 19.0)
    lines = list(box.text) or [""]
    head = f"{box.title}  {lines[0]}" if box.title else lines[0]
    badge = 30.0 if box.times > 1 else 0.0
    width = max(text_width(head) * (1.08 if box.title else 1.0) + badge, *(text_width(line) for line in lines)) + 20.0
    height = LINE * len(lines) + (9.0 if len(lines) == 1 and not badge else 14.0)
    return (width, height)


def edge_of(box: Box) -> float:
    """Return how far the second border of a repeated box lies outside the first."""
    return 4.0 if box.times > 1 else 0.0
