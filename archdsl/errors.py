"""Diagnostics and the exceptions that carry them.

A :class:`Diagnostic` is data: what is wrong, where, and what to do. :func:`format_diagnostic` is the one place where it becomes text.
Exceptions are named after the stage that raises them and hold every diagnostic of that stage, in source order.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source text; lines and columns count from 1, the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = field(default="", repr=False, compare=False)
    """The whole text that the span lies in; diagnostics quote it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a code, a sentence, a place, and advice.

    ``notes`` are sentences; ``related`` are further places, each with what happened there (``used here``).
    """

    code: str
    message: str
    span: Span | None = None
    help: str | None = None
    notes: tuple[str, ...] = ()
    related: tuple[tuple[Span, str], ...] = ()
    severity: Severity = "error"

    def as_dict(self) -> dict[str, object]:
        """Return the finding as plain data, as ``archdsl check --json`` prints it."""
        span = self.span
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": span.file if span else None,
            "line": span.line if span else None,
            "column": span.column if span else None,
            "help": self.help,
            "notes": list(self.notes) + [f"{text} at {place}" for place, text in self.related],
        }


class ArchError(Exception):
    """Base of every error that a user of archdsl can meet; holds its diagnostics."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        if isinstance(diagnostics, Diagnostic):
            diagnostics = (diagnostics,)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(format_diagnostic(each) for each in self.diagnostics)


class SourceError(ArchError):
    """The text cannot be read: no such file, not UTF-8, not the YAML that documents are written in."""


class SpecError(ArchError):
    """The document does not follow the grammar."""


class ExpansionError(ArchError):
    """The document cannot be expanded to a graph: names, values, shapes, limits."""


class ExpectationError(ExpansionError):
    """The network does not meet the document's own ``expect``."""


class SearchError(ArchError):
    """A space or a study cannot give what is asked of it."""


class UsageError(ArchError):
    """A call of the API or of a command is wrong: an unknown option value, options that do not go together."""


class TargetError(ArchError):
    """A file or folder cannot be written."""


class MissingDependencyError(ArchError):
    """A program or an optional package is needed that is not installed."""


def format_diagnostic(diagnostic: Diagnostic) -> str:
    """Return the text of a diagnostic in the manner of a modern compiler.

    >>> span = Span("net.yaml", 2, 9, 2, 13, "net:\\n- relu: reul")
    >>> print(format_diagnostic(Diagnostic("E101", "unknown op `reul`", span, help="did you mean `relu`?")))
    error[E101]: unknown op `reul`
     --> net.yaml:2:9
      |
    2 | - relu: reul
      |         ^^^^
      = help: did you mean `relu`?
    """
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    gutter = 1
    if diagnostic.span:
        gutter = len(str(diagnostic.span.line))
        lines += _excerpt(diagnostic.span, gutter)
    pad = " " * gutter
    lines += [f"{pad} = note: {note}" for note in diagnostic.notes]
    lines += [f"{pad} = note: {text} at {place}" for place, text in diagnostic.related]
    if diagnostic.help:
        lines.append(f"{pad} = help: {diagnostic.help}")
    return "\n".join(map(printable, lines))


def _excerpt(span: Span, gutter: int) -> list[str]:
    pad = " " * gutter
    head = f"{pad}--> {span}"
    lines = span.text.splitlines()
    if not 1 <= span.line <= len(lines):
        return [head]
    line = lines[span.line - 1].replace("\t", " ")
    start = span.column - 1
    stop = span.end_column - 1 if span.end_line == span.line else len(line)
    shown, start, stop = _window(line, start, min(stop, len(line)))
    carets = "^" * max(1, stop - start)
    return [head, f"{pad} |", f"{span.line:>{gutter}} | {shown}", f"{pad} | {' ' * start}{carets}"]


def _window(line: str, start: int, stop: int, width: int = 160) -> tuple[str, int, int]:
    """Cut a long line to ``width`` characters around the place of interest."""
    if len(line) <= width:
        return line, start, stop
    left = max(0, min(start - 20, len(line) - width))
    return line[left : left + width], start - left, min(stop - left, width)


def printable(text: str) -> str:
    """Return a text in which control characters, which could drive a terminal, are exchanged for a visible mark of the same width."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


MAX_FINDINGS = 50
MAX_LETTERS = 8_000
"""A misspelt name is compared with known ones of so many letters together."""


def limited(found: list[Diagnostic]) -> list[Diagnostic]:
    """Return the first findings, and say so when there are more."""
    if len(found) <= MAX_FINDINGS:
        return found
    return [*found[:MAX_FINDINGS], Diagnostic("E405", f"more than {MAX_FINDINGS} mistakes; the rest is not shown")]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one most likely meant, or None; upper and lower case count as equal.

    >>> nearest("kernal_size", ["kernel_size", "stride"]), nearest("BatchNorm", ["batch_norm"]), nearest("depth", ["width"])
    ('kernel_size', 'batch_norm', None)
    """
    folded = {each.lower(): each for each in _comparable(known)}
    found = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.66)
    return folded[found[0]] if found else None


def _comparable(known: Iterable[str]) -> Iterator[str]:
    """Yield names as long as comparing them takes no time that anyone notices."""
    left = MAX_LETTERS
    for each in known:
        left -= len(each)
        if left < 0:
            return
        yield each


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the help sentence for a misspelt name, or None when nothing is near."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else None
