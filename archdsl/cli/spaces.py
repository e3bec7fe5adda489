"""A space as a terminal shows it."""

from __future__ import annotations

import json
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from archdsl.analysis.columns import human
from archdsl.cli.printing import print_shown
from archdsl.searching.choices import Choice
from archdsl.searching.distribution import MEASURED, QUANTILES, Distribution
from archdsl.searching.size import Size
from archdsl.searching.space import Space

LONGEST = 70
"""How much of the options of a choice is shown."""

_WORDS = {0: "least", 50: "median", 100: "most"}
_TITLES = {"macs": "MACs"}


def print_space(space: Space, size: Size, spread: Distribution) -> None:
    """Print how many networks a space holds, its choices, and how its networks are spread."""
    head = Text(f"\n {space.name}", style="bold")
    head.append(f"\n   networks   {size}", style="not bold")
    head.append(f"\n   drawn      {_drawn(spread)}", style="not bold")
    print_shown(Group(head, _choices(space.choices), _spread(spread)))


def _drawn(spread: Distribution) -> str:
    missing = spread.drawn - spread.fitting
    return f"{spread.drawn:,}, of which {f'{missing:,} did not fit' if missing else 'all fit'}; {spread.distinct:,} distinct"


def _choices(choices: list[Choice]) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for name in ("choice", "draws", "where"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for choice in choices:
        table.add_row(Text(choice.name), Text(what_is_drawn(choice)), Text(choice.place, style="dim"))
    return table


def what_is_drawn(choice: Choice) -> str:
    """Say in a line what a choice draws."""
    beside = "".join(f", {name} {_short(value)}" for name, value in choice.beside.items() if value is not True)
    beside += ", logarithmic" if "log" in choice.beside else ""
    if choice.kind in ("int", "float") and isinstance(choice.options, list):
        return f"{choice.kind} {choice.options[0]} to {choice.options[1]}{beside}"
    if isinstance(choice.options, list):
        listed = " | ".join(map(_option, choice.options))
        what = listed if len(listed) <= LONGEST else f"{listed[: LONGEST - 3]}..."
        return f"{len(choice.options)}: {what}{beside}"
    return f"one of {choice.options}{beside}"


def _option(option: Any) -> str:
    """Return an option in short: a value, or the words that its steps begin with."""
    if isinstance(option, list):
        return "[" + ", ".join(map(_option, option)) + "]"
    return str(next(iter(option))) if isinstance(option, dict) and option else _short(option)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _spread(spread: Distribution) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    table.add_column("")
    for percent in QUANTILES:
        table.add_column(_WORDS.get(percent, f"{percent} %"), justify="right", no_wrap=True)
    for name in MEASURED if spread.fitting else ():
        table.add_row(Text(_TITLES.get(name, name), style="bold"), *(human(value) for value in spread.quantiles(name)))
    return table
