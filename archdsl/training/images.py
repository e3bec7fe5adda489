"""Single images for a trained network: from a file, or from the test images of a data set."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.archives import reason_of
from archdsl.training.datasets import channels_first, load_data
from archdsl.training.pictures import Pictures, pass_large_images
from archdsl.training.resizing import resize_data, resize_images


@dataclass(frozen=True, eq=False, slots=True)
class Image:
    """An image as a network was trained on such.

    Attributes:
        name: Where it is from.
        pixels: ``(C, H, W)``, ``float32``, not normalized.
        label: Its class, where it is an image of a data set.
        largest: The largest value that a pixel may have.
        lowest: The lowest value.
    """

    name: str
    pixels: Any = field(repr=False)
    label: int | None
    largest: float
    lowest: float = 0.0

    def normalized(self, trained: dict[str, Any]) -> Tensor:
        """Return it as a batch of one, ``(1, C, H, W)``, normalized as in training."""
        mean, std = (torch.tensor(trained[name], dtype=torch.float32)[:, None, None] for name in ("mean", "std"))
        return ((torch.from_numpy(self.pixels) - mean) / std)[None]


def read_image(image: str | Path, trained: dict[str, Any], data_root: str | Path | None = None) -> Image:
    """Return an image brought to the shape and the range of the images that a network was trained on.

    Args:
        image: A picture (its middle is taken where its sides have another ratio), an ``.npy`` with ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``, or
            a data set and the number of one of its test images, from 0: ``digits:17``, ``data.npz:17``. Pictures, and arrays of bytes, are scaled
            to the range of the training images; other arrays must have it.
        trained: What the checkpoint keeps of its data.
        data_root: Where torchvision keeps its data.

    Raises:
        UsageError: If there is no such image, it cannot be read, or it has other channels.
    """
    largest, lowest = trained.get("largest", 255.0), trained.get("lowest", 0.0)
    data, _, number = str(image).rpartition(":")
    if data and re.fullmatch("[0-9]{1,9}", number) and not Path(image).exists():
        return _of_data_set(data, int(number), trained, data_root)
    path = Path(image)
    if not path.is_file():
        help = "an image is a file, or a data set and a number: `digits:17`"
        raise UsageError(Diagnostic("E801", f"there is no image `{path}`", None, help))
    pixels = _array(path, trained["shape"]) if path.suffix == ".npy" else _picture(path, trained["shape"])
    if pixels.dtype == numpy.uint8:
        pixels = pixels * numpy.float32((largest - lowest) / 255) + numpy.float32(lowest)
    return Image(str(image), numpy.ascontiguousarray(pixels, dtype=numpy.float32), None, largest, lowest)


def _of_data_set(data: str, number: int, trained: dict[str, Any], data_root: str | Path | None) -> Image:
    dataset = resize_data(load_data(data, trained["size"], root=data_root), trained["size"])
    if dataset.shape != tuple(trained["shape"]):
        raise UsageError(_other_shape(data, dataset.shape, trained["shape"]))
    if number >= len(dataset.y_test):
        raise UsageError(Diagnostic("E801", f"`{data}` has {len(dataset.y_test):,} test images, numbered from 0, and no number {number:,}"))
    stored = dataset.x_test
    pixels = stored.read(number) if isinstance(stored, Pictures) else stored[number]
    return Image(f"{data}:{number}", pixels.astype(numpy.float32), int(dataset.y_test[number]), dataset.largest, dataset.lowest)


def _picture(path: Path, shape: list[int]) -> Any:
    if shape[0] not in (1, 3):
        message = f"`{path}` is a picture, and the network was trained on images with {shape[0]} channels"
        raise UsageError(Diagnostic("E804", message, None, f"give an `.npy` with the shape {_sizes(shape)}"))
    pass_large_images()
    return Pictures((path,), (1, *shape)).read(0)  # type: ignore[arg-type]


def _array(path: Path, shape: list[int]) -> Any:
    try:
        array = numpy.load(path, allow_pickle=False)
    except Exception as error:  # as for archives
        raise UsageError(Diagnostic("E802", f"`{path}` is no array that can be read: {reason_of(error)}")) from None
    if not isinstance(array, numpy.ndarray) or array.dtype.kind not in "uifb" or array.ndim not in (2, 3) or not array.size:
        raise UsageError(Diagnostic("E802", f"`{path}` is no image: an array of numbers (H, W), (H, W, C) or (C, H, W)"))
    if not numpy.isfinite(array).all():
        raise UsageError(Diagnostic("E802", f"`{path}` holds values that are not finite"))
    pixels = channels_first(array[None])[0]
    if pixels.shape == tuple(shape):
        return pixels
    if pixels.shape[0] != shape[0] or shape[1] != shape[2]:
        raise UsageError(_other_shape(str(path), pixels.shape, shape))
    resized = resize_images(pixels[None], shape[1])[0]
    return resized.round().astype(numpy.uint8) if pixels.dtype == numpy.uint8 else resized


def _other_shape(name: str, shape: Any, wanted: Any) -> Diagnostic:
    return Diagnostic("E804", f"the network was trained on images of {_sizes(wanted)}, and `{name}` is {_sizes(shape)}")


def _sizes(shape: Any) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"
