"""How what a space holds is spread: parameters, multiply-adds and paths of networks that were drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import log10
from pathlib import Path
from typing import Any

from archdsl.analysis.cost import analyze
from archdsl.analysis.paths import count_paths
from archdsl.errors import Diagnostic, ExpansionError, UsageError
from archdsl.searching.space import Space
from archdsl.writing import write_whole

MEASURED = ("params", "macs", "paths")
QUANTILES = (0, 5, 25, 50, 75, 95, 100)
FORMATS = (".pdf", ".png", ".svg")
COLOR, GRID = "#0f766e", "#e5e7eb"


@dataclass(frozen=True)
class Distribution:
    """What was counted of networks drawn from a space, as they are declared.

    Attributes:
        drawn: How many draws were made.
        fitting: How many gave a network.
        distinct: How many structures there were among them.
        values: The counts of each network, by what was counted.
    """

    drawn: int
    fitting: int
    distinct: int
    values: dict[str, list[int]]

    def quantiles(self, name: str) -> list[int]:
        """Return the quantiles of a count, in the order of ``QUANTILES``."""
        return quantiles(self.values[name])

    def as_dict(self) -> dict[str, Any]:
        """Return the distribution as plain data."""
        found = {name: dict(zip((f"p{each}" for each in QUANTILES), self.quantiles(name))) for name in MEASURED} if self.fitting else {}
        return {"drawn": self.drawn, "fitting": self.fitting, "distinct": self.distinct, **found}


def quantiles(values: Sequence[int], percents: Sequence[int] = QUANTILES) -> list[int]:
    """Return quantiles, each one of the values.

    >>> quantiles([4, 1, 3, 2, 5], (0, 50, 100))
    [1, 3, 5]
    """
    ordered = sorted(values)
    return [ordered[round((len(ordered) - 1) * percent / 100)] for percent in percents]


def distribution_of(space: Space, count: int, seed: int = 0) -> Distribution:
    """Draw networks and count them.

    Raises:
        ExpansionError: If none of them fits: the last one's reason.
    """
    values: dict[str, list[int]] = {name: [] for name in MEASURED}
    prints: set[str] = set()
    failure: ExpansionError | None = None
    for number in range(count):
        try:
            sample = space.draw((seed << 32) + number)
        except ExpansionError as error:
            failure = error
            continue
        graphs = sample.architecture.graphs.values()
        cost = analyze(sample.architecture)
        for name, value in zip(MEASURED, (cost.params, cost.macs, sum(count_paths(graph).count for graph in graphs))):
            values[name].append(value)
        prints.add(sample.fingerprint)
    if failure is not None and not prints:
        raise failure
    return Distribution(count, len(values["params"]), len(prints), values)


def plot(found: Distribution, title: str, file: Path) -> None:
    """Draw how the counts are spread, one panel for each.

    Raises:
        UsageError: If the file's ending names no kind of picture.
    """
    if file.suffix.lower() not in FORMATS:
        help = "name a file that ends in " + ", ".join(f"`{each}`" for each in FORMATS)
        raise UsageError(Diagnostic("E723", f"cannot tell from `{file.name}` what kind of picture to draw", None, help))
    from matplotlib import rc_context  # noqa: PLC0415 (its import takes longer than most commands)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(9, 2.6), layout="constrained")
    figure.suptitle(f"{title}: {found.fitting:,} networks", fontsize=10, x=0.01, ha="left")
    for axes, name in zip(figure.subplots(1, len(MEASURED)), MEASURED):
        _panel(axes, name, found.values[name])
    with rc_context({"svg.hashsalt": "archdsl"}):
        content = BytesIO()
        kind = file.suffix.lower().lstrip(".")
        figure.savefig(content, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    write_whole(file, content.getvalue(), code="E904")


def _panel(axes: Any, name: str, values: list[int]) -> None:
    axes.hist([log10(max(value, 1)) for value in values], bins=24, color=COLOR, weights=[100 / len(values)] * len(values))
    axes.axvline(log10(max(quantiles(values, (50,))[0], 1)), color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel(f"{name}, logarithm to base 10")
    axes.set_ylabel("% of the networks")
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
