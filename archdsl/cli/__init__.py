"""The command line: ``archdsl COMMAND``. Every command is a thin function; what is heavy is imported where it is used."""

from __future__ import annotations

import os

# Looking for pydantic plugins takes longer than reading a document; none of them concerns the models here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from archdsl.cli.application import app, main

__all__ = ["app", "main"]
