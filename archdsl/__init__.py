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
from typing import Any

from archdsl.analysis.cost import Cost, analyze
from archdsl.errors import ArchError, Diagnostic, ExpansionError, MissingDependencyError, SourceError, SpecError, UsageError
from archdsl.expansion.architecture import Architecture, load
from archdsl.extras import missing_dependency
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
    "compile": ("archdsl.backend.compiling", "compile_architecture"),
    "render": ("archdsl.rendering", "render"),
    "train": ("archdsl.training", "train"),
    "evaluate": ("archdsl.training", "evaluate"),
}
"""Functions that need heavy packages, imported when they are first asked for."""


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
