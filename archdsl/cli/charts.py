"""What the measuring commands show on a terminal: bars, and tables of networks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from math import gcd

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from archdsl.analysis.ensemble import Ensemble
from archdsl.analysis.paths import Paths
from archdsl.analysis.zoo import Exhibit
from archdsl.cli.printing import print_shown

ROWS = 24
"""The most bars of a histogram."""
WIDTH = 40
"""The length of the longest bar."""

_UNITS = {"layer": "weighted layers", "block": "outermost blocks", "skip": "bodies of skips"}


def print_paths(name: str, paths: Paths, ensemble: Ensemble | None) -> None:
    """Print how many paths there are, how long they are, and a bar chart of their lengths."""
    low, high = paths.bulk()
    unit = _UNITS.get(paths.unit, f"blocks `{paths.unit}`")
    lines = [
        f"\n {name}   lengths in {unit}\n",
        f" paths      {count_text(paths)}",
        f" shortest   {paths.shortest}",
        f" longest    {paths.longest}",
        f" mean       {paths.mean:.6g}",
        f" bulk       {_range(low, high)} ({percent(paths.share(low, high))} of the paths)",
    ]
    if ensemble is not None:
        lines += ["", f" {ensemble.modules} bodies of skips, each passed or gone around:"]
        lines += [f"   {percent(ensemble.paths.share(*each))} of the paths pass {_range(*each)}" for each in (ensemble.middle, ensemble.short)]
    typer.echo("\n".join([*lines, "", *histogram(paths), ""]))


def histogram(paths: Paths, rows: int = ROWS, width: int = WIDTH) -> list[str]:
    """Return a bar chart of the lengths, with neighbouring lengths in one row where there are many; a dot is less than half a mark.

    >>> print(*histogram(Paths("layer", (0, 1, 3, 0, 4)), width=8), sep=chr(10))
      length   share
           1  12.5 %  ##
           2  37.5 %  ######
           3     0 %
           4    50 %  ########
    """
    bars = [(_range(low, high), paths.share(low, high)) for low, high in _bins(paths, rows)]
    most = max((share for _, share in bars), default=0) or 1
    mark = _mark()
    label = max(map(len, ["length", *(name for name, _ in bars)]))
    number = max(map(len, ["share", *(percent(share) for _, share in bars)]))
    found = [f"  {'length':>{label}}  {'share':>{number}}"]
    for name, share in bars:
        bar = mark * round(width * share / most) or ("." if share else "")
        found.append(f"  {name:>{label}}  {percent(share):>{number}}  {bar}".rstrip())
    return found


def _bins(paths: Paths, rows: int) -> list[tuple[int, int]]:
    """Return ranges of lengths, as many as there are rows or fewer, in each of which as many lengths occur."""
    low, high = paths.shortest, paths.longest
    stride = gcd(*(length - low for length, count in enumerate(paths.lengths) if count)) or 1
    step = stride * -(-((high - low) // stride + 1) // rows)
    return [(start, min(start + step - stride, high)) for start in range(low, high + 1, step)]


def _mark() -> str:
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    return "\N{FULL BLOCK}" if encoding == "utf8" and sys.stdout.isatty() else "#"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def percent(share: float) -> str:
    """Return a share with up to four digits.

    >>> percent(0.004536670150778743), percent(1), percent(5.9e-17)
    ('0.4537 %', '100 %', '5.9e-15 %')
    """
    return f"{100 * share:.4g} %"


def count_text(paths: Paths) -> str:
    """Return the number of paths, as a power of 2 where it is one, and roughly where it is long.

    >>> count_text(Paths("layer", (1, 2, 1))), count_text(Paths("layer", (10**40,)))
    ('4 = 2^2', 'about 2^132.9')
    """
    count, bits = paths.count, paths.bits
    power = count > 1 and count & (count - 1) == 0
    if count >= 10**24:
        return f"2^{bits:.0f}" if power else f"about 2^{bits:.1f}"
    return f"{count:,} = 2^{bits:.0f}" if power else f"{count:,}"


# --- the zoo ------------------------------------------------------------------------------------------------------------------------------

_COLOURS = {"agrees": "green", "explained": "yellow", "differs": "bold red", "unpublished": "dim"}
_PLURALS = {"agrees": "agree", "differs": "differ"}


def print_zoo(exhibits: Sequence[Exhibit]) -> None:
    """Print the networks of the catalogue, counted and published, with a line that sums it up."""
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for head in ("network", "params", "published", "MACs", "published", "verdict"):
        table.add_column(head, justify="left" if head in ("network", "verdict") else "right", no_wrap=True)
    for each in exhibits:
        table.add_row(*_cells(each), Text(_verdict(each), style=_COLOURS[each.verdict]))
    print_shown(table)
    typer.echo(f" {zoo_summary(exhibits)}\n")


def _cells(exhibit: Exhibit) -> list[str]:
    printed = {each.name: f"{int(each.printed):,}" if each.printed.isdecimal() else each.printed for each in exhibit.comparisons}
    return [exhibit.name, f"{exhibit.count.params:,}", printed.get("params", ""), f"{exhibit.count.macs:,}", printed.get("macs", "")]


def _verdict(exhibit: Exhibit) -> str:
    rules = dict.fromkeys(each.rule.replace("_", " ") for each in exhibit.comparisons if each.verdict == "explained" and each.rule)
    return f"{exhibit.verdict}: {', '.join(rules)}" if rules else exhibit.verdict


def zoo_summary(exhibits: Iterable[Exhibit]) -> str:
    """Return how many networks there are, and what was found of them."""
    exhibits = list(exhibits)
    counts = {verdict: sum(each.verdict == verdict for each in exhibits) for verdict in _COLOURS}
    families = len({each.family for each in exhibits})
    words = ", ".join(f"{count} {_PLURALS.get(verdict, verdict)}" for verdict, count in counts.items())
    return f"{len(exhibits)} networks in {families} {'family' if families == 1 else 'families'}: {words}"
