"""Data sets of images with labels, as arrays that were checked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.extras import missing_dependency
from archdsl.training.archives import ARRAYS, listed, read_archive, read_shards
from archdsl.training.pictures import find_pictures
from archdsl.training.vision import SETS, read_vision

DISTORTED = {"rts": False, "addition": True}
"""What is made of digits, by the end of its name, and whether it shows pairs."""

DIGITS_TEST = 360
IN_MEMORY = 2 * 2**30
"""How many bytes a folder of images may have in memory; a larger one is read while training."""

SAMPLED = 4096
"""From how many images of a larger one its mean is taken."""

PIECE = 512
MORE_THAN_SHARES = 16
"""From which largest value on pixels are no shares of 1: that of the digits."""

LARGEST = 1024
"""The largest side to which images are resized."""


@dataclass(frozen=True, eq=False, slots=True)
class Dataset:
    """Images with labels, split into train and test.

    Attributes:
        name: What it is called in messages.
        x_train: ``(N, C, H, W)``, ``uint8`` or ``float32``, not normalized; of large folders :class:`~archdsl.training.pictures.Pictures`.
        y_train: ``(N,)``, ``int64``, from 0 to ``classes - 1``.
        x_test: As ``x_train``.
        y_test: As ``y_train``.
        classes: How many classes the training labels have.
        mean: Per channel, over the training images.
        std: Per channel, over the training images; 1 for a channel that never changes.
        size: The side they were resized to, where they were.
        fresh: Makes new training images of a batch ``(n, C, H, W)`` whenever it is trained on, before it is normalized.
        source: What :func:`load_data` was given; None for data that were made otherwise.
        names: What the classes are called, where they have names.
    """

    name: str
    x_train: Any = field(repr=False)
    y_train: Any = field(repr=False)
    x_test: Any = field(repr=False)
    y_test: Any = field(repr=False)
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int | None = None
    fresh: Any = field(default=None, repr=False)
    source: str | None = None
    names: tuple[str, ...] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image, ``(C, H, W)``."""
        return tuple(self.x_train.shape[1:])

    @property
    def largest(self) -> float:
        """The largest value that a pixel may have: 255 for bytes, else the largest of the training images."""
        stored = getattr(self.x_train, "dtype", None)
        return 255.0 if stored in (None, numpy.uint8) else float(self.x_train.max())

    @property
    def lowest(self) -> float:
        """The lowest value that a pixel may have: 0, or the lowest of the training images where that is below."""
        stored = getattr(self.x_train, "dtype", None)
        return 0.0 if stored in (None, numpy.uint8) else min(0.0, float(self.x_train.min()))

    def facts(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of the data: enough to know it again and to normalize as in training."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "classes": self.classes,
            "train": len(self.y_train),
            "test": len(self.y_test),
            "mean": list(self.mean),
            "std": list(self.std),
            "largest": self.largest,
            "lowest": self.lowest,
            "size": self.size,
            "source": self.source,
            "names": list(self.names) if self.names else None,
        }


def load_data(data: Any = "digits", size: int | None = None, *, root: str | Path | None = None, download: bool = False) -> Dataset:
    """Return a data set by its name or its path, or from the paths of several archives.

    ``digits`` is bundled; ``mnist``, ``fashion-mnist``, ``cifar10`` and ``cifar100`` are torchvision's. A path is that of an ``.npz`` with
    ``x_train``, ``y_train``, ``x_test`` and ``y_test``, of a folder of archives that are put together (or a pattern: ``cifar_*.npz``), or of a
    folder of images. ``digits-rts``, ``digits-addition``, ``mnist-rts`` and ``mnist-addition``, the last two with ``:PATH`` of an archive where
    torchvision is not asked, are made of the others: see :mod:`archdsl.training.distorting`.
    Images are ``uint8`` or floating point, ``(N, H, W)``, ``(N, H, W, C)`` or ``(N, C, H, W)`` with 1 to 4 channels; labels count from 0.

    Args:
        data: The name, the path, a list of paths, or a data set, which is given back.
        size: The side to which the images of a folder are brought; arrays stay as they are.
        root: Where torchvision keeps its data; ``data`` without it.
        download: Whether torchvision may fetch what is not there.

    Raises:
        UsageError: If there is no such data, the size is none, or with everything that is wrong about it.
        MissingDependencyError: If a package is needed that is not installed.
    """
    if isinstance(data, Dataset):
        return data
    check_size(size)
    if isinstance(data, (list, tuple)):
        return make_dataset(str(data[0]) if data else "nothing", read_shards("the list", [Path(each) for each in data]))
    return replace(_found(data, size, root, download), source=str(data))


