"""Networks in notebooks: the picture, and one line of text."""

from __future__ import annotations

from archdsl.analysis.cost import analyze
from archdsl.errors import ArchError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.drawing import svg_text
from archdsl.rendering.labels import dims
from archdsl.rendering.picturing import graphs_of
from archdsl.showing import Bundle


def bundle_of_network(network: Architecture | Graph) -> Bundle:
    """Return a network by media type: its picture, where Graphviz is there, and a line that says what it is.

    >>> import archdsl
    >>> arch = archdsl.load("{archdsl: 1, name: tiny, input: [3, 8, 8], net: [{conv: 4}, relu]}")
    >>> bundle_of_network(arch)["text/plain"]
    'tiny: 3×8×8 to 4×8×8, 12 parameters, 768 multiply-adds'
    """
    shown = {"text/plain": _text(network)}
    try:
        return {**shown, "image/svg+xml": svg_text(network)} if graphs_of(network) else shown
    except ArchError as error:
        return {"text/plain": f"{shown['text/plain']}\n{error.diagnostics[0].message}: {error.diagnostics[0].help}"}


def _text(network: Architecture | Graph) -> str:
    lines = [f"{'.'.join(word for word in (network.name, name) if word)}: {_line(graph)}" for name, graph in graphs_of(network).items()]
    return "\n".join(lines) or f"{network.name}: a library of blocks"


def _line(graph: Graph) -> str:
    cost = analyze(graph)
    inputs, outputs = (", ".join(dims(node.shape) for node in nodes) for nodes in (graph.inputs, graph.outputs))
    return f"{inputs} to {outputs}, {cost.params:,} parameters, {cost.macs:,} multiply-adds"
