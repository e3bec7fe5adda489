"""Nodes that give their operand back go."""

from __future__ import annotations

from archdsl.ir.graph import Graph, Node, rebuild
from archdsl.passes.drop_dead import with_owners


def drop_identities(graph: Graph) -> Graph:
    """Drop every node that gives its only operand back as it is, in training and in evaluation.

    Requires: a well-formed graph. Ensures: no op of the graph says :meth:`Op.is_identity` of its operands; the function is the same.

    1. A node whose op is an identity on its operand goes; its users take the operand.
    2. So does a merge of a single value.

    >>> from archdsl.ir.text import parse_graph, print_graph
    >>> print(print_graph(drop_identities(parse_graph('''graph "g"
    ... x = input() : vector(4)
    ... same = dropout(x) {"p": 0} : vector(4)
    ... sum = add(same) : vector(4)
    ... y = relu(sum) : vector(4)
    ... output y
    ... '''))))
    graph "g"
    x = input() : vector(4)
    y = relu(x) : vector(4)
    output y
    <BLANKLINE>
    """
    replaced: dict[Node, Node] = {}
    for node in graph.nodes:
        if len(node.inputs) == 1 and node.op.is_identity(*node.shapes()):
            replaced[node] = node.inputs[0]
    if not replaced:
        return graph
    return with_owners(rebuild(graph, [node for node in graph.nodes if node not in replaced], replaced))