def check_size(size: Any) -> None:
    """Raise :class:`UsageError` when a side of images is none."""
    if size is not None and (not isinstance(size, int) or not 0 < size <= LARGEST):
        raise UsageError(Diagnostic("E810", f"`size` must be a whole number from 1 to {LARGEST:,}, got `{size}`"))


def _found(data: str | Path, size: int | None, root: str | Path | None, download: bool) -> Dataset:
    if str(data) == "digits":
        return _digits()
    if str(data) in SETS:
        arrays = read_vision(str(data), root, download)
        names = arrays.pop("names")
        return replace(make_dataset(str(data), arrays), names=names)
    name, _, path = str(data).partition(":")
    made_of, _, kind = name.partition("-")
    if kind in DISTORTED and (made_of == "mnist" or name == "digits-" + kind == str(data)):
        return _distorted(name, load_data(path or made_of, root=root, download=download), DISTORTED[kind])
    return _from_path(Path(data), size)


def _distorted(name: str, source: Dataset, pairs: bool) -> Dataset:
    """Return digits turned, scaled and moved on a larger canvas."""
    from archdsl.training.distorting import distorted_digits  # noqa: PLC0415 (it imports torch, and this module)

    return distorted_digits(name, source, pairs=pairs)


def _from_path(path: Path, size: int | None) -> Dataset:
    if path.is_file():
        return make_dataset(str(path), read_archive(path))
    shards = list(path.glob("*.npz") if path.is_dir() else path.parent.glob(path.name) if any(char in path.name for char in "*?[") else ())
    if shards:
        return make_dataset(str(path), read_shards(str(path), shards))
    if (path / "train").is_dir():
        return _from_pictures(str(path), find_pictures(path, size), size)
    raise UsageError(_missing(path))


