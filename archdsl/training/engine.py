"""Lightning, imported even where a torchvision lies beside it that does not load, and quiet about what is no news."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any

QUIET = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero")


def _torchvision_is_broken() -> bool:
    try:
        import_module("torchvision")
    except ModuleNotFoundError:
        return False
    except Exception:  # a wheel for another torch fails in its own ways
        return True
    return False


@contextmanager
def _without_torchvision() -> Iterator[None]:
    """Let torchvision look uninstalled: torchmetrics, which comes with Lightning, imports it without need."""
    distribution: Any = importlib.metadata.Distribution
    found = distribution.from_name

    def from_name(name: str) -> Any:
        if name == "torchvision":
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    distribution.from_name = from_name
    sys.modules["torchvision"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        distribution.from_name = found
        del sys.modules["torchvision"]


def _import_lightning() -> Any:
    with _without_torchvision() if _torchvision_is_broken() else nullcontext():
        return import_module("lightning.pytorch")


lightning = _import_lightning()
"""``lightning.pytorch``."""


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Lightning's hints about devices, loggers, workers and services; warnings of other packages pass."""
    loggers = [logging.getLogger(name) for name in QUIET]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\..*")
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)
