"""The data sets of torchvision, where it is installed. Nothing is downloaded unless that is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy

from archdsl.errors import Diagnostic, MissingDependencyError, UsageError
from archdsl.extras import missing_dependency

SETS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10", "cifar100": "CIFAR100"}
"""Torchvision's classes, by the names of the data here."""


def read_vision(name: str, root: str | Path | None, download: bool) -> dict[str, Any]:
    """Return the four arrays of a data set, and the ``names`` of its classes.

    Args:
        name: One of ``SETS``.
        root: The folder in which torchvision keeps its data; ``data`` without it.
        download: Whether torchvision may fetch what is not there.

    Raises:
        MissingDependencyError: If torchvision is not installed, or does not load.
        UsageError: If the data are not there, damaged, or cannot be fetched.
    """
    make = getattr(_datasets(), SETS[name])
    root = Path(root or "data")
    try:
        parts = {part: make(str(root), train=part == "train", download=download) for part in ("train", "test")}
    except Exception as error:  # torchvision raises RuntimeError, OSError, URLError, EOFError, UnpicklingError, ...
        raise UsageError(_unusable(name, root, download, error)) from None
    images = {f"x_{part}": numpy.asarray(each.data) for part, each in parts.items()}
    labels = {f"y_{part}": numpy.asarray(each.targets, dtype=numpy.int64) for part, each in parts.items()}
    return images | labels | {"names": tuple(map(str, getattr(parts["train"], "classes", ()))) or None}


def _datasets() -> Any:
    try:
        return import_module("torchvision.datasets")
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    except Exception as error:  # a wheel for another torch fails in its own ways
        reason = str(error).splitlines()[0]
        help = "install a torchvision that was built for this torch, or give the data as an `.npz` or a folder of images"
        raise MissingDependencyError(Diagnostic("E710", f"`torchvision` is installed and does not load: {reason}", None, help)) from None


def _unusable(name: str, root: Path, download: bool, error: BaseException) -> Diagnostic:
    if "not found" in str(error).lower() and not download:
        help = "`--data-root DIR` says where they are; `--download` lets torchvision fetch them"
        return Diagnostic("E801", f"`{name}` is not in `{root}`", None, help)
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Diagnostic("E802", f"`{name}` in `{root}` cannot be {'had' if download else 'read'}: {reason}")
