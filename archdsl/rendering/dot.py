"""Views as text in the DOT language: one small function for every statement, deterministic, with everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import log2
from typing import Final

from archdsl.rendering.naming import plain_view, prefixed
from archdsl.rendering.options import Options
from archdsl.rendering.theme import THEMES, Theme, mix
from archdsl.rendering.view import Box, Link, Panel, Plate, View, Wire

FONT: Final = "Helvetica,Arial,sans-serif"
Attributes = Mapping[str, str]


class Html(str):
    """A label in Graphviz's HTML, whose text is escaped already."""

    __slots__ = ()


def printable(text: str) -> str:
    """Return text without line breaks and without what no XML may hold."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in text)


def quote(text: str) -> str:
    """Return a quoted string of DOT that shows the text as it is.

    >>> print(quote('say "hi"'))
    "say \\"hi\\""
    """
    if isinstance(text, Html):
        return f"<{text}>"
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def escape(text: str) -> str:
    """Return text for the inside of an HTML label.

    >>> escape("</B><IMG>")
    '&lt;/B&gt;&lt;IMG&gt;'
    """
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def attributes(values: Attributes) -> str:
    """Return a list of attributes.

    >>> attributes({"shape": "box", "label": "a"})
    '[shape="box", label="a"]'
    """
    return "[" + ", ".join(f"{name}={quote(value)}" for name, value in values.items()) + "]"


def node_line(name: str, values: Attributes) -> str:
    """Return the statement of a node."""
    return f"{quote(name)} {attributes(values)};"


def edge_line(tail: str, head: str, values: Attributes) -> str:
    """Return the statement of an edge; ports are attributes."""
    return f"{quote(tail)} -> {quote(head)} {attributes(values)};"


def row_line(names: Iterable[str]) -> str:
    """Return the statement that puts nodes into one row, from left to right."""
    names = list(names)
    chain = " -> ".join(map(quote, names)) + ' [style="invis"];' if len(names) > 1 else ""
    return "{ rank=same; " + " ".join(f"{quote(name)};" for name in names) + f" {chain} }}"


# --- labels -----------------------------------------------------------------------------------------------------------------------------


def box_label(box: Box, theme: Theme) -> str:
    """Return what stands in a box: plain text, or a table when there is a title, several lines or a badge."""
    if not box.title and not box.stacked and box.times == 1 and len(box.text) <= 1:
        return "".join(box.text)
    head = f"<B>{escape(box.title)}</B>" if box.title else ""
    first = (f"<B>{escape(box.text[0])}</B>" if box.stacked else escape(box.text[0])) if box.text else ""
    line = "  ".join(part for part in (head, first) if part)
    badge = _badge(box.times, theme) if box.times > 1 else ""
    rows = [f"<TR><TD>{line}</TD>{badge}</TR>"]
    rows += [f'<TR><TD COLSPAN="{2 if badge else 1}">{escape(each)}</TD></TR>' for each in box.text[1:]]
    return Html('<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">' + "".join(rows) + "</TABLE>")


def bar_label(box: Box, theme: Theme, vertical: bool) -> str:
    """Return the cells of a bar, each with a port."""
    fill, border = theme.families["bar"]
    cells = [f'<TD PORT="p{number}" WIDTH="{box.cell:.0f}" BGCOLOR="{fill}">{_cell(name)}</TD>' for number, name in enumerate(box.ports)]
    rows = "".join(f"<TR>{cell}</TR>" for cell in cells) if vertical else f"<TR>{''.join(cells)}</TR>"
    return Html(f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4" COLOR="{border}">{rows}</TABLE>')


def _cell(name: str) -> str:
    return f"{escape(name[:1])}<SUB>{escape(name[1:])}</SUB>"


def _badge(times: int, theme: Theme) -> str:
    return f'<TD BGCOLOR="{theme.accent}"><FONT COLOR="{theme.paper}"><B> ×{times} </B></FONT></TD>'


def title_label(title: str, note: str, theme: Theme) -> str:
    """Return the title of a panel or a plate, with its note in small letters."""
    rows = [f'<FONT POINT-SIZE="11"><B>{escape(title)}</B></FONT>'] if title else []
    rows += [f'<FONT POINT-SIZE="8" COLOR="{theme.faint}">{escape(line)}</FONT>' for line in note.splitlines()]
    cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
    return Html(f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>')


# --- statements of a panel --------------------------------------------------------------------------------------------------------------


def turned(panel: Panel, options: Options) -> Options:
    """Return the options of a panel: bars with ports stand upright in a picture from left to right too."""
    return replace(options, direction="tb") if any(box.ports for box in panel.boxes) else options


def graph_attributes(options: Options) -> dict[str, str]:
    """Return the attributes of every graph."""
    theme = THEMES[options.theme]
    return {
        "rankdir": options.direction.upper(),
        "splines": "spline",
        "newrank": "true",
        "nodesep": "0.30",
        "ranksep": "0.30",
        "pad": "0.15",
        "fontname": FONT,
        "fontsize": "11",
        "fontcolor": theme.ink,
        "bgcolor": theme.paper,
    }


def default_lines(options: Options) -> list[str]:
    """Return the defaults of nodes and edges."""
    theme = THEMES[options.theme]
    node = {"shape": "box", "style": "filled,rounded", "fontname": FONT, "fontsize": "10", "height": "0.30", "width": "0.2", "margin": "0.12,0.04"}
    node |= {"penwidth": "1", "fontcolor": theme.ink, "label": ""}
    edge = {"fontname": FONT, "fontsize": "8", "fontcolor": theme.faint, "color": theme.line, "arrowsize": "0.55"}
    return [f"node {attributes(node)};", f"edge {attributes(edge)};"]


def box_attributes(box: Box, options: Options) -> dict[str, str]:
    """Return the attributes of a box."""
    theme = THEMES[options.theme]
    values = _look(box, theme, options.direction == "lr")
    if box.column:
        values["group"] = box.column
    if box.position is not None:
        values["pos"] = f"{box.position[0]:g},{box.position[1]:g}"
    if box.size is not None:
        values |= {"width": f"{box.size[0] / 72:.4g}", "height": f"{box.size[1] / 72:.4g}"}
    values["class"] = f"{box.kind} {box.family}"
    return values


def _look(box: Box, theme: Theme, vertical: bool) -> dict[str, str]:
    if box.kind == "point":
        return {"shape": "point", "width": "0.06", "fillcolor": theme.line, "color": theme.line}
    if box.kind == "dots":
        return {"shape": "plaintext", "style": "", "label": box_label(box, theme)}
    if box.kind == "bar" and box.ports:
        return {"shape": "plain", "style": "", "label": bar_label(box, theme, vertical)}
    fill, border = theme.families[box.family]
    if box.share is not None:
        fill = mix(theme.cold, theme.hot, box.share)
    colors = {"fillcolor": fill, "color": border}
    if box.kind == "merge":
        wide = "0.26" if len(box.text[0]) == 1 else "0.40"
        return {"shape": "ellipse", "fixedsize": "true", "width": wide, "height": "0.26", "margin": "0", "label": box.text[0], **colors}
    if box.aside:
        colors["color"] = theme.skip
    if box.times > 1:
        colors["peripheries"] = "2"
    return {"label": box_label(box, theme), **colors}


def wire_attributes(wire: Wire, boxes: Mapping[str, Box], options: Options) -> dict[str, str]:
    """Return the attributes of a wire."""
    theme = THEMES[options.theme]
    if wire.kind == "hidden":
        return {"style": "invis"}
    values = {"penwidth": f"{thickness(wire.channels):g}"}
    if wire.label:
        values["label"] = f"  {wire.label}"
    if wire.spline:
        values["pos"] = wire.spline
    if wire.middle:
        values["lp"] = f"{wire.middle[0]:.2f},{wire.middle[1]:.2f}"
    values |= _KINDS[wire.kind]
    if wire.kind == "skip":
        values |= {"color": theme.skip, "penwidth": f"{min(1.4, thickness(wire.channels)):g}", **_around(wire, options)}
    if wire.kind in ("side", "chain"):
        values |= {"color": theme.skip, "penwidth": f"{min(1.4, thickness(wire.channels)):g}"}
    if wire.kind == "chain":
        values |= _across(options)
    values |= _ports(wire, boxes, options)
    if boxes[wire.target].kind == "point":
        values["arrowhead"] = "none" if boxes[wire.target].name.startswith("in/") else "normal"
    values["class"] = wire.kind
    return values


_KINDS: Final[dict[str, dict[str, str]]] = {
    "trunk": {"weight": "20"},
    "bus": {"weight": "30"},
    "flow": {"weight": "2"},
    "skip": {"weight": "0", "style": "dashed"},
    "side": {"weight": "0"},
    "chain": {"weight": "0"},
}


def _around(wire: Wire, options: Options) -> dict[str, str]:
    """Return the sides of the boxes at which a skip leaves and enters."""
    side = ("w" if wire.west else "e") if options.direction == "tb" else ("n" if wire.west else "s")
    below = ("s" + side if options.direction == "tb" else side + "e") if wire.low and not wire.west else side
    return {"tailport": below, "headport": side}


def _across(options: Options) -> dict[str, str]:
    """Return the sides at which a wire from one column to the next leaves and enters."""
    return {"tailport": "e", "headport": "w"} if options.direction == "tb" else {"tailport": "s", "headport": "n"}


def _ports(wire: Wire, boxes: Mapping[str, Box], options: Options) -> dict[str, str]:
    """Return the ports of bars; wires at ports are straight."""
    out, into = ("s", "n") if options.direction == "tb" else ("e", "w")
    found = {"weight": "30"} if wire.tail >= 0 or wire.head >= 0 else {}
    if wire.tail >= 0:
        found["tailport"] = f"p{wire.tail}:{out}"
    elif wire.head >= 0:
        found["tailport"] = out
    if wire.head >= 0:
        found["headport"] = f"p{wire.head}:{into}"
    elif wire.tail >= 0:
        found["headport"] = into
    return found


def thickness(channels: int) -> float:
    """Return the width of a line: it grows with the logarithm of the channels.

    >>> thickness(16), thickness(64), thickness(2048)
    (0.8, 1.7, 3.95)
    """
    return round(min(4.5, max(0.8, 0.8 + 0.45 * (log2(max(1, channels)) - 4))), 2)


def panel_lines(panel: Panel, options: Options, numbered: bool = False) -> list[str]:
    """Return the statements of a panel: boxes in their plates, rows, wires; these with their numbers where a layout is to be read back."""
    boxes = {box.name: box for box in panel.boxes}
    lines = _plate_lines(panel, "", options)
    lines += [row_line(row) for row in panel.rows]
    for number, wire in enumerate(panel.wires):
        values = wire_attributes(wire, boxes, options)
        lines.append(edge_line(wire.source, wire.target, values | {"id": str(number)} if numbered else values))
    return lines


def _plate_lines(panel: Panel, around: str, options: Options) -> list[str]:
    lines = [node_line(box.name, box_attributes(box, options)) for box in panel.boxes if box.plate == around]
    for plate in panel.plates:
        if plate.parent == around:
            lines.append(f"subgraph {quote('cluster_' + plate.name)} {{")
            lines += [f"  {line}" for line in [f"graph {attributes(plate_attributes(plate, options))};", *_plate_lines(panel, plate.name, options)]]
            lines.append("}")
    return lines


def plate_attributes(plate: Plate, options: Options) -> dict[str, str]:
    """Return the attributes of a plate."""
    theme = THEMES[options.theme]
    times = f' <FONT COLOR="{theme.accent}"><B>×{plate.times}</B></FONT>' if plate.times > 1 else ""
    words = [f"<B>{escape(plate.title)}</B>"] if plate.title else []
    label = Html("  ".join([*words, escape(plate.text)]) + times)
    return {"label": label, "labeljust": "l", "style": "rounded", "color": theme.accent, "bgcolor": theme.panel, "margin": "12"}


def panel_text(panel: Panel, options: Options) -> str:
    """Return a panel as a graph of its own, which is what is laid out."""
    options = turned(panel, options)
    theme = THEMES[options.theme]
    values = graph_attributes(options)
    if panel.title or panel.note:
        values |= {"label": title_label(panel.title, panel.note, theme), "labelloc": "t", "labeljust": "l"}
    lines = [f"graph {attributes(values)};", *default_lines(options), *panel_lines(panel, options, numbered=True)]
    return f"digraph {quote(panel.name)} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def view_text(view: View, options: Options) -> str:
    """Return a whole view as one graph, each panel beside the network a cluster."""
    view = plain_view(view)
    lines = [f"graph {attributes(graph_attributes(options) | {'compound': 'true'})};", *default_lines(options)]
    for number, panel in enumerate(view.panels):
        shown = prefixed(panel, number)
        lines += _cluster(number, shown, options) if panel.framed or panel.title or panel.note else panel_lines(shown, options)
    lines += [_link_line(view, link, options) for link in view.links]
    return f"digraph {quote(view.title)} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _link_line(view: View, link: Link, options: Options) -> str:
    """Return the statement of the dotted line from a box to the cluster that shows its inside."""
    number = {panel.name: index for index, panel in enumerate(view.panels)}
    source, target = number[link.panel], number[link.target]
    head = prefixed(view.panels[target], target).boxes[0].name
    values = {"style": "dotted", "color": THEMES[options.theme].accent, "arrowhead": "none", "constraint": "false", "lhead": f"cluster_{target}"}
    return edge_line(f"{source}/{link.box}" if source else link.box, head, values)


def _cluster(number: int, panel: Panel, options: Options) -> list[str]:
    inner = [f"graph {attributes(frame_attributes(panel, options))};", *panel_lines(panel, options)]
    return [f"subgraph cluster_{number} {{", *(f"  {line}" for line in inner), "}"]


def frame_attributes(panel: Panel, options: Options) -> dict[str, str]:
    """Return the attributes of the frame around a panel."""
    theme = THEMES[options.theme]
    values = {"label": title_label(panel.title, panel.note, theme), "labeljust": "l"}
    if not panel.framed:
        return {**values, "style": "", "peripheries": "0"}
    return {**values, "style": "rounded,dashed", "color": theme.accent, "bgcolor": theme.panel, "margin": "14"}
