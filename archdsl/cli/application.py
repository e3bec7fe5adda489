"""The application: what all commands share, and the entry point."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from archdsl import __version__
from archdsl.cli import comparing, drawing, inspecting, making, sampling, searching, shipping, using
from archdsl.cli.failing import reported


class _Commands(TyperGroup):
    """The group of all commands, whose errors become messages."""

    def invoke(self, ctx: Any) -> Any:
        with reported():
            try:
                return super().invoke(ctx)
            except typer.BadParameter as error:
                error.message = error.message.removeprefix("Value error, ")  # pydantic's words, which say nothing
                raise

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (inspecting, comparing, drawing, shipping, making, using, sampling, searching):
    for command in module.COMMANDS:
        app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"archdsl {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """Neural networks as YAML graphs of branch, merge and skip.

    NET is a name of the catalogue (resnet50), a path (net.yaml), or a path with one of its variants (net.yaml#deep).

    \b
    Examples:
      archdsl check net.yaml
      archdsl show resnet50 --set classes=10
      archdsl fmt net.yaml
    """


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def main() -> None:
    """Run the command line; output that the caller closed goes nowhere."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    try:
        app(prog_name="archdsl")
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise SystemExit(130) from None
