"""Commands that train and measure: ``train``, ``evaluate``."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from archdsl.cli.files import read_settings
from archdsl.cli.options import Net, Settings, Variant

Data = Annotated[str, typer.Option(metavar="DATA", help="digits, mnist, cifar10, ..., or a path: an .npz, or a folder of archives or images.")]
DataRoot = Annotated[Path | None, typer.Option("--data-root", metavar="DIR", help="Where torchvision keeps mnist, cifar10, ...", show_default=False)]


def train(
    net: Net,
    data: Data = "digits",
    data_root: DataRoot = None,
    download: Annotated[bool, typer.Option("--download", help="Let torchvision fetch data that are not there.")] = False,
    recipe: Annotated[str | None, typer.Option(metavar="NAME", help="How to train: a recipe by its name, or a path.")] = None,
    size: Annotated[int | None, typer.Option(metavar="N", help="Resize the images to NxN first.", show_default=False)] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Another number of epochs than the recipe's.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where checkpoints and curves go.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in DIR.")] = False,
    devices: Annotated[str, typer.Option(metavar="N", help="auto, cpu, how many accelerators, or cpu:2 for two processes.")] = "auto",
    nodes: Annotated[int, typer.Option(metavar="N", help="How many machines.")] = 1,
    strategy: Annotated[str, typer.Option(metavar="S", help="auto, ddp, or fsdp, which shards the weights by blocks.")] = "auto",
    sync_norm: Annotated[bool, typer.Option("--sync-norm", help="Batch norms over all accelerators.")] = False,
    checkpoint_every: Annotated[float | None, typer.Option(metavar="MIN", help="Checkpoints within epochs, too.", show_default=False)] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write the history for TensorBoard, too.")] = False,
    recompute: Annotated[bool, typer.Option("--recompute", help="Blocks are computed again in the backward pass: less memory.")] = False,
    precision: Annotated[str, typer.Option(metavar="P", help="32, bf16 or 16.")] = "32",
    settings: Settings = None,
    variant: Variant = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The seed of weights, of the order of the data, and of the holes.")] = 0,
) -> None:
    """Train a network; the last line is JSON with what was reached.

    Without DIR the folder is runs/<network>-<data>-seed<seed>.

    \b
    Examples:
      archdsl train resnet8-digits
      archdsl train net.yaml --data images.npz --out runs/net
      archdsl train net.yaml --data images.npz --out runs/net --resume
    """
    import archdsl

    arch = archdsl.load(net, variant, set=read_settings(settings or ()), seed=seed)
    where: dict[str, Any] = {"size": size, "data_root": data_root, "download": download, "out": out, "resume": resume}
    where |= {"checkpoint_every": checkpoint_every, "tensorboard": tensorboard}
    how = {"devices": devices, "nodes": nodes, "strategy": strategy, "sync_norm": sync_norm, "recompute": recompute, "precision": precision}
    run = archdsl.train(arch, data, recipe, epochs=epochs, seed=seed, **where, **how)
    if run.rank == 0:
        typer.echo(json.dumps(run.as_dict()))


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="What `train` wrote, or its folder.", show_default=False)],
    data: Annotated[str | None, typer.Option(metavar="DATA", help="As for train; else what it was trained on.", show_default=False)] = None,
    data_root: DataRoot = None,
    by_class: Annotated[bool, typer.Option("--by-class", help="A table of the classes first.")] = False,
    column: Annotated[int | None, typer.Option(metavar="N", help="One column of a fractal network alone, from the shortest, 1.")] = None,
) -> None:
    """Measure a trained network on the test images; the last line is JSON.

    \b
    Examples:
      archdsl evaluate runs/resnet8-digits-digits-seed0
      archdsl evaluate runs/net/best.pt --data images.npz
      archdsl evaluate runs/net --by-class
      archdsl evaluate runs/fractal --data cifar10 --column 3
    """
    import archdsl

    if by_class:
        from archdsl.training.checkpoints import read_checkpoint
        from archdsl.training.evaluation import check_classifies

        check_classifies(read_checkpoint(checkpoint), "table of classes")
    found = archdsl.evaluate(checkpoint, data, column=column, data_root=data_root)
    if by_class:
        from archdsl.cli.predictions import print_classes

        print_classes(found.classes)
    typer.echo(json.dumps(found.as_dict()))


COMMANDS = (train, evaluate)
