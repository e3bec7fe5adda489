"""What ``lint`` and ``compare`` show on a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from archdsl.analysis.comparison import Change, Comparison
from archdsl.analysis.table import range_label
from archdsl.cli.printing import print_shown
from archdsl.errors import printable
from archdsl.principles.facts import Value
from archdsl.principles.report import Finding, Report

SHARED = 8
"""The most shared blocks that are listed, and the most networks that have one."""

MARKS = {"added": "+", "removed": "-", "changed": "~"}
_COLOURS = {"met": "green", "not met": "yellow", "not applicable": "dim"}


def number(value: Value) -> str:
    """Return a measurement as text, with at most three digits behind the point.

    >>> number(0.5423728), number(16.0), number(None), number("add")
    ('0.542', '16', '', 'add')
    """
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.3f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


# --- one network --------------------------------------------------------------------------------------------------------------------------


def print_scorecard(report: Report) -> None:
    """Print the verdicts on a network, then for each principle that is not met where to look and what to do."""
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for head, justify in (("principle", "left"), ("metric", "left"), ("value", "right"), ("asked", "left"), ("verdict", "left")):
        table.add_column(head, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for each in report.findings:
        asked = str(each.principle.met or "")
        table.add_row(each.id, each.principle.metric or "", number(each.value), asked, Text(each.verdict, style=_COLOURS[each.verdict]))
    typer.echo(f"\n {report.name}   {_tally(report)}")
    print_shown(table)
    for each in report.findings:
        if each.verdict == "not met":
            typer.echo("\n".join(_advice(each)) + "\n")


def _tally(report: Report) -> str:
    counts = {verdict: report.count(verdict) for verdict in _COLOURS}  # type: ignore[arg-type]
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "no principles"


def _advice(finding: Finding) -> list[str]:
    rule = finding.principle
    detail = f" ({finding.measured.detail})" if finding.measured.detail else ""
    lines = [f" {finding.id}: {rule.sentence}", f"   measured  {rule.metric} is {number(finding.value)}{detail}, asked is {rule.met}"]
    if finding.node is not None:
        span = f"{finding.span.file}:{finding.span.line}: " if finding.span else ""
        lines.append(f"   see       {span}{finding.node.name}")
    lines += [f"   {word}{text}" for word, text in (("to meet   ", rule.mend), ("but       ", rule.note)) if text]
    return [printable(line) for line in lines]


# --- several networks ---------------------------------------------------------------------------------------------------------------------


def print_scores(reports: Sequence[Report], shared: Sequence[tuple[str, dict[str, str]]]) -> None:
    """Print a table of networks by principles; what is not met has a mark."""
    shown = [each for each in reports[0].findings if each.principle.metric is not None]
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    table.add_column("network", no_wrap=True)
    for each in shown:
        table.add_column(each.id.replace("-", "\n"), justify="right", no_wrap=True)
    for report in reports:
        found = {each.id: each for each in report.findings}
        table.add_row(report.name, *(_score(found[each.id]) for each in shown))
    print_shown(table)
    asked = (f"   {each.id}: {each.principle.metric} {each.principle.met}" for each in shown)
    typer.echo("\n".join([" x: not met; -: not applicable. Asked are:", *asked, ""]))
    if shared:
        typer.echo("\n".join([" Shared, widths and strides aside:", *_shared_lines(shared), ""]))


def _score(finding: Finding) -> Text:
    if finding.verdict == "not applicable":
        return Text("-  ", style="dim")
    mark = "x" if finding.verdict == "not met" else " "
    return Text(f"{number(finding.value)} {mark}", style=_COLOURS[finding.verdict])


def _shared_lines(shared: Sequence[tuple[str, dict[str, str]]]) -> list[str]:
    lines = [f"   {next(iter(names.values()))}: {_listed(list(names))}" for _, names in shared[:SHARED]]
    return lines + ([f"   and {len(shared) - SHARED} more"] if len(shared) > SHARED else [])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHARED
    return ", ".join(names[:SHARED]) + (f" and {more} more" if more > 0 else "")


# --- two networks -------------------------------------------------------------------------------------------------------------------------


def print_comparison(found: Comparison) -> None:
    """Print the numbers of two networks side by side, then what is added, removed and changed."""
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for head in ("", *found.names, "difference", "ratio"):
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    for name, (left, right) in found.numbers.items():
        table.add_row(name, _figure(left), _figure(right), *_difference(left, right))
    print_shown(table)
    typer.echo(f" {_verdict(found)}")
    for line in change_lines(found.changes):
        typer.echo(f"   {line}")
    typer.echo()


def _verdict(found: Comparison) -> str:
    if found.same:
        return "the structure is the same" + (", under other names:" if found.changes else "")
    counts = {kind: sum(each.kind == kind for each in found.changes) for kind in MARKS}
    return "the structure differs: " + ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def _figure(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 80:
        return f"2^{value.bit_length() - 1}" if value & (value - 1) == 0 else f"about 2^{value.bit_length() - 1}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}" if isinstance(value, float) else str(value)


def _difference(left: Any, right: Any) -> tuple[str, str]:
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)) or left == right:
        return "", ""
    long = max(int(left).bit_length(), int(right).bit_length()) > 80
    difference = "" if long else f"{right - left:+,}" if isinstance(right - left, int) else f"{right - left:+.4g}"
    return difference, f"{right / left:.4g}" if left and not long else ""


def change_lines(changes: Sequence[Change]) -> list[str]:
    """Return changes as text; those of neighbours that are alike but for a number share a line.

    >>> change_lines([Change("added", f"stage.i{i}", "2 conv, add") for i in range(3)] + [Change("changed", "conv", "stride: 1 -> 2")])
    ['+ stage.i0-2   3 x (2 conv, add)', '~ conv   stride: 1 -> 2']
    """
    found = []
    for _, same in groupby(changes, key=lambda each: (each.kind, each.detail, re.sub(r"\d+", "", each.where).rstrip("_"))):
        alike = list(same)
        first, last = alike[0], alike[-1]
        where = first.where if len(alike) == 1 else range_label(first.where, last.where)
        detail = first.detail if len(alike) == 1 else f"{len(alike)} x ({first.detail})"
        found.append(f"{MARKS[first.kind]} {where}   {detail}")
    return found
