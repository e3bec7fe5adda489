"""How images are changed before each step, as a recipe declares it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from archdsl.spec.declared import OneOf, Piece, bounded

Pixels = Annotated[int, bounded("a whole number of pixels from 1 to 512", 1, 513)]
Chance = Annotated[float, bounded("a number above 0 to below 1", 0, 1, open=True)]
Shift = Annotated[float, bounded("a number from 0 to below 1", 0, 1)]
Degrees = Annotated[float, bounded("degrees from 0 to 180", 0, 180.001)]


def _range(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) != 2 or not 0 < values[0] <= values[1] <= 100:
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "two numbers above 0, the smaller first"})
    return values


def _shares(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) != 2 or not 0 < values[0] <= values[1] <= 1:
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "two shares above 0 and up to 1, the smaller first"})
    return values


class RotateScale(Piece):
    """Turned by up to ``degrees`` to either side, scaled by a factor of ``scale``, moved by up to ``shift`` of the side; zeros come in."""

    degrees: Degrees = 0.0
    scale: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_range)] = (1.0, 1.0)
    shift: Shift = 0.0


class ResizedCrop(Piece):
    """A box of a share of the image, of the given ratios of width to height, anywhere in it, resized to the whole (arXiv:1409.4842)."""

    area: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_shares)] = (0.08, 1.0)
    ratio: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_range)] = (0.75, 1.3333)


class RandAugment(Piece):
    """``count`` operations in a row, each one drawn from fourteen and done with a ``chance``, at levels around ``strength`` (arXiv:1909.13719).

    The levels of the images are normally distributed, with a ``deviation``; they go from 0 to 10.
    """

    count: Annotated[int, bounded("a whole number from 1 to 10", 1, 11)] = 2
    strength: Annotated[float, bounded("a number from 0 to 10", 0, 10.001)] = 9.0
    deviation: Annotated[float, bounded("a number from 0 to 10", 0, 10.001)] = 0.0
    chance: Annotated[float, bounded("a number above 0 to 1", 0, 1.001, open=True)] = 1.0


class Erase(Piece):
    """With a chance, noise in place of a box of a share of the image, of the given ratios of height to width (arXiv:1708.04896)."""

    chance: Annotated[float, bounded("a number above 0 to 1", 0, 1.001, open=True)] = 0.25
    area: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_shares)] = (0.02, 0.3333)
    ratio: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_range)] = (0.3, 3.3333)


class Change(OneOf):
    """One way of changing images. What comes in from outside is zero after normalization: the mean of the data.

    Attributes:
        pad_crop: So many zeros around the image, of which a window of the old size is cut.
        reflect_crop: The same with the image mirrored at its borders in place of zeros.
        flip: Mirrored from left to right with this chance.
        translate: Moved by up to so many whole pixels along each axis; the same as ``pad_crop``.
        cutout: A square of this side, anywhere, is set to zero (arXiv:1708.04552).
        rotate_scale: Turned, scaled and moved.
        resized_crop: A box of it, resized.
        rand_augment: Some of fourteen operations, drawn.
        erase: Noise in place of a box of it.
    """

    pad_crop: Pixels = Field(None)  # type: ignore[assignment]
    reflect_crop: Pixels = Field(None)  # type: ignore[assignment]
    flip: Chance = Field(None)  # type: ignore[assignment]
    translate: Pixels = Field(None)  # type: ignore[assignment]
    cutout: Pixels = Field(None)  # type: ignore[assignment]
    rotate_scale: RotateScale = Field(None)  # type: ignore[assignment]
    resized_crop: ResizedCrop = Field(None)  # type: ignore[assignment]
    rand_augment: RandAugment = Field(None)  # type: ignore[assignment]
    erase: Erase = Field(None)  # type: ignore[assignment]
