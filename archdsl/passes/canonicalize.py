"""The canonical form: what is left when everything that changes nothing is gone."""

from __future__ import annotations

from collections.abc import Callable

from archdsl.ir.graph import Graph
from archdsl.passes.drop_dead import drop_dead
from archdsl.passes.drop_identities import drop_identities
from archdsl.passes.drop_zeros import drop_zeros
from archdsl.passes.fold_sums import fold_sums

Pass = Callable[[Graph], Graph]
"""A pass takes a well-formed graph and gives a well-formed graph of the same function: the graph itself where there is nothing to change."""

CANONICAL: tuple[Pass, ...] = (drop_dead, drop_zeros, drop_identities, fold_sums, drop_dead)
"""The passes in order. Adding one is a file and an entry here."""


def canonicalize(graph: Graph, passes: tuple[Pass, ...] = CANONICAL) -> Graph:
    """Apply passes until none changes anything.

    >>> from archdsl.ir.text import parse_graph, print_graph
    >>> print(print_graph(canonicalize(parse_graph('''graph "g"
    ... x = input() : vector(4)
    ... none = zero(x) : vector(4)
    ... sum = add(none, x) : vector(4)
    ... y = relu(sum) : vector(4)
    ... output y
    ... '''))))
    graph "g"
    x = input() : vector(4)
    y = relu(x) : vector(4)
    output y
    <BLANKLINE>
    """
    while True:
        changed = graph
        for each in passes:
            changed = each(changed)
        if changed is graph:
            return graph
        graph = changed
