"""The report as one page that needs no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from statistics import fmean, median
from typing import Any

from archdsl.searching.effects import ChoiceEffect, Interval, PrincipleEffect
from archdsl.searching.objectives import Objective
from archdsl.searching.reporting.charts import across, band, dot, frame, line, steps, upward, whisker
from archdsl.searching.reporting.findings import Group, Topic
from archdsl.searching.reporting.pictures import pictures
from archdsl.searching.reporting.scales import short
from archdsl.searching.strategies.ranking import front
from archdsl.searching.trials import Trial

COLORS = 8
HERE = Path(__file__).parent
Cards = list[dict[str, Any]]


def page_text(topics: Sequence[Topic], title: str) -> str:
    """Return the page."""
    cards: Cards = []
    body = "".join([*_side_by_side(topics), *(_section(topic, cards) for topic in topics)])
    data = json.dumps(cards).replace("<", "\\u003c").replace("&", "\\u0026")
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><header><h1>{escape(title)}</h1>"
        f'<button id="theme" type="button">light or dark</button></header><main>{body}</main><aside id="card" hidden></aside>'
        f'<script type="application/json" id="cards">{data}</script><script>{script}</script></body></html>\n'
    )


def _side_by_side(topics: Sequence[Topic]) -> Iterator[str]:
    """Yield a chart for each objective that several spaces, or ways to evaluate, have in common."""
    for goal in dict.fromkeys(topic.goal for topic in topics):
        alike = [topic for topic in topics if topic.goal == goal]
        if len(alike) < 2:
            continue
        keys = "".join(f'<span><i class="key c{number % COLORS}"></i>{escape(topic.title)}</span>' for number, topic in enumerate(alike))
        chart = _distributions([topic.trials for topic in alike], goal)
        note = f"The share of networks with {_word(goal)} this {goal.name}."
        figure = _figure("Spaces side by side", note, f'<div class="keys">{keys}</div>{chart}')
        yield f'<section><h2>{escape(goal.name)}</h2><div class="charts">{figure}</div></section>'


def _word(goal: Objective) -> str:
    return "at most" if goal.direction == "minimize" else "at least"


def _section(topic: Topic, cards: Cards) -> str:
    parts = [f"<section><h2>{escape(topic.title)}</h2>", _summary(topic), '<div class="charts">']
    parts += [_figure(title, note, chart) for title, note, chart in _charts(topic, cards)]
    parts.append("</div>")
    if topic.choices or topic.principles:
        parts.append(_effects(topic))
    return "".join([*parts, "</section>"])


def _figure(title: str, note: str, chart: str) -> str:
    return f"<figure><figcaption><b>{escape(title)}</b> {escape(note)}</figcaption>{chart}</figure>"


def _charts(topic: Topic, cards: Cards) -> Iterator[tuple[str, str, str]]:
    goal = topic.goal
    second = _second(topic)
    told = "Every mark is a network; the ringed ones no other beats in both. Point at one."
    yield f"{goal.name} and {second.name}", told, _front(topic, second, cards)
    spread = _distributions([group.trials for group in topic.groups], goal)
    yield "How it is spread", f"The share of networks with {_word(goal)} this {goal.name}.", spread
    yield "The best so far", "The mean over seeds, and from the best to the worst of them.", _progress(topic)


# --- numbers ------------------------------------------------------------------------------------------------------------------------------


def _summary(topic: Topic) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("", "studies", "networks", "stopped early", "failed", "best", "median", "params of the best"))
    rows = "".join(_summary_row(number, group, topic.goal) for number, group in enumerate(topic.groups))
    return f'<table class="summary"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _summary_row(number: int, group: Group, goal: Objective) -> str:
    trials = sorted(group.trials, key=lambda each: goal.loss(each.measures[goal.name]))
    tried = [each for study in group.studies for each in study.trials]
    best = trials[0]
    cells = [
        str(len(group.studies)),
        f"{len(trials):,}",
        str(sum(each.state == "pruned" for each in tried)),
        str(sum(each.state == "failed" for each in tried)),
        f"{best.measures[goal.name]:.4g}",
        f"{median(each.measures[goal.name] for each in trials):.4g}",
        f"{best.costs['params']:,}",
    ]
    label = f'<th scope="row"><i class="key c{number % COLORS}"></i>{escape(group.label)}</th>'
    return "<tr>" + label + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


# --- charts -------------------------------------------------------------------------------------------------------------------------------


def _second(topic: Topic) -> Objective:
    goals = topic.groups[0].goals
    return goals[1] if len(goals) > 1 else Objective("macs" if topic.goal.name == "params" else "params", "minimize")


def _front(topic: Topic, second: Objective, cards: Cards) -> str:
    goal = topic.goal
    marked = [(number % COLORS, each) for number, group in enumerate(topic.groups) for each in group.trials if second.name in each.measures]
    if not marked:
        return ""
    losses = [(goal.loss(each.measures[goal.name]), second.loss(each.measures[second.name])) for _, each in marked]
    chosen = set(front(losses))
    best = sorted(range(len(marked)), key=lambda place: (place not in chosen, losses[place]))
    drawn = pictures(marked[place][1] for place in best)
    x = across(each.measures[second.name] for _, each in marked)
    y = upward(each.measures[goal.name] for _, each in marked)
    inside: list[str] = []
    ringed: list[str] = []
    for place, (color, each) in enumerate(marked):
        at = (x(each.measures[second.name]), y(each.measures[goal.name]))
        (ringed if place in chosen else inside).append(dot(*at, color, len(cards), place in chosen))
        cards.append(_card(each, topic, drawn.get(each.fingerprint, "")))
    return frame(x, y, second.name, goal.name, [*inside, *ringed], f"{goal.name} against {second.name}")


def _card(trial: Trial, topic: Topic, drawn: str) -> dict[str, Any]:
    measures = {name: short(value) for name, value in trial.measures.items()}
    return {"title": f"trial {trial.number}", "numbers": measures, "words": topic.words.get(trial.fingerprint, ""), "picture": drawn}


def _distributions(sets: Sequence[Sequence[Trial]], goal: Objective) -> str:
    values = [sorted((each.measures[goal.name] for each in trials), reverse=goal.direction == "maximize") for trials in sets]
    x, y = across(value for each in values for value in each), upward([0, 1], log=False)
    lines = [
        line(x, y, steps([(value, (place + 1) / len(each)) for place, value in enumerate(each)]), number % COLORS)
        for number, each in enumerate(values)
    ]
    return frame(x, y, goal.name, "share of the networks", lines, f"distribution of {goal.name}")


def _progress(topic: Topic) -> str:
    curves = [group.curves() for group in topic.groups]
    x = replace(across([1, max(len(curve) for group in curves for curve in group)], log=False), whole=True)
    y = upward(value for group in curves for curve in group for value in curve)
    parts = []
    for number, group in enumerate(curves):
        rows = list(zip(*group))
        if len(group) > 1:
            parts.append(band(x, y, _along(rows, min), _along(rows, max), number % COLORS))
        parts.append(line(x, y, _along(rows, fmean), number % COLORS))
    return frame(x, y, "networks evaluated", f"best {topic.goal.name}", parts, "best so far")


def _along(rows: list[tuple[float, ...]], what: Callable[[tuple[float, ...]], float]) -> list[tuple[float, float]]:
    return steps([(place + 1, what(row)) for place, row in enumerate(rows)])  # type: ignore[return-value]


# --- effects ------------------------------------------------------------------------------------------------------------------------------


def _effects(topic: Topic) -> str:
    goal, count = topic.goal, len(topic.trials)
    less = "less" if goal.direction == "minimize" else "more"
    chance = all(study.settings.strategy == "random" for group in topic.groups for study in group.studies)
    note = "" if chance else " A search looks more often at what it has found good, so these are no fair samples of the space."
    intro = f"<p>Over {count:,} networks. To the left of the line is better, which is {less} {escape(goal.name)}; intervals are 95 %.{note}</p>"
    tables = [f"<h3>Which choices go with good results</h3>{intro}{_choices(topic.choices)}"] if topic.choices else []
    if topic.principles:
        tables.append(f"<h3>Which principles of design do</h3>{_principles(topic.principles)}")
    return "".join(tables)


def _reach(intervals: Sequence[Interval]) -> float:
    return max((max(abs(each.low), abs(each.high)) for each in intervals), default=1.0) or 1.0


def _choices(effects: Sequence[ChoiceEffect]) -> str:
    reach = _reach([each.difference for each in effects])
    head = "<tr><th>choice</th><th>option</th><th>networks</th><th>all against none of the draws</th><th></th></tr>"
    ordered = sorted(effects, key=lambda each: (each.choice, each.difference.middle))
    rows = "".join(
        f'<tr><th scope="row">{escape(each.choice)}</th><td>{escape(each.option)}</td><td>{each.networks}</td>'
        f"<td>{_told(each.difference)}</td><td>{whisker(each.difference, reach)}</td></tr>"
        for each in ordered
    )
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _principles(effects: Sequence[PrincipleEffect]) -> str:
    reach = _reach([each.difference for each in effects if each.difference is not None])
    head = "<tr><th>principle</th><th>meet it</th><th>do not</th><th>with against without</th><th></th><th>rank correlation of the metric</th>"
    head += "<th>with size and depth held equal</th><th>holds</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(_principle(each, reach) for each in effects)}</tbody></table>"


def _principle(effect: PrincipleEffect, reach: float) -> str:
    shown = whisker(effect.difference, reach) if effect.difference is not None else ""
    cells = [str(effect.met), str(effect.missed), _told(effect.difference), shown, _told(effect.correlation), _told(effect.adjusted), effect.holds]
    metric = f"<small>{escape(effect.principle.metric or '')}</small>"
    title = f'<th scope="row" title="{escape(effect.principle.sentence)}">{escape(effect.id)}{metric}</th>'
    return f"<tr>{title}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _told(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.middle:+.3g} <small>[{interval.low:+.3g}, {interval.high:+.3g}]</small>"
