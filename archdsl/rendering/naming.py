"""Names of boxes that are fit for any format, and that do not meet when panels come together in one text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from archdsl.rendering.view import Link, Panel, View

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./#+ -]+")


def plain_view(view: View) -> View:
    """Return a view in which every name of a box, a plate or a panel that holds anything unusual is a number instead.

    Nodes that documents declare have plain names; a graph that a program made may have any.
    """
    panels = {panel.name: f"panel{number}" for number, panel in enumerate(view.panels) if not _PLAIN.fullmatch(panel.name)}
    boxes = {panel.name: _odd(box.name for box in panel.boxes) for panel in view.panels}

    def panel_name(name: str) -> str:
        return panels.get(name, name)

    links = (Link(panel_name(link.panel), boxes[link.panel].get(link.box, link.box), panel_name(link.target)) for link in view.links)
    shown = tuple(replace(_renamed(panel, boxes[panel.name]), name=panel_name(panel.name)) for panel in view.panels)
    return replace(view, panels=shown, links=tuple(links))


def _odd(names: Iterable[str]) -> dict[str, str]:
    return {name: f"box{number}" for number, name in enumerate(names) if not _PLAIN.fullmatch(name)}


def _renamed(panel: Panel, boxes: dict[str, str], prefix: str = "") -> Panel:
    plates = {plate.name: f"plate{number}" for number, plate in enumerate(panel.plates) if not _PLAIN.fullmatch(plate.name)}

    def box_name(name: str) -> str:
        return prefix + boxes.get(name, name)

    def plate_name(name: str) -> str:
        return prefix + plates.get(name, name) if name else ""

    def column_name(name: str) -> str:
        return prefix + name if name else ""

    return replace(
        panel,
        boxes=tuple(replace(box, name=box_name(box.name), plate=plate_name(box.plate), column=column_name(box.column)) for box in panel.boxes),
        wires=tuple(replace(wire, source=box_name(wire.source), target=box_name(wire.target)) for wire in panel.wires),
        plates=tuple(replace(plate, name=plate_name(plate.name), parent=plate_name(plate.parent)) for plate in panel.plates),
        rows=tuple(tuple(map(box_name, row)) for row in panel.rows),
    )


def prefixed(panel: Panel, number: int) -> Panel:
    """Return a panel whose names cannot meet those of another; the first keeps its own."""
    return _renamed(panel, {}, f"{number}/") if number else panel
