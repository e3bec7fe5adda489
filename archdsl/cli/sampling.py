"""Commands about search spaces: ``sample``, ``space``. None of them imports torch."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.files import read_settings
from archdsl.cli.options import Json, Settings, Variant
from archdsl.writing import write_whole

if TYPE_CHECKING:
    from archdsl.searching.sampling import Sampler
    from archdsl.searching.space import Sample

SpaceName = Annotated[str, typer.Argument(metavar="SPACE", help="A name of specs/spaces, or the path of a document with holes.", show_default=False)]
Amount = typer.Option(metavar="N", help="As a whole number, or as 1M, 200k, 1.5G.", show_default=False)


def sample(
    space: SpaceName,
    count: Annotated[int, typer.Option("-n", "--count", min=1, metavar="N", help="How many networks.")] = 1,
    seed: Annotated[int, typer.Option(metavar="S", help="What is drawn from; the same seed gives the same documents everywhere.")] = 0,
    max_params: Annotated[str | None, Amount] = None,
    max_macs: Annotated[str | None, Amount] = None,
    min_params: Annotated[str | None, Amount] = None,
    min_macs: Annotated[str | None, Amount] = None,
    principle: Annotated[list[str] | None, typer.Option(metavar="ID", help="Keep what meets a principle of design. May be repeated.")] = None,
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Keep networks of the same structure.")] = False,
    patience: Annotated[int, typer.Option(min=1, metavar="N", help="Give up after N draws in a row that give nothing.")] = 2_000,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write the documents to DIR.", show_default=False)] = None,
    settings: Settings = None,
    variant: Variant = None,
    as_json: Json = False,
) -> None:
    """Draw networks from a space, each as a document without holes.

    Networks are distinct: none has the structure of another one. Budgets and structure are those of the pruned network, without what changes
    nothing; `archdsl show` counts a document as it is declared. Without DIR, a single network is printed.

    \b
    Examples:
      archdsl sample nasbench201
      archdsl sample branch_patterns -n 100 --max-params 1M --max-macs 50M -o nets
      archdsl sample space.yaml -n 10 --principle shorter-paths -o nets --json
    """
    from archdsl.errors import Diagnostic, UsageError
    from archdsl.searching.budgets import Budget, read_amount
    from archdsl.searching.sampling import Sampler
    from archdsl.searching.space import Space

    if output is None and count > 1 and not as_json:
        raise UsageError(Diagnostic("E952", f"{count} networks need a folder", None, "name one: `-o DIR`"))
    bounds = {"max_params": max_params, "max_macs": max_macs, "min_params": min_params, "min_macs": min_macs}
    budget = Budget.of(**{name: read_amount(text) for name, text in bounds.items() if text is not None})
    found = Space.load(space, variant, read_settings(settings or ()))
    sampler = Sampler(found, seed, budget, principles=principle or (), distinct=not duplicates, patience=patience)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []
    try:
        for number, network in enumerate(sampler.take(count), 1):
            rows.append(_written(network, f"{_safe(found.name)}-{seed}-{number:0{len(str(count))}}", output, as_json))
    finally:
        if as_json:
            typer.echo(json.dumps(rows, indent=2))
        elif output is not None:
            typer.echo("\n".join(_told(sampler, rows, output)))


def _safe(name: str) -> str:
    """Return a name as it may stand in the name of a file and in a comment, whatever the document says.

    >>> _safe("../a b\\n.yaml")
    'a-b-.yaml'
    """
    return re.sub(r"[^\w.-]+", "-", name)[:60].strip(".-") or "space"


def _written(network: "Sample", name: str, folder: Path | None, as_json: bool) -> dict[str, object]:
    """Write a network, or print it where there is neither a folder nor JSON; return what is told of it."""
    text = f"# drawn from {_safe(network.space.name)} with the seed {network.seed}\n{network.text(name)}"
    file = folder / f"{name}.yaml" if folder is not None else None
    if file is not None:
        write_whole(file, text)
    elif not as_json:
        typer.echo(text, nl=False)
    cost = network.cost
    return {"file": str(file) if file else None, "params": cost.params, "macs": cost.macs, "fingerprint": network.fingerprint}


def _told(sampler: "Sampler", rows: list[dict[str, object]], folder: Path) -> Iterator[str]:
    weighted = [choice.name for choice in sampler.space.choices if "weights" in choice.beside]
    how = f"by its weights: {', '.join(f'`{name}`' for name in weighted)}; the others uniformly" if weighted else "uniformly"
    yield f"{len(rows):,} network{'s' * (len(rows) != 1)} of `{sampler.space.name}` in {folder}"
    yield f"  drawn        each choice by itself, {how}"
    yield f"  kept         {sampler.account()}"
    if sampler.budget:
        yield f"  budget       {sampler.budget}"
    for name in ("params", "macs") if rows else ():
        costs = sorted(int(str(row[name])) for row in rows)
        yield f"  {name:12} {costs[0]:,} to {costs[-1]:,}, median {costs[len(costs) // 2]:,}"


def space(
    space: SpaceName,
    samples: Annotated[int, typer.Option(min=1, metavar="N", help="How many networks are drawn to see how they are spread.")] = 200,
    seed: Annotated[int, typer.Option(metavar="S", help="What they are drawn from.")] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Draw how they are spread: .png, .svg or .pdf.")] = None,
    settings: Settings = None,
    variant: Variant = None,
    as_json: Json = False,
) -> None:
    """Show a space: how many networks it holds, what is drawn, and how parameters, MACs and paths are spread.

    The size is the number of ways to fill in the holes. It is exact where it can be counted, else estimated with its standard error.
    Networks are counted as they are declared.

    \b
    Examples:
      archdsl space nasbench201
      archdsl space branch_patterns --samples 1000 -o spread.png
      archdsl space space.yaml --set stages=2 --json
    """
    from archdsl.searching.distribution import distribution_of, plot
    from archdsl.searching.size import size_of
    from archdsl.searching.space import Space

    found = Space.load(space, variant, read_settings(settings or ()))
    size, spread = size_of(found), distribution_of(found, samples, seed)
    if output is not None:
        plot(spread, found.name, output)
    if as_json:
        choices = [choice.as_dict() for choice in found.choices]
        data = {"name": found.name, "size": size.count, "exact": size.exact, "error": size.error, "choices": choices, "spread": spread.as_dict()}
        typer.echo(json.dumps(data, indent=2))
        return
    from archdsl.cli.spaces import print_space

    print_space(found, size, spread)


COMMANDS = (sample, space)
