"""The command line: ``archdsl COMMAND``. Every command is a thin function; what is heavy is imported where it is used."""

from __future__ import annotations

from archdsl.cli.application import app, main

__all__ = ["app", "main"]
