"""The report as one picture, with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from matplotlib.figure import Figure

from archdsl.searching.objectives import Objective
from archdsl.searching.reporting.findings import Topic
from archdsl.searching.strategies.ranking import front

GRID = "#e5e7eb"
COLORS = ("#1f6fd0", "#d9480f", "#0f8a6d", "#8b3fc0", "#b08900", "#c2255c", "#4b5563", "#0891b2")


def plot(topics: Sequence[Topic]) -> bytes:
    """Return the figure as PNG."""
    buffer = io.BytesIO()
    draw(topics).savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def draw(topics: Sequence[Topic]) -> Figure:
    """Return a figure with a row of three panels for each space: the front, how the objective is spread, the best so far."""
    figure = Figure(figsize=(13, 4 * len(topics)), layout="constrained")
    for row, topic in zip(figure.subplots(len(topics), 3, squeeze=False), topics):
        _front(row[0], topic)
        _spread(row[1], topic)
        _progress(row[2], topic)
        row[0].set_title(topic.title, fontsize=11, loc="left", parse_math=False)
        for axes in row:
            axes.grid(color=GRID, linewidth=0.8)
            axes.set_axisbelow(True)
            axes.spines[["top", "right"]].set_visible(False)
    return figure


def _front(axes: Any, topic: Topic) -> None:
    goals = topic.groups[0].goals
    second = goals[1] if len(goals) > 1 else Objective("macs" if topic.goal.name == "params" else "params", "minimize")
    points = []
    for number, group in enumerate(topic.groups):
        own = [(each.measures[second.name], each.measures[topic.goal.name]) for each in group.trials if second.name in each.measures]
        if not own:  # it was searched for the first objective alone
            continue
        axes.scatter(*zip(*own), s=14, alpha=0.6, color=COLORS[number % len(COLORS)])
        points += own
    best = sorted(points[place] for place in front([(second.loss(a), topic.goal.loss(b)) for a, b in points]))
    axes.scatter(*zip(*best), s=34, facecolors="none", edgecolors="black", linewidths=1.1)
    axes.set_xlabel(second.name)
    axes.set_ylabel(topic.goal.name)
    if min(a for a, _ in points) > 0 and max(a for a, _ in points) > 20 * min(a for a, _ in points):
        axes.set_xscale("log")


def _spread(axes: Any, topic: Topic) -> None:
    for number, group in enumerate(topic.groups):
        values = sorted((each.measures[topic.goal.name] for each in group.trials), reverse=topic.goal.direction == "maximize")
        shares = [(place + 1) / len(values) for place in range(len(values))]
        label = group.label.replace("$", r"\$")
        axes.step(values, shares, where="post", color=COLORS[number % len(COLORS)], label=label, marker=_mark(values))
    axes.set_xlabel(topic.goal.name)
    axes.set_ylabel("share of the networks")
    axes.set_ylim(0, 1.05)
    axes.legend(frameon=False, fontsize=8)


def _progress(axes: Any, topic: Topic) -> None:
    for number, group in enumerate(topic.groups):
        color = COLORS[number % len(COLORS)]
        rows = list(zip(*group.curves()))
        places = range(1, len(rows) + 1)
        if len(group.studies) > 1:
            axes.fill_between(places, [min(row) for row in rows], [max(row) for row in rows], step="post", alpha=0.18, color=color, linewidth=0)
        axes.step(places, [fmean(row) for row in rows], where="post", color=color, marker=_mark(rows))
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.set_xlabel("networks evaluated")
    axes.set_ylabel(f"best {topic.goal.name}")


def _mark(points: Sequence[Any]) -> str:
    """Return how points of a line are marked: one alone is a dot."""
    return "o" if len(points) == 1 else ""
