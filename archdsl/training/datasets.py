"""Data sets of images with labels, in memory, as numpy arrays that were checked."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.extras import missing_dependency

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
DIGITS_TEST = 360


@dataclass(frozen=True, eq=False, slots=True)
class Dataset:
    """Images with labels, split into train and test.

    Attributes:
        name: What it is called in messages.
        x_train: ``(N, C, H, W)``, ``uint8`` or ``float32``, not normalized.
        y_train: ``(N,)``, ``int64``, from 0 to ``classes - 1``.
        x_test: As ``x_train``.
        y_test: As ``y_train``.
        classes: How many classes the training labels have.
        mean: Per channel, over the training images.
        std: Per channel, over the training images; 1 for a channel that never changes.
        size: The side they were resized to, where they were.
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

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image, ``(C, H, W)``."""
        return tuple(self.x_train.shape[1:])

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
            "size": self.size,
        }


def load_data(data: str | Path | Dataset = "digits") -> Dataset:
    """Return a data set by its name, ``digits``, or from the path of an ``.npz`` with ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    Images are ``uint8`` or floating point, ``(N, H, W)``, ``(N, H, W, C)`` or ``(N, C, H, W)`` with 1 to 4 channels; labels count from 0.

    Raises:
        UsageError: If there is no such data, or with everything that is wrong about it.
        MissingDependencyError: If the digits are asked for and scikit-learn is not installed.
    """
    if isinstance(data, Dataset):
        return data
    if str(data) == "digits":
        return _digits()
    return _from_npz(Path(data))


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


def _from_npz(path: Path) -> Dataset:
    if not path.is_file():
        raise UsageError(_missing(path))
    try:
        arrays = _arrays(path)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, zlib.error, MemoryError) as error:
        raise UsageError(Diagnostic("E802", f"`{path}` is no archive of arrays that can be read: {_reason(error)}")) from None
    return make_dataset(str(path), arrays)


def _arrays(path: Path) -> dict[str, Any]:
    archive = numpy.load(path, allow_pickle=False)
    if isinstance(archive, numpy.ndarray):
        raise UsageError(Diagnostic("E802", f"`{path}` holds one array; data are an `.npz` with " + _listed(ARRAYS)))
    with archive:
        lacking = [name for name in ARRAYS if name not in archive]
        if lacking:
            notes = ("it has " + (_listed(archive.files) or "nothing"),)
            raise UsageError(Diagnostic("E802", f"`{path}` has no {_listed(lacking)}", notes=notes))
        return {name: _read(archive, name, path) for name in ARRAYS}


def _read(archive: Any, name: str, path: Path) -> Any:
    try:
        return archive[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        message = f"`{name}` in `{path}` holds Python objects, not numbers"
        raise UsageError(Diagnostic("E802", message, None, "save it as an array of numbers")) from None


def _reason(error: BaseException) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "it is not in numpy's format" if "pickle" in text else text[:1].lower() + text[1:]


def _missing(path: Path) -> Diagnostic:
    if path.is_dir():
        return Diagnostic("E801", f"`{path}` is a folder; data are `digits` or an `.npz`")
    if path.suffix == ".npz" or path.parent != Path():
        near = [each.name for each in path.parent.glob("*.npz")] if path.parent.is_dir() else []
        return Diagnostic("E801", f"there is no file `{path}`", None, did_you_mean(path.name, near))
    help = did_you_mean(str(path), ("digits",)) or "data are `digits`, or the path of an `.npz` with " + _listed(ARRAYS)
    return Diagnostic("E801", f"there is no data set `{path}`", None, help)


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def make_dataset(name: str, arrays: dict[str, Any]) -> Dataset:
    """Check four arrays and bring them to one form; raise :class:`UsageError` with everything that is wrong."""
    wrong = [Diagnostic("E803", f"{message} in `{name}`") for message in _problems(arrays)]
    if wrong:
        raise UsageError(wrong)
    images = {key: _channels_first(arrays[key]) for key in ("x_train", "x_test")}
    labels = {key: numpy.ascontiguousarray(arrays[key].reshape(-1), dtype=numpy.int64) for key in ("y_train", "y_test")}
    train = images["x_train"]
    mean, std = train.mean((0, 2, 3), dtype=numpy.float64), train.std((0, 2, 3), dtype=numpy.float64)
    std = numpy.where(std > 0, std, 1.0)
    classes = int(labels["y_train"].max()) + 1
    return Dataset(name, train, labels["y_train"], images["x_test"], labels["y_test"], classes, tuple(mean.tolist()), tuple(std.tolist()))


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
    if y_test.max() > y_train.max():
        found.append(f"label {y_test.max()} in `y_test`, and the labels of `y_train` end at {y_train.max()},")
    return found


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


def _channels_first(images: Any) -> Any:
    """Return images as ``(N, C, H, W)``; the channels are the axis of 1 to 4, the last one where both could be."""
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[3] <= 4:
        images = images.transpose(0, 3, 1, 2)
    return numpy.ascontiguousarray(images, dtype=numpy.uint8 if images.dtype == numpy.uint8 else numpy.float32)
