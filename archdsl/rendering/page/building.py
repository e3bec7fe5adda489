"""A page as text: the sheets, what is said of them, the document, the styles and the script, in one file."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Any, Final

from archdsl.analysis.cost import analyze
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.composing import read_layout
from archdsl.rendering.dot import panel_text
from archdsl.rendering.labels import dims
from archdsl.rendering.layout import Job, run
from archdsl.rendering.naming import plain_view
from archdsl.rendering.options import Options
from archdsl.rendering.page.insides import Sheet, sheets_of
from archdsl.rendering.page.telling import Files, Telling
from archdsl.rendering.page.vector import plain, svg_of_sheet
from archdsl.rendering.picturing import graphs_of
from archdsl.rendering.theme import THEMES, Theme
from archdsl.rendering.view import View

SCRIPTS: Final = ("data", "state", "columns", "viewport", "light", "card", "search", "source", "coloring", "saving", "keys", "main")
STYLES: Final = ("picture", "page")

POLICY: Final = "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src blob: data:; base-uri 'none'; form-action 'none'"


def page_text(network: Architecture | Graph, options: Options) -> str:
    """Return the page of a network.

    Raises:
        UsageError: If there is no such block, or the network is too large.
        MissingDependencyError: If there is no Graphviz.
    """
    sheets, networks = sheets_of(network, options)
    script, style = _script(), _style()
    found = Files()
    told = _told(network, sheets, networks, options, found)
    return Template(_asset("page.html")).substitute(
        policy=POLICY.format(script=_digest(script), style=_digest(style)),
        title=plain(network.name or "network"),
        style=style,
        script=script,
        sheets="\n".join(f'<template id="sheet-{number}">{svg}</template>' for number, svg in enumerate(_drawn(sheets, options))),
        facts=_json(told),
        files=_json(found.as_data()),
    )


def _told(network: Architecture | Graph, sheets: list[Sheet], networks: dict[str, int], options: Options, found: Files) -> dict[str, Any]:
    telling = Telling(found)
    graphs = graphs_of(network)
    shown = [{**_network(name, graphs[name]), "sheet": number, "base": sheets[number].base} for name, number in networks.items()]
    theme = {"light": "", "dark": "dark", "print": "light"}[options.theme]
    start = {"color": options.color, "theme": theme, "block": options.block or "", "across": options.direction == "lr"}
    told = [telling.sheet(sheet) for sheet in sheets]
    return {"name": network.name or "network", "about": _about(network), "networks": shown, "sheets": told, "start": start}


def _about(network: Architecture | Graph) -> str:
    return "" if isinstance(network, Graph) else " ".join((network.document.about or "").split())


def _network(name: str, graph: Graph) -> dict[str, Any]:
    cost = analyze(graph)
    ends = {"in": [dims(node.shape) for node in graph.inputs], "out": [dims(node.shape) for node in graph.outputs]}
    return {"name": name, "params": cost.params, "macs": cost.macs, **ends}


def _drawn(sheets: list[Sheet], options: Options) -> list[str]:
    """Return the SVG of every sheet."""
    panels = [plain_view(View("", (sheet.panel,))).panels[0] for sheet in sheets]
    answers = run([Job(panel_text(panel, options), "nop2" if panel.placed() else "dot", "json0") for panel in panels])
    found = []
    for sheet, panel, answer in zip(sheets, panels, answers):
        opens = frozenset(new.name for old, new in zip(sheet.panel.boxes, panel.boxes) if old.name in sheet.openings)
        found.append(svg_of_sheet(panel, read_layout(panel, answer, options), opens))
    return found


# --- styles and scripts -----------------------------------------------------------------------------------------------------------------


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _script() -> str:
    parts = "\n".join(_asset(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def _style() -> str:
    light, dark = _variables(THEMES["light"]), _variables(THEMES["dark"])
    palette = f':root {{{light}}}\n:root[data-theme="dark"] {{{dark}}}\n@media (prefers-color-scheme: dark) {{:root:not([data-theme]) {{{dark}}}}}\n'
    return palette + "\n".join(_asset(f"{name}.css") for name in STYLES)


def _variables(theme: Theme) -> str:
    """Return a palette as variables of CSS."""
    found = {name: getattr(theme, name) for name in ("paper", "ink", "line", "faint", "skip", "accent", "panel", "cold", "hot")}
    for family, (fill, border) in theme.families.items():
        found |= {f"{family}-fill": fill, f"{family}-line": border}
    return "".join(f"--{name}:{value};" for name, value in found.items())


def _digest(text: str) -> str:
    """Return what the page's policy knows a script or a style by."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _json(value: object) -> str:
    """Return data for the inside of a script element, which nothing in it can end.

    >>> _json("</script>")
    '"\\\\u003c/script>"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return text.encode(errors="replace").decode()  # a graph that a program made may have names that are no text
