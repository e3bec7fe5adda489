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

from archdsl.errors import ArchError, Diagnostic, ExpansionError, SourceError, SpecError, UsageError
from archdsl.expansion.architecture import Architecture, load
from archdsl.ir.graph import Graph, Node

__all__ = ["ArchError", "Architecture", "Diagnostic", "ExpansionError", "Graph", "Node", "SourceError", "SpecError", "UsageError", "load"]
__version__ = "0.1.0"
