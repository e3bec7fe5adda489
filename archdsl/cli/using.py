"""Commands that use a trained network on images: ``predict``, ``cam``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.making import DataRoot
from archdsl.cli.options import Json
from archdsl.writing import write_whole

Checkpoint = Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="What `train` wrote, or its folder.", show_default=False)]
IMAGE = "A png, jpg or npy file, or a test image of a data set by its number: digits:17, data.npz:17."


def predict(
    checkpoint: Checkpoint,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE...", help=IMAGE, show_default=False)],
    top: Annotated[int, typer.Option(metavar="N", help="How many classes are shown.")] = 3,
    data_root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Say what images show: the most probable classes.

    Images are resized and normalized as in the training.

    \b
    Examples:
      archdsl predict runs/net photo.png
      archdsl predict runs/net/best.pt *.jpg --top 1 --json
      archdsl predict runs/resnet8-digits-digits-seed0 digits:0 digits:17
    """
    import archdsl

    found = archdsl.predict(checkpoint, images, top=top, data_root=data_root)
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in found], indent=2))
        return
    from archdsl.cli.predictions import print_predictions

    print_predictions(found)


def cam(
    checkpoints: Annotated[list[Path], typer.Argument(metavar="CHECKPOINT...", help="What `train` wrote; several for a picture of all.")],
    image: Annotated[str, typer.Argument(metavar="IMAGE", help=IMAGE, show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The picture: png, svg or pdf.")] = Path("cam.png"),
    target: Annotated[int | None, typer.Option("--class", metavar="N", help="Map this class, not the most probable one.", show_default=False)] = None,
    data_root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Draw where in an image a network with global pooling sees a class: its class activation map.

    \b
    Examples:
      archdsl cam runs/net photo.png -o where.png
      archdsl cam runs/resnet runs/res2net photo.png --class 3
      archdsl cam runs/resnet8-digits-digits-seed0 digits:17
    """
    import archdsl
    from archdsl.training.overlaying import draw_maps, kind_of

    kind = kind_of(output)
    maps = [archdsl.cam(each, image, target=target, data_root=data_root) for each in checkpoints]
    write_whole(output, draw_maps(maps, kind), code="E904")
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in maps]))
        return
    for each in maps:
        typer.echo(f"{each.name}: class {each.called(each.target)} ({100 * each.probability:.1f} %), {each.method} of `{each.layer}`")
    typer.echo(f"written to {output}")


COMMANDS = (predict, cam)
