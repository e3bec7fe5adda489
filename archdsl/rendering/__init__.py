"""Pictures of networks: a view of the graph, its text, and files."""

from archdsl.rendering.drawing import FORMATS, dot_text, render, render_pair, svg_text
from archdsl.rendering.options import Options

__all__ = ["FORMATS", "Options", "dot_text", "render", "render_pair", "svg_text"]
