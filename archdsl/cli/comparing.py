"""Commands that measure networks and hold them against something: ``paths``, ``zoo``. None of them imports torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.files import read_settings
from archdsl.cli.options import Json, Net, Seed, Settings, Variant


def paths(
    net: Net,
    settings: Settings = None,
    variant: Variant = None,
    unit: Annotated[
        str, typer.Option(metavar="UNIT", help="What a length counts: layer, block (outermost ones), skip (their bodies), or the name of a block.")
    ] = "layer",
    as_json: Json = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the distribution as png, svg or pdf.")] = None,
    seed: Seed = 0,
) -> None:
    """Show how many paths lead through a network, and how long they are.

    A layer is a convolution, a linear layer or attention. Networks with skips are also shown as an ensemble of paths, counted by the
    bodies that they pass.

    \b
    Examples:
      archdsl paths resnet50
      archdsl paths resnet110-cifar --unit skip
      archdsl paths fractalnet-20 --plot paths.svg
    """
    from archdsl import load
    from archdsl.analysis.ensemble import ensemble_of
    from archdsl.analysis.paths import as_data, count_paths

    arch = load(net, variant, set=read_settings(settings or ()), seed=seed)
    counted = {name: count_paths(graph, unit) for name, graph in arch.graphs.items()}
    views = {name: ensemble_of(graph) for name, graph in arch.graphs.items()}
    if plot is not None:
        from archdsl.rendering.plotting import plot_paths

        plot_paths({name or arch.name: each for name, each in counted.items()}, plot)
    if as_json:
        parts = {name: {**as_data(each), "ensemble": view.as_dict() if (view := views[name]) else None} for name, each in counted.items()}
        found = parts[""] if set(parts) == {""} else {"networks": parts}
        typer.echo(json.dumps({"name": arch.name, **found}, indent=2))
        return
    from archdsl.cli.charts import print_paths

    for name, each in counted.items():
        print_paths(f"{arch.name}.{name}" if name else arch.name, each, views[name])


def zoo(
    as_json: Json = False,
    family: Annotated[str | None, typer.Option(metavar="NAME", help="Only the networks of one document: resnet.")] = None,
) -> None:
    """Count every network of the catalogue, beside what its source prints.

    "explained" figures differ for a reason that the catalogue names: the source drops digits, leaves out norms, or has a misprint.
    The exit code is 1 if a figure differs.

    \b
    Examples:
      archdsl zoo
      archdsl zoo --family wide-resnet
      archdsl zoo --json
    """
    from archdsl.analysis.zoo import visit

    exhibits = visit(family)
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in exhibits], indent=2))
    else:
        from archdsl.cli.charts import print_zoo

        print_zoo(exhibits)
    if any(each.verdict == "differs" for each in exhibits):
        raise typer.Exit(1)


COMMANDS = (paths, zoo)
