"""A residual network as an ensemble of its paths (Veit et al., arXiv:1605.06431).

With n modules that can be passed or gone around there are 2^n paths, and how many modules a path passes is spread like the heads of n coins. Of 54
modules, 98.0 % of the paths pass 19 to 35; the paths through 5 to 17, which carry nearly all of the gradient there, are 0.4537 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from archdsl.analysis.paths import Paths, count_paths
from archdsl.ir.graph import Graph

MIDDLE = (0.35, 0.65)
"""The shares of all modules between which nearly all paths lie: 19 to 35 of 54."""

SHORT = (0.1, 1 / 3)
"""The shares of all modules that the paths with the gradient pass, the upper one not included: 5 to 17 of 54."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The paths of a network counted by the modules that they pass.

    Attributes:
        modules: How many modules the longest path passes.
        middle: The lengths around the half, both ends included.
        short: The lengths of short paths, both ends included.
        paths: All lengths.
    """

    modules: int
    middle: tuple[int, int]
    short: tuple[int, int]
    paths: Paths

    def as_dict(self) -> dict[str, Any]:
        """Return the view as plain data."""
        ranges = {"middle": self.middle, "short": self.short}
        return {
            "modules": self.modules,
            **{name: {"from": low, "to": high, "share": self.paths.share(low, high)} for name, (low, high) in ranges.items()},
        }


def ensemble_of(graph: Graph) -> Ensemble | None:
    """Return the ensemble view of a network, or None when it has not at least two bodies that skips lead around, one after the other.

    >>> import archdsl
    >>> view = ensemble_of(archdsl.load("resnet110-cifar").graph)
    >>> view.middle, f"{view.paths.share(*view.middle):.1%}", view.short, f"{view.paths.share(*view.short):.4%}"
    ((19, 35), '98.0%', (5, 17), '0.4537%')
    """
    if not any(node.group is not None and any(group.kind == "skip" for group in node.group.chain()) for node in graph.nodes):
        return None
    paths = count_paths(graph, "skip")
    modules = paths.longest
    if modules < 2:
        return None
    middle = (min(ceil(MIDDLE[0] * modules), modules // 2), max(floor(MIDDLE[1] * modules), -(-modules // 2)))
    short = (floor(SHORT[0] * modules), ceil(SHORT[1] * modules) - 1)
    return Ensemble(modules, middle, short, paths)
