"""Sums of sums become one."""

from __future__ import annotations

from archdsl.ir.graph import Graph, Node
from archdsl.passes.drop_dead import with_owners


def fold_sums(graph: Graph) -> Graph:
    """Make a sum that is only a term of another sum part of it.

    Requires: a well-formed graph. Ensures: no sum feeds only another sum of its shape; the function is the same but for the order of rounding.

    1. An `add` of equal shapes whose only user is an `add` of the same shape goes; its terms stand in its place.

    A `join` is not folded here: a mean of means is another function. Joins fold only while the graph is built.

    >>> from archdsl.ir.text import parse_graph, print_graph
    >>> print(print_graph(fold_sums(parse_graph('''graph "g"
    ... x = input() : vector(4)
    ... y = relu(x) : vector(4)
    ... inner = add(x, y) : vector(4)
    ... sum = add(inner, x) : vector(4)
    ... output sum
    ... '''))))
    graph "g"
    x = input() : vector(4)
    y = relu(x) : vector(4)
    sum = add(x, y, x) : vector(4)
    output sum
    <BLANKLINE>
    """
    sums = [node for node in graph.nodes if node.op.name == "add" and is_sum(node)]
    if not any(operand.op.name == "add" for node in sums for operand in node.inputs):
        return graph
    consumers = graph.consumers()
    outputs = set(graph.outputs)
    folded: dict[Node, tuple[Node, ...]] = {}
    made: dict[Node, Node] = {}
    for node in graph.nodes:
        inputs = tuple(new for operand in node.inputs for new in folded.get(operand) or (made[operand],))
        users = consumers[node]
        if node not in outputs and is_sum(node) and len(users) == 1 and is_sum(users[0]) and users[0].shape == node.shape:
            folded[node] = inputs
            continue
        same = len(inputs) == len(node.inputs) and all(new is old for new, old in zip(inputs, node.inputs))
        made[node] = node if same else node.taking(inputs)
    if not folded:
        return graph
    inputs = tuple(made[node] for node in graph.inputs)
    return with_owners(Graph(graph.name, tuple(made.values()), inputs, tuple(made[node] for node in graph.outputs)))


def is_sum(node: Node) -> bool:
    """Tell whether a node is a sum of values of one shape."""
    return node.op.name == "add" and all(operand.shape == node.shape for operand in node.inputs)
