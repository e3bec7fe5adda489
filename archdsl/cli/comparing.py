"""Commands that measure networks and hold them against something: ``lint``, ``paths``, ``compare``, ``zoo``. None of them imports torch."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archdsl.cli.failing import no_network
from archdsl.cli.files import read_settings
from archdsl.cli.options import Json, Net, Seed, Settings, Variant
from archdsl.errors import Diagnostic, UsageError

if TYPE_CHECKING:
    from archdsl.expansion.architecture import Architecture
    from archdsl.ir.graph import Graph
    from archdsl.principles.facts import Measured
    from archdsl.source import Source
    from archdsl.spec.document import Document


def _show_metrics(wanted: bool) -> None:
    if not wanted:
        return
    from archdsl.principles.declarations import known_metrics

    known = known_metrics()
    width = max(map(len, known))
    for name, sentence in known.items():
        typer.echo(f"{name:<{width}}  {sentence}")
    raise typer.Exit


def paths(
    net: Net,
    settings: Settings = None,
    variant: Variant = None,
    unit: Annotated[
        str, typer.Option(metavar="UNIT", help="What a length counts: layer, block (outermost ones), skip (their bodies), or the name of a block.")
    ] = "layer",
    as_json: Json = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Draw the distribution as png, svg or pdf.")] = None,
    unraveled: Annotated[bool, typer.Option("--unravel", help="Draw every path by itself instead, to the same file; for few paths.")] = False,
    seed: Seed = 0,
) -> None:
    """Show how many paths lead through a network, and how long they are.

    A layer is a convolution, a linear layer or attention. Networks with skips are also shown as an ensemble of paths, counted by the
    bodies that they pass. The unravelled view writes out what comes before each place where a value is used, so that every path has a row.

    \b
    Examples:
      archdsl paths resnet50
      archdsl paths resnet110-cifar --unit skip
      archdsl paths fractalnet-20 -o lengths.svg
      archdsl paths resnet50 --set 'depths=[1, 1, 1, 0]' --unravel -o p.svg
    """
    from archdsl import load
    from archdsl.analysis.ensemble import ensemble_of
    from archdsl.analysis.paths import as_data, count_paths

    arch = load(net, variant, set=read_settings(settings or ()), seed=seed)
    if not arch.graphs:
        raise no_network(arch.name)
    counted = {name: count_paths(graph, unit) for name, graph in arch.graphs.items()}
    views = {name: ensemble_of(graph) for name, graph in arch.graphs.items()}
    if unraveled:
        _unravel(arch, unit, output)
    elif output is not None:
        from archdsl.rendering.plotting import plot_paths

        plot_paths({name or arch.name: each for name, each in counted.items()}, output)
    if as_json:
        parts = {name: {**as_data(each), "ensemble": view.as_dict() if (view := views[name]) else None} for name, each in counted.items()}
        found = parts[""] if set(parts) == {""} else {"networks": parts}
        typer.echo(json.dumps({"name": arch.name, **found}, indent=2))
        return
    from archdsl.cli.charts import print_paths

    for name, each in counted.items():
        print_paths(f"{arch.name}.{name}" if name else arch.name, each, views[name])


def _unravel(arch: "Architecture", unit: str, output: Path | None) -> None:
    if output is None:
        raise UsageError(Diagnostic("E712", "`--unravel` draws a picture, and there is no file for it", None, "write `-o paths.svg`"))
    from archdsl.rendering.unraveled import draw_unraveled

    draw_unraveled(arch, output, unit)


def lint(
    nets: Annotated[list[str], typer.Argument(metavar="NET...", help="Names of the catalogue, or paths.", show_default=False)],
    settings: Settings = None,
    against: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Principles: recap, smith_topin, or a path. May be repeated.  [default: recap]")
    ] = None,
    recipe: Annotated[str | None, typer.Option(metavar="NAME", help="How it is trained, for principles about that.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail for warnings, too.")] = False,
    as_json: Json = False,
    metrics: Annotated[bool, typer.Option("--metrics", is_eager=True, callback=_show_metrics, help="List what is measured.")] = False,
) -> None:
    """Hold networks against principles of design.

    Says for each principle what is measured and whether that is what the principle asks for. A network may do well without it.
    Several networks give a table, and the blocks that they share. The exit code is 1 if a principle with severity "error" is not met.

    \b
    Examples:
      archdsl lint resnet50
      archdsl lint convnext-tiny --against smith_topin
      archdsl lint vgg16 resnet50 densenet121 mobilenet-v1
      archdsl lint net.yaml --against principles.yaml --strict
    """
    from archdsl.principles.report import DEFAULT, lint_all, shared_blocks

    graphs = _graphs(nets, read_settings(settings or ()))
    reports = lint_all(graphs, against or [DEFAULT], _recipe(recipe))
    if as_json:
        data = [report.as_dict() for report in reports]
        shared = [{"block": next(iter(names.values())), "in": names} for _, names in shared_blocks(reports)]
        typer.echo(json.dumps(data[0] if len(data) == 1 else {"networks": data, "shared_blocks": shared}, indent=2))
    else:
        from archdsl.cli.scorecards import print_scorecard, print_scores

        print_scorecard(reports[0]) if len(reports) == 1 else print_scores(reports, shared_blocks(reports))
    if any(report.fails(strict) for report in reports):
        raise typer.Exit(1)


def _graphs(nets: list[str], settings: dict[str, Any]) -> dict[str, "Graph"]:
    """Return the networks by name; a document of several gives each of them, and a second one of a name has its place in the list."""
    from archdsl.expansion.architecture import read, realize
    from archdsl.spec.catalogue import resolve

    documents: dict[Source, Document] = {}
    found: dict[str, Graph] = {}
    for position, net in enumerate(nets, 1):
        source, variant = resolve(net)
        if source not in documents:
            documents[source], _ = read(source)
        arch = realize(documents[source], variant, settings)
        if not arch.graphs:
            raise no_network(arch.name)
        for name, graph in arch.graphs.items():
            full = f"{arch.name}.{name}" if name else arch.name
            found[full if full not in found else f"{full} ({position})"] = graph
    return found


def _recipe(name: str | None) -> dict[str, "Measured"]:
    if name is None:
        return {}
    from archdsl.principles.training import measure_recipe
    from archdsl.training.recipes import load_recipe

    return measure_recipe(load_recipe(name).as_dict())


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A name of the catalogue, or a path.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="The one to compare with it.", show_default=False)],
    as_json: Json = False,
    set_a: Annotated[list[str] | None, typer.Option("--set-a", metavar="KEY=VALUE", help="Set a var of A. May be repeated.")] = None,
    set_b: Annotated[list[str] | None, typer.Option("--set-b", metavar="KEY=VALUE", help="Set a var of B. May be repeated.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Draw both side by side: svg, png, pdf, dot, mmd.")] = None,
    block: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Draw this block of both; given twice, one of A and one of B.")] = None,
    label: Annotated[str, typer.Option(metavar="full|paper", help="What boxes of the picture say.")] = "paper",
    theme: Annotated[str, typer.Option(metavar="light|dark|print", help="The palette of the picture.")] = "light",
) -> None:
    """Compare two networks: the numbers side by side, then what is added, removed and changed. With -o, draw them side by side, too.

    \b
    Examples:
      archdsl compare resnet50 resnet101
      archdsl compare net.yaml net.yaml#deep --json
      archdsl compare resnet50 resnext50-32x4d --set-b form=aggregated \\
        --block bottleneck --block aggregated -o F.svg
    """
    from archdsl import load
    from archdsl.analysis.comparison import compare as compare_architectures

    left, right = load(first, set=read_settings(set_a or ())), load(second, set=read_settings(set_b or ()))
    if output is not None:
        from archdsl.rendering import render_pair

        render_pair(left, right, output, _blocks(block or []), label=label, theme=theme)
    found = compare_architectures(left, right)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2))
        return
    from archdsl.cli.scorecards import print_comparison

    print_comparison(found)


def _blocks(names: list[str]) -> tuple[str | None, str | None]:
    if len(names) > 2:
        raise typer.BadParameter("is given at most twice: for A and for B", param_hint="--block")
    return (names[0], names[-1]) if names else (None, None)


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


COMMANDS = (lint, paths, compare, zoo)