def _from_pictures(name: str, found: dict[str, Any], size: int | None) -> Dataset:
    """Return images that are in memory where they find room, else those that are read while training."""
    train, test, names = found["x_train"], found["x_test"], found.pop("names")
    if train.nbytes + test.nbytes <= IN_MEMORY:
        arrays = {**found, **{f"x_{part}": each.take(range(len(each))).transpose(0, 2, 3, 1) for part, each in (("train", train), ("test", test))}}
        return replace(make_dataset(name, arrays), size=size, names=names)
    mean, std = statistics_of(train.take(range(0, len(train), max(1, len(train) // SAMPLED))))
    return Dataset(name, train, found["y_train"], test, found["y_test"], len(names), mean, std, size, names=names)


def _digits() -> Dataset:
    """Return the 1,797 digits of 8x8 that scikit-learn brings: 1,437 for training, 360 for testing, equal shares of each class, always the same."""
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415 (takes a second, and only the digits need it)
        from sklearn.model_selection import train_test_split  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    images, labels = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(images, labels, test_size=DIGITS_TEST, stratify=labels, random_state=0)
    return make_dataset("digits", {"x_train": x_train.reshape(-1, 8, 8), "y_train": y_train, "x_test": x_test.reshape(-1, 8, 8), "y_test": y_test})


def _missing(path: Path) -> Diagnostic:
    if path.is_dir():
        return Diagnostic("E801", f"`{path}` has neither archives, `*.npz`, nor images, `train/<class>/*.png` and `test/<class>/*.png`")
    if path.suffix == ".npz" or path.parent != Path():
        near = [each.name for each in path.parent.glob("*.npz")] if path.parent.is_dir() else []
        return Diagnostic("E801", f"there is no file `{path}`", None, did_you_mean(path.name, near))
    help = did_you_mean(str(path), ("digits", *SETS)) or f"data are {listed(('digits', *SETS))}, or a path: of an `.npz`, or of a folder"
    return Diagnostic("E801", f"there is no data set `{path}`", None, help)


def make_dataset(name: str, arrays: dict[str, Any]) -> Dataset:
    """Check four arrays and bring them to one form; raise :class:`UsageError` with everything that is wrong."""
    wrong = [Diagnostic("E803", f"{message} in `{name}`") for message in _problems(arrays)]
    if wrong:
        raise UsageError(wrong)
    images = {key: channels_first(arrays[key]) for key in ("x_train", "x_test")}
    labels = {key: numpy.ascontiguousarray(arrays[key].reshape(-1), dtype=numpy.int64) for key in ("y_train", "y_test")}
    mean, std = statistics_of(images["x_train"])
    return Dataset(name, images["x_train"], labels["y_train"], images["x_test"], labels["y_test"], int(labels["y_train"].max()) + 1, mean, std)


def statistics_of(images: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of each channel; in pieces, since the squares of all pixels would need much memory.

    A channel that never changes has 1: what float32 rounds of it, below a millionth of the mean, is no change.
    """
    pieces = [images[start : start + PIECE] for start in range(0, len(images), PIECE)]
    count = images.size // images.shape[1]
    mean = sum(piece.sum((0, 2, 3), dtype=numpy.float64) for piece in pieces) / count
    squares = sum(((piece - mean[:, None, None]) ** 2).sum((0, 2, 3)) for piece in pieces)
    std = numpy.sqrt(squares / count)
    return tuple(mean.tolist()), tuple(numpy.where(std > 1e-6 * numpy.abs(mean), std, 1.0).tolist())


def _problems(arrays: dict[str, Any]) -> list[str]:
    found = [problem for key in ARRAYS for problem in (_image_problems if key[0] == "x" else _label_problems)(key, arrays[key])]
    if found:
        return found
    x_train, y_train, x_test, y_test = (arrays[key] for key in ARRAYS)
    for part, images, labels in (("train", x_train, y_train), ("test", x_test, y_test)):
        if len(images) != labels.size:
            found.append(f"{len(images):,} images in `x_{part}` and {labels.size:,} labels in `y_{part}`")
    if x_train.shape[1:] != x_test.shape[1:]:
        found.append(f"images of {_shape(x_train.shape[1:])} in `x_train` and of {_shape(x_test.shape[1:])} in `x_test`")
    if not _of_one_kind(x_train, x_test):
        train, test = (f"{each.dtype} up to {float(each.max()):g}" for each in (x_train, x_test))
        found.append(f"`x_train` holds {train}, and `x_test` {test},")
    if y_test.max() > y_train.max():
        found.append(f"label {y_test.max()} in `y_test`, and the labels of `y_train` end at {y_train.max()},")
    return found


def _of_one_kind(one: Any, other: Any) -> bool:
    """Return whether both hold whole numbers, or both floating point, and not the one shares of 1 and the other more, such as 255."""
    less, more = sorted(max(float(each.max()), -float(each.min())) for each in (one, other))
    return (one.dtype.kind == "f") == (other.dtype.kind == "f") and not (0 < less <= 1 and more >= MORE_THAN_SHARES)


def _image_problems(key: str, array: Any) -> list[str]:
    if array.dtype.kind not in "uifb":
        return [f"`{key}` holds {array.dtype}, not numbers,"]
    if array.ndim not in (3, 4):
        return [f"`{key}` has the shape {_shape(array.shape)}, not (N, H, W), (N, H, W, C) or (N, C, H, W),"]
    if not array.size:
        return [f"`{key}` has no images: its shape is {_shape(array.shape)},"]
    if array.ndim == 4 and min(array.shape[1], array.shape[3]) > 4:
        return [f"`{key}` has the shape {_shape(array.shape)}, and no axis of 1 to 4 channels"]
    if array.dtype.kind == "f" and not numpy.isfinite(array).all():
        return [f"`{key}` holds values that are not finite"]
    if array.dtype.kind == "f" and max(array.max(), -array.min()) > numpy.finfo(numpy.float32).max:
        return [f"`{key}` holds values up to {max(array.max(), -array.min()):.3g}, which are too large for float32,"]
    return []


def _label_problems(key: str, array: Any) -> list[str]:
    if array.shape not in ((array.size,), (array.size, 1)):
        return [f"`{key}` has the shape {_shape(array.shape)}, not (N,),"]
    if not array.size:
        return [f"`{key}` has no labels"]
    if array.dtype.kind not in "ui" and not (array.dtype.kind == "f" and (array == array.round()).all()):
        return [f"`{key}` holds {array.dtype}, not whole numbers,"]
    if array.min() < 0:
        return [f"label {array.min():g} in `{key}`: labels count from 0,"]
    if array.max() >= 1_000_000:
        return [f"label {array.max():g} in `{key}`: that is no class"]
    return []


def _shape(dims: Any) -> str:
    return "(" + ", ".join(map(str, dims)) + ("," if len(dims) == 1 else "") + ")"


def channels_first(images: Any) -> Any:
    """Return images as ``(N, C, H, W)``; the channels are the axis of 1 to 4, the last one where both could be."""
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[3] <= 4:
        images = images.transpose(0, 3, 1, 2)
    return numpy.ascontiguousarray(images, dtype=numpy.uint8 if images.dtype == numpy.uint8 else numpy.float32)
