"""Charts as SVG, drawn by numbers alone: colours come from the page's style sheet, texts are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from archdsl.searching.effects import Interval
from archdsl.searching.reporting.scales import Scale, short

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 42

Points = Sequence[tuple[float, float]]


def frame(x: Scale, y: Scale, across: str, up: str, inside: Iterable[str], name: str) -> str:
    """Return a chart: axes with marks and titles around what is inside."""
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">']
    for mark in y.marks():
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(mark)}" y2="{y(mark)}"/>')
        parts.append(f'<text class="mark" x="{LEFT - 7}" y="{y(mark) + 3.5}" text-anchor="end">{short(mark)}</text>')
    for mark in x.marks():
        parts.append(f'<line class="tick" x1="{x(mark)}" x2="{x(mark)}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}"/>')
        parts.append(f'<text class="mark" x="{x(mark)}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{short(mark)}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>')
    parts.append(f'<text class="title" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 7}" text-anchor="middle">{escape(across)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(f'<text class="title" transform="translate(13 {middle}) rotate(-90)" text-anchor="middle">{escape(up)}</text>')
    return "".join([*parts, *inside, "</svg>"])


def across(values: Iterable[float], log: bool | None = None) -> Scale:
    """Return the scale of a chart's width."""
    return Scale.over(values, LEFT, WIDTH - RIGHT, log)


def upward(values: Iterable[float], log: bool | None = None) -> Scale:
    """Return the scale of a chart's height."""
    return Scale.over(values, HEIGHT - BOTTOM, TOP, log)


def line(x: Scale, y: Scale, points: Points, color: int, kind: str = "line") -> str:
    """Return a line through points; one alone is a dot."""
    if len(points) == 1:
        return f'<circle class="point c{color}" cx="{x(points[0][0])}" cy="{y(points[0][1])}" r="3.5"/>'
    path = " ".join(f"{x(a)},{y(b)}" for a, b in points)
    return f'<polyline class="{kind} c{color}" points="{path}"/>'


def steps(points: Points) -> Points:
    """Return the corners of a staircase that keeps its height until the next point.

    >>> steps([(0, 1), (2, 3)])
    [(0, 1), (2, 1), (2, 3)]
    """
    found: list[tuple[float, float]] = list(points[:1])
    for (_, height), (place, value) in pairwise(points):
        found += [(place, height), (place, value)]
    return found


def band(x: Scale, y: Scale, low: Points, high: Points, color: int) -> str:
    """Return the area between two lines."""
    path = " ".join(f"{x(a)},{y(b)}" for a, b in [*low, *reversed(high)])
    return f'<polygon class="band c{color}" points="{path}"/>'


def dot(x: float, y: float, color: int, card: int, front: bool) -> str:
    """Return the mark of a network, which shows its card."""
    kind = "dot front" if front else "dot"
    return f'<circle class="{kind} c{color}" cx="{x}" cy="{y}" r="{5 if front else 3.5}" data-card="{card}" tabindex="{0 if front else -1}"/>'


def whisker(interval: Interval, reach: float) -> str:
    """Return an estimate with its interval, on a scale from ``-reach`` to ``reach``."""
    scale = Scale(-reach, reach, 4, 176)
    low, middle, high = (scale(min(max(each, -reach), reach)) for each in (interval.low, interval.middle, interval.high))
    kind = "unclear" if not interval.clear else "good" if interval.middle < 0 else "bad"
    zero = f'<line class="zero" x1="{scale(0)}" x2="{scale(0)}" y1="0" y2="16"/>'
    return (
        f'<svg class="whisker {kind}" viewBox="0 0 180 16" aria-hidden="true">{zero}'
        f'<line x1="{low}" x2="{high}" y1="8" y2="8"/><circle cx="{middle}" cy="8" r="3.5"/></svg>'
    )
