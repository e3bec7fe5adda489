"""Class activation maps over their image, as a picture."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
from matplotlib import rc_context
from matplotlib.figure import Figure

from archdsl.errors import Diagnostic, UsageError
from archdsl.rendering.plotting import FORMATS
from archdsl.training.images import Image
from archdsl.training.mapping import ActivationMap


def kind_of(file: Path) -> str:
    """Return what kind of picture a file is to hold.

    Raises:
        UsageError: If the file's ending names none.

    >>> kind_of(Path("cam.PNG"))
    'png'
    """
    if file.suffix.lower() not in FORMATS:
        help = "name a file that ends in " + ", ".join(f"`{each}`" for each in FORMATS)
        raise UsageError(Diagnostic("E723", f"cannot tell from `{file.name}` what kind of picture to draw", None, help))
    return file.suffix.lower()[1:]


def draw_maps(maps: Sequence[ActivationMap], kind: str = "png") -> bytes:
    """Return a picture of the image and, beside it, each map over it: red is what speaks most for the class.

    Args:
        maps: Of one image.
        kind: ``png``, ``svg`` or ``pdf``.
    """
    figure = Figure(figsize=(2.6 * (len(maps) + 1), 3.1), layout="constrained")
    first, *others = figure.subplots(1, len(maps) + 1, squeeze=False)[0]
    image = maps[0].image
    _show(first, image)
    label = "" if image.label is None else f"class {_start(maps[0].called(image.label), 28)}"
    _title(first, _short(image.name), label)
    for axes, each in zip(others, maps):
        _show(axes, each.image)
        axes.imshow(each.enlarged().numpy(), cmap="jet", alpha=0.5, vmin=0, vmax=1, interpolation="bilinear")
        _title(axes, _start(each.name, 34), f"class {_start(each.called(each.target), 14)}, {100 * each.probability:.1f} %, {each.method}")
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "archdsl"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that the font lacks are drawn as boxes
        figure.savefig(buffer, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def _show(axes: Any, image: Image) -> None:
    shown = (image.pixels.transpose(1, 2, 0) - image.lowest) / (image.largest - image.lowest or 1.0)
    shown = shown if shown.shape[2] == 3 else shown.mean(2)
    axes.imshow(numpy.clip(shown, 0, 1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_axis_off()


def _title(axes: Any, above: str, below: str) -> None:
    axes.set_title(f"{above}\n{below}", fontsize=9, parse_math=False)


def _short(name: str) -> str:
    """Return the end of a long name.

    >>> _short("runs/a/very/long/path/to/a/picture.png")
    '...g/path/to/a/picture.png'
    """
    return name if len(name) < 27 else "..." + name[-23:]


def _start(name: str, most: int) -> str:
    """Return the start of a long name, in so many letters.

    >>> _start("golden retriever", 16), _start("flat-coated retriever", 16)
    ('golden retriever', 'flat-coated r...')
    """
    return name if len(name) <= most else name[: most - 3] + "..."
