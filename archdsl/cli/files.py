"""Files that commands write, and the values that they are given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from archdsl.errors import Diagnostic, SourceError, UsageError
from archdsl.source import Source, parse
from archdsl.writing import write_whole


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
