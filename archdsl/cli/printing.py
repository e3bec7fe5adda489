"""The cost table as a terminal shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from archdsl.analysis.columns import Column, cells_of, columns_of, human
from archdsl.analysis.cost import Cost
from archdsl.analysis.memory import measure_memory
from archdsl.analysis.table import By, Row
from archdsl.expansion.architecture import Architecture

WIDE = 10_000
"""The width where nothing is a terminal: whatever reads the table gets all of it."""


def print_cost(arch: Architecture, cost: Cost, rows: list[Row], by: By, wide: bool = False) -> None:
    """Print a cost table to standard output; on a terminal that is too narrow, numbers have three digits and a unit."""
    columns = columns_of(by, wide)
    table = _table(rows, cost, columns)
    console = _console()
    if console.measure(table, options=console.options.update(width=WIDE)).maximum > console.width:
        table = _table(rows, cost, columns, human)
    print_shown(Group(_head(arch), table, Padding(_totals(arch, cost), (0, 0, 1, 1))))


def cost_text(arch: Architecture, cost: Cost, rows: list[Row], by: By, wide: bool = False) -> str:
    """Return the table as it is printed where nothing is a terminal."""
    return plain_text(Group(_head(arch), _table(rows, cost, columns_of(by, wide)), Padding(_totals(arch, cost), (0, 0, 1, 1))))


def _console() -> Console:
    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)


def print_shown(shown: RenderableType) -> None:
    """Print something to standard output: on a terminal with colours and as wide as it is, else plain and in full width."""
    if sys.stdout.isatty():
        _console().print(shown)
    else:
        typer.echo(plain_text(shown))


def plain_text(shown: RenderableType) -> str:
    """Return something as text: without colours, and as wide as it gets."""
    console = Console(markup=False, highlight=False, emoji=False, width=WIDE, no_color=True, color_system=None)
    with console.capture() as text:
        console.print(shown)
    return "\n".join(line.rstrip() for line in text.get().splitlines())


def _head(arch: Architecture) -> Text:
    """Return the name of a network, and the shapes that go in and come out."""
    text = Text("\n " + arch.name, style="bold")
    for name, graph in arch.graphs.items():
        into = ", ".join(str(node.shape) for node in graph.inputs)
        out = ", ".join(str(node.shape) for node in graph.outputs)
        text.append(f"\n   {name}: " if name else "   ", style="not bold")
        text.append(f"{into} to {out}", style="not bold dim")
    return text


def _table(rows: list[Row], cost: Cost, columns: tuple[Column, ...], number: Callable[[int], str] = "{:,}".format) -> Table:
    """Return the table; where it is too wide its ops are cut."""
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=True)
    for column in columns:
        table.add_column(column.head, justify="right" if column.is_number else "left", no_wrap=column.key != "op")
    for row in rows:
        table.add_row(*_cells(row, cells_of(row, cost, columns, number)))
    return table


def _cells(row: Row, texts: list[str]) -> list[Text]:
    label, *cells = texts
    empty = not row.count.params and not row.count.macs
    style = "dim" if empty else ""
    shown = [Text("  " * row.level + label, style="dim" if empty else "" if row.level else "bold cyan")]
    return shown + [Text("" if empty and cell in _NOTHING else cell, style=style, no_wrap=True, overflow="ellipsis") for cell in cells]


_NOTHING = ("0", "0.0", "0.0%", "0.00%")


def _totals(arch: Architecture, cost: Cost) -> Table:
    grid = Table.grid(padding=(0, 3))
    for justify in ("left", "right", "right"):
        grid.add_column(justify=justify, no_wrap=True)
    grid.add_column()
    for name, number, note in (*_lines(cost), *_memory_lines(arch)):
        told = Text(note, style="dim", no_wrap=True, overflow="ellipsis")
        grid.add_row(Text(name, style="bold"), Text(f"{number:,}"), Text(human(number), style="green"), told)
    return grid


def _lines(cost: Cost) -> list[tuple[str, int, str]]:
    """Return the totals, each with what it leaves out."""
    lines = [("params", cost.params, ""), ("weights", cost.weights, "params without biases and norms"), ("MACs", cost.macs, "for one sample")]
    if cost.product_macs:
        lines.append(("  of products", cost.product_macs, "attention's scores, and its sums of values"))
    outputs = "outputs of convolutions, linear layers and attention"
    return [*lines, ("FLOPs", cost.flops, "twice the MACs"), ("activations", cost.activations, outputs)]


def _memory_lines(arch: Architecture) -> list[tuple[str, int, str]]:
    """Return the bytes that a network takes; none for several networks, which need not run at once."""
    if len(arch.graphs) != 1:
        return []
    memory = measure_memory(arch.graph)
    return [
        ("inference", memory.parameters + memory.inference, "bytes at most for one sample, parameters among them"),
        ("training", memory.training, "bytes for one sample: parameters, gradients, momentum, saved values"),
    ]
