"""Commands that make something of a network: ``render``, ``export``, ``train``, ``evaluate``."""

from __future__ import annotations

import json
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.files import read_settings, write_or_print
from archdsl.cli.options import Net, Output, Seed, Settings, Variant


class Target(str, Enum):
    """What a network is exported to."""

    python = "python"


def render(
    net: Net,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The picture; its ending says which kind.")],
    settings: Settings = None,
    variant: Variant = None,
    seed: Seed = 0,
) -> None:
    """Draw a network as svg, png, pdf, dot or html.

    \b
    Examples:
      archdsl render resnet50 -o resnet50.svg
      archdsl render net.yaml#deep -o deep.pdf
    """
    import archdsl

    archdsl.render(archdsl.load(net, variant, set=read_settings(settings or ()), seed=seed), output)


def export(
    net: Net,
    to: Annotated[Target, typer.Option("--to", help="What to write.")] = Target.python,
    output: Output = None,
    settings: Settings = None,
    variant: Variant = None,
    seed: Seed = 0,
) -> None:
    """Write a network as something that works without archdsl.

    \b
    Examples:
      archdsl export resnet50 --to python -o resnet50.py
      archdsl export net.yaml --set classes=10 > net.py
    """
    import archdsl

    arch = archdsl.load(net, variant, set=read_settings(settings or ()), seed=seed)
    write_or_print(import_module("archdsl.backend.export").export_python(arch), output)


def train(
    net: Net,
    data: Annotated[str, typer.Option(metavar="DATA", help="A data set by its name, or a folder.")],
    recipe: Annotated[str | None, typer.Option(metavar="NAME", help="How to train: a recipe by its name, or a path.")] = None,
    epochs: Annotated[int | None, typer.Option(min=0, metavar="N", help="How often all the data are seen.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where checkpoints and logs go.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in DIR.")] = False,
    settings: Settings = None,
    variant: Variant = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The seed of weights, of the order of the data, and of the holes.")] = 0,
) -> None:
    """Train a network; the last line is JSON with what was reached.

    \b
    Examples:
      archdsl train net.yaml --data digits --epochs 20
      archdsl train resnet20-cifar --data cifar10 --out runs/resnet20 --resume
    """
    import archdsl

    arch = archdsl.load(net, variant, set=read_settings(settings or ()), seed=seed)
    run = archdsl.train(arch, data=data, recipe=recipe, epochs=epochs, out=out, resume=resume, seed=seed)
    typer.echo(json.dumps(run.as_dict()))


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="What `train` wrote.", show_default=False)],
    data: Annotated[str, typer.Option(metavar="DATA", help="A data set by its name, or a folder.")],
) -> None:
    """Measure a trained network; the last line is JSON.

    \b
    Examples:
      archdsl evaluate runs/resnet20/best.ckpt --data cifar10
    """
    import archdsl

    typer.echo(json.dumps(archdsl.evaluate(checkpoint, data=data)))


COMMANDS = (render, export, train, evaluate)
