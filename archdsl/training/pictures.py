"""Images of a folder: ``train/<class>/*.png`` and ``test/<class>/*.png``, or ``val`` in place of ``test``. Large ones are read while training."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from archdsl.errors import Diagnostic, UsageError
from archdsl.extras import missing_dependency

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
GRAY = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")
LOOKED_AT = 20_000
"""How many images of a large folder are looked at before the first step."""

THREADS = min(8, os.cpu_count() or 1)


@dataclass(frozen=True, eq=False, slots=True)
class Pictures:
    """Images that are read from their files when they are needed.

    Attributes:
        paths: The files, in order.
        shape: As that of the array that they would be, ``(N, C, H, W)``.
    """

    paths: tuple[Path, ...]
    shape: tuple[int, int, int, int]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, part: slice) -> Pictures:
        """Return some of them, in order."""
        return Pictures(self.paths[part], (len(self.paths[part]), *self.shape[1:]))

    @property
    def nbytes(self) -> int:
        """How much memory they would take."""
        return int(numpy.prod(self.shape, dtype=numpy.int64))

    def take(self, chosen: Iterable[int]) -> Any:
        """Return some as an array of ``uint8``, ``(n, C, H, W)``.

        Raises:
            UsageError: If one cannot be read.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            return numpy.stack(list(pool.map(self.read, chosen)))

    def batches(self, chosen: Sequence[Sequence[int]]) -> Iterator[Any]:
        """Return arrays, each by its numbers; the next one is read while one is used."""
        with ThreadPoolExecutor(THREADS) as pool:
            coming: list[Any] = []
            for numbers in chosen:
                coming.append([pool.submit(self.read, number) for number in numbers])
                if len(coming) > 1:
                    yield numpy.stack([each.result() for each in coming.pop(0)])
            for futures in coming:
                yield numpy.stack([each.result() for each in futures])

    def read(self, number: int) -> Any:
        """Return one image, ``(C, H, W)``; one of another size is cut to the shape in its middle and resized."""
        from PIL import Image, ImageOps  # noqa: PLC0415 (only folders of images need it)

        _, channels, height, width = self.shape
        path = self.paths[number]
        try:
            with Image.open(path) as image:
                converted = _in_bytes(image).convert("L" if channels == 1 else "RGB")
        except Exception as error:  # pillow raises OSError, SyntaxError, ValueError, struct.error, ... for what is no image
            raise UsageError(_unreadable(path, error)) from None
        if converted.size != (width, height):
            converted = ImageOps.fit(converted, (width, height), Image.Resampling.BILINEAR)
        pixels = numpy.asarray(converted, dtype=numpy.uint8)
        return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _in_bytes(image: Any) -> Any:
    """Return an image whose pixels have 8 bits; of 16 bits the upper ones are taken, which pillow's own conversion does not do.

    Raises:
        ValueError: If its pixels have 32 bits.
    """
    from PIL import Image  # noqa: PLC0415

    _check_bits(image)
    return Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8)) if image.mode.startswith("I") else image


def _check_bits(image: Any) -> None:
    """Raise :class:`ValueError` for an image whose pixels have 32 bits, since nobody knows their range."""
    if image.mode in ("I", "F") and image.format != "PNG":  # before version 11 pillow says "I" of 16 bits
        raise ValueError("its pixels have 32 bits; save it with 8 or 16")


def find_pictures(folder: Path, size: int | None) -> dict[str, Any]:
    """Return the images of a folder and their labels, which count the folders of the classes under ``train`` in alphabetical order: ``names``.

    Args:
        folder: It holds ``train``, and ``test`` or ``val``.
        size: The side to which images are brought; without it all must be of one size.

    Raises:
        UsageError: If there are none, if a class has none or is unknown in ``train``, if one is no image, or if their sizes differ.
    """
    try:
        import PIL  # noqa: F401, PLC0415 (only folders of images need it)
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    pass_large_images()
    train = folder / "train"
    test = next((folder / name for name in ("test", "val") if (folder / name).is_dir()), None)
    if test is None:
        raise UsageError(Diagnostic("E801", f"`{folder}` has a folder `train`, and no `test` or `val` beside it"))
    classes = {name: number for number, name in enumerate(_classes_in(train))}
    found = {part: _listing(where, classes) for part, where in (("train", train), ("test", test))}
    shape = _common_shape([path for paths, _ in found.values() for path in paths], size)
    return {
        **{f"x_{part}": Pictures(tuple(paths), (len(paths), *shape)) for part, (paths, _) in found.items()},
        **{f"y_{part}": numpy.array(labels, dtype=numpy.int64) for part, (_, labels) in found.items()},
        "names": tuple(classes),
    }


def pass_large_images() -> None:
    """Let pillow be silent about images of 89 million pixels and more; twice as many it refuses. A filter that somebody set before wins."""
    from PIL import Image  # noqa: PLC0415

    warnings.simplefilter("ignore", Image.DecompressionBombWarning, append=True)


def _classes_in(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, without the hidden ones that programs leave."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _listing(folder: Path, classes: dict[str, int]) -> tuple[list[Path], list[int]]:
    """Return the images under a folder and their labels."""
    there = _classes_in(folder)
    unknown = [name for name in there if name not in classes]
    if unknown:
        raise UsageError(Diagnostic("E803", f"`{folder}` has the class `{unknown[0]}`, and `train` has none of that name"))
    paths, labels, empty = [], [], []
    for name in there:
        own = sorted(path for path in (folder / name).glob("[!.]*") if path.suffix.lower() in SUFFIXES and not path.is_dir())
        paths += own
        labels += [classes[name]] * len(own)
        empty += [] if own else [name]
    if not paths:
        help = f"`{folder.name}/<class>/*.png`, or another format"
        raise UsageError(Diagnostic("E801", f"`{folder}` has no images in folders of classes", None, help))
    if empty:
        message = f"`{folder / empty[0]}` has no images" + (f", nor have {len(empty) - 1} other classes" if len(empty) > 1 else "")
        raise UsageError(Diagnostic("E801", message, None, "put images there, or remove the folder"))
    return paths, labels


def _common_shape(paths: list[Path], size: int | None) -> tuple[int, int, int]:
    """Return the shape that all images get: three channels unless all are gray."""
    looked_at = paths[:: max(1, len(paths) // LOOKED_AT)]
    with ThreadPoolExecutor(THREADS) as pool:
        heads = list(pool.map(_head, looked_at))
    channels = 1 if all(mode in GRAY for mode, _ in heads) else 3
    if size is not None:
        return channels, size, size
    (_, (width, height)) = heads[0]
    for path, (_, other) in zip(looked_at, heads):
        if other != (width, height):
            message = f"`{looked_at[0]}` is {width}x{height}, and `{path}` is {other[0]}x{other[1]}"
            raise UsageError(Diagnostic("E803", message, None, "`--size 64` brings all to 64x64: their middle, resized"))
    return channels, height, width


def _head(path: Path) -> tuple[str, tuple[int, int]]:
    """Return the mode and the size of an image, without its pixels."""
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(path) as image:
            _check_bits(image)
            return image.mode, image.size
    except Exception as error:  # as above
        raise UsageError(_unreadable(path, error)) from None


def _unreadable(path: Path, error: BaseException) -> Diagnostic:
    text = str(getattr(error, "strerror", None) or error).partition("\n")[0] or type(error).__name__
    reason = "it is in no format that is known" if "cannot identify" in text else text[:1].lower() + text[1:]
    return Diagnostic("E802", f"`{path}` is no image that can be read: {reason}")
