"""Views as Mermaid flowcharts, for pages that draw them in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archdsl.rendering.dot import printable
from archdsl.rendering.options import Options
from archdsl.rendering.theme import THEMES
from archdsl.rendering.view import Box, Panel, View, Wire

_CODES: Final = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}

_SHAPES: Final[dict[str, tuple[str, str]]] = {
    "merge": ("((", "))"),
    "point": ("((", "))"),
    "input": ("([", "])"),
    "output": ("([", "])"),
    "block": ("[[", "]]"),
    "bar": ("[", "]"),
    "dots": ("[", "]"),
    "op": ("(", ")"),
}

_ARROWS: Final[dict[str, str]] = {"skip": "-.->", "side": "-->", "bus": "==>"}


def mermaid_text(view: View, options: Options) -> str:
    """Return a view as a Mermaid flowchart.

    >>> from archdsl.rendering.view import Box, Panel, View, Wire
    >>> boxes = (Box("x", "input", "io", ("x",)), Box("conv", "op", "conv", ("3×3, 8",)))
    >>> print(mermaid_text(View("net", (Panel("net", "", boxes, (Wire("x", "conv"),)),)), Options()), end="")
    flowchart TB
      n0_0(["x"]):::io
      n0_1("3×3, 8"):::conv
      n0_0 --> n0_1
      classDef io fill:#EEEEEE,stroke:#888888,color:#222222
      classDef conv fill:#CFE2F3,stroke:#3D6E99,color:#222222
    """
    names: dict[tuple[str, str], str] = {}
    for number, panel in enumerate(view.panels):
        names.update({(panel.name, box.name): f"n{number}_{index}" for index, box in enumerate(panel.boxes)})
    lines = [line for number, panel in enumerate(view.panels) for line in _panel_lines(number, panel, names)]
    lines += [f"{names[link.panel, link.box]} -.- zoom{_number(view, link.target)}" for link in view.links]
    families = dict.fromkeys(box.family for panel in view.panels for box in panel.boxes)
    lines += [_class_line(family, options) for family in families]
    return f"flowchart {options.direction.upper()}\n" + "".join(f"  {line}\n" for line in lines)


def escape(text: str) -> str:
    """Return text for the inside of a quoted label.

    >>> escape('</script><img src="x">')
    '#lt;/script#gt;#lt;img src=#quot;x#quot;#gt;'
    """
    return "".join(_CODES.get(char, char) for char in printable(text))


def _panel_lines(number: int, panel: Panel, names: Mapping[tuple[str, str], str]) -> list[str]:
    lines = [_box_line(names[panel.name, box.name], box) for box in panel.boxes]
    lines += [_wire_line(panel, wire, names) for wire in panel.wires if wire.kind != "hidden"]
    if not panel.framed and not panel.title:
        return lines
    return [f'subgraph zoom{number}["{escape(panel.title)}"]', *(f"  {line}" for line in lines), "end"]


def _box_line(name: str, box: Box) -> str:
    before, after = _SHAPES[box.kind]
    words = [escape(line) for line in box.text]
    if box.title:
        words[:1] = [f"<b>{escape(box.title)}</b> {words[0]}" if words else f"<b>{escape(box.title)}</b>"]
    if box.ports:
        words = [escape(" | ".join(box.ports))]
    if box.times > 1:
        words[:1] = [" ".join([*words[:1], f"<b>×{box.times}</b>"])]
    label = "•" if box.kind == "point" else "<br/>".join(words)
    return f'{name}{before}"{label}"{after}:::{box.family}'


def _wire_line(panel: Panel, wire: Wire, names: Mapping[tuple[str, str], str]) -> str:
    label = f'|"{escape(wire.label)}"|' if wire.label else ""
    return f"{names[panel.name, wire.source]} {_ARROWS.get(wire.kind, '-->')}{label} {names[panel.name, wire.target]}"


def _class_line(family: str, options: Options) -> str:
    theme = THEMES[options.theme]
    fill, border = theme.families[family]
    return f"classDef {family} fill:{fill},stroke:{border},color:{theme.ink}"


def _number(view: View, name: str) -> int:
    return next(number for number, panel in enumerate(view.panels) if panel.name == name)
