"""Distributions as pictures, with matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from archdsl.analysis.paths import Paths
from archdsl.errors import Diagnostic, UsageError, printable
from archdsl.writing import write_whole

FORMATS = (".pdf", ".png", ".svg")
COLOR, GRID = "#c2410c", "#e5e7eb"


def plot_paths(distributions: Mapping[str, Paths], file: Path) -> None:
    """Draw how the lengths of paths are spread, one panel for each network.

    Raises:
        UsageError: If the file's ending names no kind of picture.
        TargetError: If it cannot be written.
    """
    if file.suffix.lower() not in FORMATS:
        help = "name a file that ends in " + ", ".join(f"`{each}`" for each in FORMATS)
        raise UsageError(Diagnostic("E723", f"cannot tell from `{file.name}` what kind of picture to draw", None, help))
    from matplotlib import rc_context  # noqa: PLC0415 (its import takes longer than most commands)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(6, 2.8 * len(distributions)), layout="constrained")
    for axes, (name, paths) in zip(figure.subplots(len(distributions), squeeze=False)[:, 0], distributions.items()):
        _panel(axes, name, paths)
    content = BytesIO()
    format = file.suffix.lower().lstrip(".")
    with rc_context({"svg.hashsalt": "archdsl"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that the font lacks are drawn as boxes
        figure.savefig(content, format=format, dpi=120, metadata={"Date": None} if format == "svg" else None)
    write_whole(file, content.getvalue(), code="E904")


def _panel(axes: Any, name: str, paths: Paths) -> None:
    lengths = range(paths.shortest, paths.longest + 1)
    axes.bar(lengths, [100 * paths.share(length, length) for length in lengths], color=COLOR, width=0.9)
    axes.axvline(paths.mean, color="black", linewidth=0.8, linestyle="--")
    title = f"{printable(name)}: 2^{paths.bits:.4g} paths of mean length {paths.mean:.4g}"
    axes.set_title(title, fontsize=10, loc="left", parse_math=False)
    axes.set_xlabel("length in " + ("layers" if paths.unit == "layer" else f"units of `{paths.unit}`"))
    axes.set_ylabel("% of the paths")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
