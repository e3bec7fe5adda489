"""Dead nodes go."""

from __future__ import annotations

from dataclasses import replace

from archdsl.ir.graph import Graph, Node


def drop_dead(graph: Graph) -> Graph:
    """Drop the nodes that no output depends on; the inputs stay.

    Requires: a well-formed graph. Ensures: every node but an input reaches an output; the function is the same.

    1. A node that is not on a way to an output goes.
    2. Where the owner of shared parameters goes, the first node left that borrows them owns them.

    >>> from archdsl.ir.text import parse_graph, print_graph
    >>> print(print_graph(drop_dead(parse_graph('''graph "g"
    ... x = input() : vector(4)
    ... unused = linear(x) {"out_features": 9} : vector(9)
    ... y = relu(x) : vector(4)
    ... output y
    ... '''))))
    graph "g"
    x = input() : vector(4)
    y = relu(x) : vector(4)
    output y
    <BLANKLINE>
    """
    live = graph.live()
    if len(live) == len(graph.nodes):
        return graph
    return with_owners(Graph(graph.name, tuple(node for node in graph.nodes if node in live), graph.inputs, graph.outputs))


def with_owners(graph: Graph) -> Graph:
    """Give every shared module whose owner is gone, or does something else now, to the first node that uses it."""
    borrowed = {node.module for node in graph.nodes if not node.owns_module}
    owners = {node.name: node.op for node in graph.nodes if node.name in borrowed}
    if all(node.owns_module or owners.get(node.module) == node.op for node in graph.nodes):
        return graph
    heirs: dict[str, str] = {}
    made: dict[Node, Node] = {}
    for node in graph.nodes:
        owned = node.owns_module or owners.get(node.module) == node.op
        module = node.module if owned else heirs.setdefault(node.module, node.name)
        made[node] = replace(node, module=module, inputs=tuple(made[operand] for operand in node.inputs))
    return Graph(graph.name, tuple(made.values()), tuple(made[node] for node in graph.inputs), tuple(made[node] for node in graph.outputs))
