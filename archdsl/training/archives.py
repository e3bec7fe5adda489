"""Arrays from ``.npz`` archives: one that holds all four, or several that are put together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy

from archdsl.errors import ArchError, Diagnostic, UsageError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
PARTS = {"train": "train", "test": "test", "val": "test"}
"""The words in the name of a shard that say what its ``x`` and ``y`` are for."""


def read_archive(path: Path) -> dict[str, Any]:
    """Return the four arrays of one archive.

    Raises:
        UsageError: If it cannot be read, or lacks some of them.
    """
    with _opened(path) as archive:
        lacking = [name for name in ARRAYS if name not in archive]
        if lacking:
            raise UsageError(_lacks(path, lacking, archive))
        return {name: _read(archive, name, path) for name in ARRAYS}


def read_shards(name: str, paths: Iterable[Path]) -> dict[str, Any]:
    """Return the four arrays that several archives give together, in the order of their names, in which numbers count as numbers.

    A shard holds any of the four arrays with their partners; or ``x`` and ``y``, and ``train``, ``test`` or ``val`` in its name says for what.

    Raises:
        UsageError: If one cannot be read, if it is unclear what one holds, if they do not go together, or if there is nothing to train or to test on.
    """
    found: dict[str, list[tuple[Path, Any]]] = {array: [] for array in ARRAYS}
    for path in sorted(paths, key=_in_order):
        for array, content in _read_shard(path).items():
            found[array].append((path, content))
    lacking = [array for array, contents in found.items() if not contents]
    if lacking:
        raise UsageError(Diagnostic("E802", f"`{name}` has no {listed(lacking)} in any of its files", notes=(_RULE,)))
    return {array: _together(array, contents) for array, contents in found.items()}


_RULE = "a file holds `x_train` and `y_train`, `x_test` and `y_test`, or `x` and `y`: its name then holds `train`, `test` or `val`"


def _read_shard(path: Path) -> dict[str, Any]:
    with _opened(path) as archive:
        pairs = {"x_train": "y_train", "x_test": "y_test"}
        own = [each for x, y in pairs.items() if x in archive and y in archive for each in (x, y)]
        if own:
            return {each: _read(archive, each, path) for each in own}
        parts = {part for word, part in PARTS.items() if word in path.stem.lower()}
        if "x" in archive and "y" in archive and len(parts) == 1:
            part = parts.pop()
            return {f"{axis}_{part}": _read(archive, axis, path) for axis in "xy"}
        message = f"`{path}` does not say what is to be trained on, or has nothing of it"
        raise UsageError(Diagnostic("E802", message, notes=(f"it has {listed(archive.files) or 'nothing'}", _RULE)))


def _together(array: str, contents: list[tuple[Path, Any]]) -> Any:
    (first, start), *others = contents
    for path, content in others:
        if content.shape[1:] != start.shape[1:] or content.dtype != start.dtype or content.ndim != start.ndim:
            shapes = [f"{each.dtype} of (N, {', '.join(map(str, each.shape[1:]))})" for each in (start, content)]
            raise UsageError(Diagnostic("E803", f"`{array}` is {shapes[0]} in `{first}`, and {shapes[1]} in `{path}`"))
    return numpy.concatenate([content for _, content in contents]) if others else start


def _in_order(path: Path) -> list[Any]:
    """Return what a path is sorted by: ``part_9`` comes before ``part_10``."""
    return [int(each) if each.isdigit() else each for each in re.split(r"(\d+)", path.name)]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Give an archive; what is damaged in it becomes a diagnostic."""
    try:
        archive = numpy.load(path, allow_pickle=False)
        if isinstance(archive, numpy.ndarray):
            raise UsageError(Diagnostic("E802", f"`{path}` holds one array; data are an `.npz` with " + listed(ARRAYS)))
        with archive:
            yield archive
    except ArchError:
        raise
    except Exception as error:  # numpy and zipfile raise BadZipFile, ValueError, zlib.error, NotImplementedError, TokenError, ... for what is damaged
        raise UsageError(Diagnostic("E802", f"`{path}` is no archive of arrays that can be read: {reason_of(error)}")) from None


_TOLD = (ValueError, EOFError, OSError, MemoryError, RuntimeError, BadZipFile, zlib.error)
"""The errors whose own words say what is wrong with a file."""


def reason_of(error: Exception) -> str:
    """Return in a few words why a file of arrays cannot be read."""
    text = str(error)
    if "max_header_size" in text:
        return "the header of an array is too long"
    if "pickle" in text or not isinstance(error, _TOLD):
        return "it is not in numpy's format"
    return text[:1].lower() + text.splitlines()[0][1:] if text else type(error).__name__


def _read(archive: Any, name: str, path: Path) -> Any:
    try:
        content = archive[name]
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        message = f"`{name}` in `{path}` holds Python objects, not numbers"
        raise UsageError(Diagnostic("E802", message, None, "save it as an array of numbers")) from None
    if not isinstance(content, numpy.ndarray):
        raise UsageError(Diagnostic("E802", f"`{name}` in `{path}` is no array"))
    return content


def _lacks(path: Path, lacking: list[str], archive: Any) -> Diagnostic:
    return Diagnostic("E802", f"`{path}` has no {listed(lacking)}", notes=("it has " + (listed(archive.files) or "nothing"),))


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence has them."""
    return ", ".join(f"`{name}`" for name in names)
