"""The command that draws: ``render``."""

from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.files import read_settings
from archdsl.cli.options import Net, Seed, Settings, Variant


def render(
    net: Net,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The picture; its ending says which kind.")],
    settings: Settings = None,
    variant: Variant = None,
    seed: Seed = 0,
    depth: Annotated[int, typer.Option(help="How many levels of blocks stand open; at 1 every block is a box.")] = 1,
    expand: Annotated[str | None, typer.Option(metavar="GLOB", help="Blocks whose names match stand open too, such as 'stage0*'.")] = None,
    zoom: Annotated[str | None, typer.Option(metavar="NAME", help="The block whose inside is shown beside; '' shows none.")] = None,
    block: Annotated[str | None, typer.Option(metavar="NAME", help="Draw this block instead of the whole network.")] = None,
    fuse: Annotated[bool, typer.Option("--fuse/--no-fuse", help="Draw a convolution, its norm and its activation as one box.")] = True,
    across: Annotated[bool, typer.Option("--lr", help="Draw from left to right.")] = False,
    shapes: Annotated[str, typer.Option(metavar="change|all|none", help="Where lines say the shape of the value.")] = "change",
    label: Annotated[str, typer.Option(metavar="full|paper", help="What boxes say.")] = "full",
    color: Annotated[str, typer.Option(metavar="family|params|macs", help="What the fill means.")] = "family",
    theme: Annotated[str, typer.Option(metavar="light|dark|print", help="The palette.")] = "light",
) -> None:
    """Draw a network as svg, png, pdf, dot or mmd, or make a page of it (html) in which blocks open, and which needs no network.

    \b
    Examples:
      archdsl render resnet50 -o resnet50.svg
      archdsl render resnet50 -o resnet50.html
      archdsl render net.yaml#deep -o deep.pdf --theme print
      archdsl render resnet50 -o block.svg --block bottleneck --label paper
    """
    import archdsl

    arch = archdsl.load(net, variant, set=read_settings(settings or ()), seed=seed)
    chosen = {"depth": depth, "expand": expand, "zoom": zoom, "block": block, "fuse": fuse, "direction": "lr" if across else "tb"}
    archdsl.render(arch, output, **chosen, shapes=shapes, label=label, color=color, theme=theme)


COMMANDS = (render,)
