"""What images show, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from archdsl.cli.printing import print_shown


def print_predictions(found: list[Any]) -> None:
    """Print the most probable classes of images, a row each."""
    print_shown(_table(found))


def print_classes(rows: Iterable[Any]) -> None:
    """Print how many images of each class are recognized, a row each."""
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for head in ("class", "images", "right", "accuracy"):
        table.add_column(head, justify="left" if head == "class" else "right", no_wrap=True)
    for row in rows:
        share = f"{100 * row.right / row.count:.1f} %" if row.count else "-"
        table.add_row(row.name, f"{row.count:,}", f"{row.right:,}", share)
    print_shown(table)


def _table(found: list[Any]) -> Table:
    labelled = any(each.label is not None for each in found)
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for head in ("image", *(("label",) if labelled else ()), *(("class", "probability") * len(found[0].top))):
        table.add_column(head, justify="left" if head == "image" else "right", no_wrap=True)
    for each in found:
        label = [("" if each.label is None else each.called(each.label))] if labelled else []
        table.add_row(each.image, *label, *(cell for number, share in each.top for cell in (each.called(number), f"{100 * share:.1f} %")))
    return table
