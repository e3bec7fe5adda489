"""How commands fail: a message on standard error, an exit code, and never a traceback for what a user can meet.

Exit codes: 0 fine, 1 the input is wrong or missing, 2 the call is wrong, 3 a needed program or extra is missing, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from archdsl.errors import ArchError, Diagnostic, MissingDependencyError, UsageError, format_diagnostic
from archdsl.extras import missing_dependency

CLOSED_PIPE = 141
"""What a shell reports for a program that a closed pipe ended."""

WRONG_INPUT = frozenset({"E801", "E802", "E803", "E806", "E807"})
"""Findings about data, recipes and checkpoints that are missing or wrong: the call itself is right."""


@contextmanager
def reported() -> Iterator[None]:
    """Turn what can go wrong into messages and exit codes."""
    try:
        yield
        sys.stdout.flush()
    except ArchError as error:
        fail(error.diagnostics, _exit_code(error))
    except ModuleNotFoundError as error:
        known = missing_dependency(error)
        if not isinstance(known, ArchError):
            raise
        fail(known.diagnostics, 3)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(130) from None
    except OSError as error:
        _discard_output()
        if error.errno == errno.EPIPE:
            raise typer.Exit(CLOSED_PIPE) from None
        fail([_system_error(error)], 1)


def fail(diagnostics: Iterable[Diagnostic], code: int) -> None:
    """Print findings to standard error and end with an exit code."""
    print_diagnostics(diagnostics)
    raise typer.Exit(code) from None


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings to standard error, with blank lines between them; the first word has a colour on a terminal."""
    for number, each in enumerate(diagnostics):
        head, _, rest = format_diagnostic(each).partition(":")
        colour = typer.colors.RED if each.severity == "error" else typer.colors.YELLOW
        typer.echo(("\n" if number else "") + typer.style(head, fg=colour, bold=True) + ":" + rest, err=True)


def _exit_code(error: ArchError) -> int:
    if isinstance(error, MissingDependencyError):
        return 3
    asked_wrongly = isinstance(error, UsageError) and any(each.code not in WRONG_INPUT for each in error.diagnostics)
    return 2 if asked_wrongly else 1


def no_network(name: str) -> UsageError:
    """Return the error for a library of blocks where a network is wanted."""
    help = "`archdsl check` reads libraries; a network has `input` and `net`"
    return UsageError(Diagnostic("E701", f"`{name}` is a library of blocks and has no network", None, help))


def _system_error(error: OSError) -> Diagnostic:
    where = f" `{error.filename}`" if error.filename else ""
    reason = (error.strerror or str(error)).lower()
    return Diagnostic("E711", f"cannot read or write{where}: {reason}")


def _discard_output() -> None:
    """Send what standard output still holds to nowhere if it cannot be written, so that the interpreter does not try again at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
