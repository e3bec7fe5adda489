"""archdsl: neural networks as YAML graphs of branch, merge and skip.

>>> import archdsl
>>> arch = archdsl.load('''
... archdsl: 1
... input: [3, 32, 32]
... net: [{conv: {out_channels: 16, kernel_size: 3}}, relu, global_avg_pool, {linear: 10}]
... ''')
>>> [node.name for node in arch.graph.nodes]
['input', 'conv', 'relu', 'global_avg_pool', 'linear']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from archdsl.errors import ArchError, Diagnostic, ExpansionError, MissingDependencyError, SourceError, SpecError, UsageError
from archdsl.extras import missing_dependency
from archdsl.showing import draw_with

if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost, analyze
    from archdsl.expansion.architecture import Architecture, load
    from archdsl.ir.graph import Graph, Node

__all__ = [
    "ArchError",
    "Architecture",
    "Cost",
    "Diagnostic",
    "ExpansionError",
    "Graph",
    "MissingDependencyError",
    "Node",
    "SourceError",
    "SpecError",
    "UsageError",
    "analyze",
    "load",
]
__version__ = "0.1.0"

_LAZY = {
    "load": ("archdsl.expansion.architecture", "load"),
    "Architecture": ("archdsl.expansion.architecture", "Architecture"),
    "analyze": ("archdsl.analysis.cost", "analyze"),
    "Cost": ("archdsl.analysis.cost", "Cost"),
    "Graph": ("archdsl.ir.graph", "Graph"),
    "Node": ("archdsl.ir.graph", "Node"),
    "compile": ("archdsl.backend.compiling", "compile_architecture"),
    "optimize": ("archdsl.backend.optimizing", "optimize"),
    "compare": ("archdsl.analysis.comparison", "compare"),
    "lint": ("archdsl.principles.report", "lint"),
    "render": ("archdsl.rendering", "render"),
    "Space": ("archdsl.searching.space", "Space"),
    "sample": ("archdsl.searching.sampling", "sample"),
    "train": ("archdsl.training", "train"),
    "evaluate": ("archdsl.training", "evaluate"),
    "search": ("archdsl.searching.study", "search"),
    "predict": ("archdsl.training", "predict"),
    "cam": ("archdsl.training", "cam"),
}
"""Names that are imported when they are first asked for, so that a command loads only what it needs."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module `archdsl` has no attribute `{name}`")
    module, attribute = _LAZY[name]
    try:
        found = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


def _draw(network: Any) -> dict[str, str]:
    from archdsl.rendering.notebook import bundle_of_network

    return bundle_of_network(network)


draw_with(_draw)
