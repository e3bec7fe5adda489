"""Files that commands write, and the values that they are given."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from archdsl.errors import Diagnostic, SourceError, UsageError
from archdsl.source import Source, parse


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file as a whole: a reader sees the old content or the new one, and nothing is lost when the disk is full.

    A device or a pipe is written to, and stays what it is. An :class:`OSError` names the file that was asked for.
    """
    content = content.encode() if isinstance(content, str) else content
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        error.filename = str(path)
        raise


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if path.exists():
            shutil.copymode(path, name)
        else:
            Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_or_print(text: str, output: Path | None) -> None:
    """Write a text to a file, or to standard output where none is named."""
    if output is None or str(output) == "-":
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        write_whole(output, text)


def read_settings(pairs: Iterable[str]) -> dict[str, Any]:
    """Return what ``--set`` sets: YAML values by name.

    >>> read_settings(["classes=10", "widths=[16, 32]", "depths.2=9", "act=relu"])
    {'classes': 10, 'widths': [16, 32], 'depths.2': 9, 'act': 'relu'}

    Raises:
        UsageError: If one is not `key=value`, or its value is not strict YAML.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key.strip() or not equals:
            raise UsageError(Diagnostic("E712", f"`--set` takes key=value, got `{pair}`", None, "write `--set classes=10`"))
        found[key.strip()] = _value(key.strip(), value)
    return found


def _value(key: str, text: str) -> Any:
    if text.strip() in ("null", "~"):
        return None
    try:
        return parse(Source(f"--set {key}", text))
    except SourceError as error:
        raise UsageError(error.diagnostics) from None
