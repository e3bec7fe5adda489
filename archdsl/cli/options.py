"""Arguments and options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Net = Annotated[str, typer.Argument(metavar="NET", help="A name of the catalogue, or a path, with #variant where it has some.", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a var, an element of one (depths.2=9), or the input. VALUE is YAML. May be repeated."),
]
Variant = Annotated[str | None, typer.Option(metavar="NAME", help="Take one of the document's variants.")]
Seed = Annotated[int, typer.Option(metavar="N", help="What the holes of a search space are drawn from.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of standard output.")]
