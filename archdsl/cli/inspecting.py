"""Commands that read documents: ``check``, ``show``, ``fmt``, ``schema``. None of them imports torch or networkx."""

import json
import sys
from difflib import unified_diff
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.failing import no_network
from archdsl.cli.files import read_settings, write_or_print
from archdsl.cli.options import Json, Net, Output, Seed, Settings, Variant
from archdsl.writing import write_whole


class By(str, Enum):
    """What a row of the cost table is."""

    node = "node"
    block = "block"
    stage = "stage"
    kind = "kind"


class Format(str, Enum):
    """How the cost table is written."""

    table = "table"
    csv = "csv"
    markdown = "markdown"
    json = "json"


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Paths, or names of the catalogue.", show_default=False)],
    strict: Annotated[bool, typer.Option("--strict", help="Make warnings errors.")] = False,
    as_json: Json = False,
) -> None:
    """Check documents: grammar, names, shapes, and what they expect.

    A document is expanded with its defaults and with each of its variants. Findings go to standard error, a line for each
    file to standard output. The exit code is 1 if there is an error.

    \b
    Examples:
      archdsl check net.yaml
      archdsl check specs/*.yaml --strict
      archdsl check net.yaml#deep --json
    """
    from archdsl.analysis.checking import check as check_document
    from archdsl.cli.failing import print_diagnostics

    reports = [check_document(file, strict=strict) for file in files]
    if as_json:
        findings = [each.as_dict() for report in reports for each in report.diagnostics]
        summaries = [{"file": report.name, "ok": report.ok, "variants": report.variants} for report in reports]
        typer.echo(json.dumps({"ok": all(report.ok for report in reports), "diagnostics": findings, "files": summaries}, indent=2))
    else:
        print_diagnostics(each for report in reports for each in report.diagnostics)
        for report in reports:
            typer.echo(report.summary())
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def show(
    net: Net,
    settings: Settings = None,
    variant: Variant = None,
    by: Annotated[By, typer.Option(help="What a row is.")] = By.block,
    depth: Annotated[int, typer.Option(min=1, metavar="N", help="How many levels of rows there are.")] = 2,
    wide: Annotated[bool, typer.Option("--wide", help="All columns; CSV and JSON always have them.")] = False,
    format: Annotated[Format, typer.Option(help="How the table is written.")] = Format.table,
    as_json: Json = False,
    output: Output = None,
    seed: Seed = 0,
) -> None:
    """Show what a network costs: parameters, multiply-adds, shapes.

    MACs are the multiply-adds of convolutions, linear layers and matrix products for one sample; FLOPs are twice that.
    The share is that of the MACs. Neighbouring blocks that hold and cost the same have one row. A stage is everything of one
    resolution. By node also: receptive field and stride against the input, memory traffic in bytes, and FLOPs for each of them; all tables
    have these with --wide. CSV and JSON have full names and plain numbers.

    \b
    Examples:
      archdsl show resnet50
      archdsl show resnet50 --by kind
      archdsl show net.yaml --set depth=40 --set 'input=[3, 64, 64]'
      archdsl show net.yaml#deep --by node --format csv
    """
    from archdsl import load
    from archdsl.analysis import columns
    from archdsl.analysis.cost import analyze
    from archdsl.analysis.table import rows_of

    arch = load(net, variant, set=read_settings(settings or ()), seed=seed)
    if not arch.graphs:
        raise no_network(arch.name)
    cost = analyze(arch)
    if as_json or format is Format.json:
        write_or_print(json.dumps(columns.to_data(arch, cost, by.value), indent=2) + "\n", output)
        return
    rows = rows_of(cost, by.value, depth=depth, fold=format is not Format.csv)
    if format is Format.csv:
        write_or_print(columns.to_csv(rows, cost, by.value), output)
    elif format is Format.markdown:
        write_or_print(columns.to_markdown(rows, cost, by.value, wide), output)
    elif output is not None:
        from archdsl.cli.printing import cost_text

        write_or_print(cost_text(arch, cost, rows, by.value, wide) + "\n", output)
    else:
        from archdsl.cli.printing import print_cost

        print_cost(arch, cost, rows, by.value, wide)


def fmt(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Paths; - is standard input, laid out to standard output.", show_default=False)],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; print what would change.")] = False,
) -> None:
    """Lay documents out in the canonical form; comments are kept.

    \b
    Examples:
      archdsl fmt net.yaml
      archdsl fmt specs/*.yaml --check
      archdsl fmt - < net.yaml
    """
    changed = [_reformat(file, check, diff) for file in files]
    if check and any(changed):
        raise typer.Exit(1)


def _reformat(file: str, check: bool, diff: bool) -> bool:
    """Lay out one file; tell whether that changes it."""
    from archdsl.source import Source, decode, read_source
    from archdsl.spec.layout import reformat

    stream = file == "-"
    source = Source("<stdin>", decode(sys.stdin.buffer.read(), "<stdin>")) if stream else read_source(Path(file))
    text = reformat(source)
    changed = text != source.text if stream else text.encode() != Path(file).read_bytes()
    if diff:
        lines = unified_diff(source.text.splitlines(True), text.splitlines(True), source.name, source.name)
        typer.echo("".join(lines), nl=False)
    elif check:
        typer.echo(f"{source.name}: {'would change' if changed else 'ok'}")
    elif stream:
        typer.echo(text, nl=False)
    elif changed:
        write_whole(Path(file), text)
        typer.echo(f"{file}: changed")
    return changed


def schema(output: Output = None) -> None:
    """Print the JSON Schema of documents, for editors.

    An editor with a YAML language server completes and checks documents that begin with the line
    "# yaml-language-server: $schema=archdsl.schema.json".

    \b
    Examples:
      archdsl schema
      archdsl schema -o archdsl.schema.json
    """
    from archdsl.spec.schema import json_schema

    write_or_print(json.dumps(json_schema(), indent=1) + "\n", output)


COMMANDS = (check, show, fmt, schema)
