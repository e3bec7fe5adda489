"""Commands about searches: ``search``, ``report``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archdsl.cli.files import read_settings
from archdsl.cli.options import Settings, Variant
from archdsl.cli.sampling import Amount, SpaceName

if TYPE_CHECKING:
    from archdsl.searching.ray_workers import Cluster
    from archdsl.searching.study import Search

RESOURCES = "For each trial on the cluster; may be a fraction."


def search(
    space: SpaceName,
    trials: Annotated[int, typer.Option("--trials", "-n", min=1, metavar="N", help="How many the study has in the end.")] = 100,
    storage: Annotated[str, typer.Option(metavar="URL", help="Where the study is kept: a SQLite file, or the URL of a database.")] = "search.db",
    name: Annotated[str | None, typer.Option(metavar="S", help="The study.  [default: space, strategy and seed]", show_default=False)] = None,
    strategy: Annotated[str, typer.Option(metavar="S", help="random, evolution, local, tpe or nsga2.")] = "evolution",
    evaluate: Annotated[
        str, typer.Option(metavar="S", help="train, cost, table, or a proxy: synflow, naswot, grad_norm, snip, jacob_cov, zen.")
    ] = "train",
    objective: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="error, loss, params, macs, latency, a proxy, max:METRIC or min:METRIC. May be repeated.", show_default=False),
    ] = None,
    data: Annotated[str, typer.Option(metavar="DATA", help="What to train on: digits, the path of an .npz, ...")] = "digits",
    recipe: Annotated[str | None, typer.Option(metavar="NAME", help="How to train: a recipe by its name, or a path.", show_default=False)] = None,
    epochs: Annotated[int, typer.Option(min=0, metavar="N", help="How long to train; 0 is a quarter of the recipe's epochs.")] = 0,
    size: Annotated[int, typer.Option(min=0, metavar="N", help="Resize the images to NxN first; 0 leaves them.")] = 0,
    devices: Annotated[str, typer.Option(metavar="N", help="auto, cpu, or how many accelerators.")] = "auto",
    prune: Annotated[str, typer.Option(metavar="S", help="Stop bad trainings early: none, halving, hyperband or median.")] = "none",
    table: Annotated[str, typer.Option(metavar="FILE", help="Known results by fingerprint, as csv.")] = "",
    max_params: Annotated[str | None, Amount] = None,
    max_macs: Annotated[str | None, Amount] = None,
    min_params: Annotated[str | None, Amount] = None,
    min_macs: Annotated[str | None, Amount] = None,
    principle: Annotated[list[str] | None, typer.Option(metavar="ID", help="Keep to a principle of design. May be repeated.")] = None,
    workers: Annotated[int, typer.Option(min=1, metavar="N", help="How many processes, or tasks of a cluster.")] = 1,
    ray: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Run on a Ray cluster: auto, host:port, or local.", show_default=False)] = None,
    cpus: Annotated[float, typer.Option(min=0, help=RESOURCES)] = 1.0,
    gpus: Annotated[float, typer.Option(min=0, help=RESOURCES)] = 0.0,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a report: .html or .png.", show_default=False)] = None,
    settings: Settings = None,
    variant: Variant = None,
    seed: Annotated[int, typer.Option(metavar="N", help="What everything is drawn from.")] = 0,
) -> None:
    """Search a space for good networks; the last line is JSON with the best one.

    The study is kept in a storage: the same command goes on with it, and any number of these commands, on any number of machines, work on it
    together. A network is evaluated once; what a killed worker had begun is taken again. Networks are compared by images that are held out of
    the training images; the test images stay unseen.

    \b
    Examples:
      archdsl search branch_patterns --data digits --trials 30 -o report.html
      archdsl search space.yaml --data images.npz --workers 4 --strategy nsga2 \\
        --objective error --objective macs
      archdsl search nasbench201 --evaluate synflow \\
        --storage postgresql://user@host/searches
    """
    from archdsl.searching.budgets import Budget, read_amount
    from archdsl.searching.study import plan_search

    if output is not None:
        _check_report(output)
    bounds = {"max_params": max_params, "max_macs": max_macs, "min_params": min_params, "min_macs": min_macs}
    planned = plan_search(
        space,
        storage=storage,
        name=name,
        evaluate=evaluate,
        objectives=objective or (),
        budget=Budget.of(**{each: read_amount(text) for each, text in bounds.items() if text is not None}),
        set=read_settings(settings or ()),
        variant=variant,
        strategy=strategy,
        data=data,
        recipe=recipe,
        epochs=epochs,
        size=size,
        devices=devices,
        prune=prune,
        table=table,
        principles=tuple(principle or ()),
        seed=seed,
    )
    _run(planned, trials, workers, _cluster(ray, cpus, gpus))
    if output is not None:
        report(storage, output, [planned.name])


def _cluster(address: str | None, cpus: float, gpus: float) -> "Cluster | None":
    if address is None:
        return None
    from archdsl.searching.ray_workers import Cluster

    return Cluster(address, cpus, gpus)


def _run(planned: "Search", trials: int, workers: int, cluster: "Cluster | None") -> None:
    import json

    from archdsl.cli.progress import Progress, describe

    for line in describe(planned, trials, workers):
        typer.echo(line)
    with Progress(planned.settings.goals, trials) as progress:
        study = planned.run(trials, workers, cluster, progress.show)
    typer.echo(json.dumps(summary(study)))


def summary(study: Any) -> dict[str, object]:
    """Return what a study found, as plain data."""
    best = study.best
    states = {state: sum(each.state == state for each in study.trials) for state in ("complete", "pruned", "failed")}
    return {
        "study": study.name,
        "storage": str(study.storage).rpartition("@")[2],
        **states,
        "best": {"trial": best.number, **best.measures, "fingerprint": best.fingerprint},
        "front": [each.number for each in study.front],
    }


def _check_report(output: Path) -> None:
    from archdsl.searching.reporting import check_format

    check_format(output)


def report(
    storage: Annotated[str, typer.Argument(metavar="STORAGE", help="Where studies are kept: a file, or a URL.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="What to write: .html or .png.")] = Path("report.html"),
    study: Annotated[list[str] | None, typer.Option(metavar="S", help="Only these studies. May be repeated.  [default: all]")] = None,
) -> None:
    """Report what studies found, as one page that needs no network, or as a picture.

    The front of the objectives with the networks drawn, how errors are spread by study, the best so far over the trials, and which choices
    and which principles of design go with small errors. Studies that differ in nothing but their seed are drawn as one, with a band.

    \b
    Examples:
      archdsl report search.db
      archdsl report search.db --study branch-patterns-evolution-0 -o report.png
    """
    from archdsl.searching.reporting import write_report

    write_report(storage, output, study or None)
    typer.echo(f"{output}: written")


COMMANDS = (search, report)
