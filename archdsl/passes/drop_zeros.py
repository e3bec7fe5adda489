"""Zeros are followed, and their terms go."""

from __future__ import annotations

from dataclasses import replace

from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Op
from archdsl.ops.layout import Zero
from archdsl.passes.drop_dead import with_owners


def drop_zeros(graph: Graph) -> Graph:
    """Drop terms that are zero from sums, and compute nothing from zeros.

    Requires: a well-formed graph. Ensures: no sum has a term that is known to be zero, unless all are; the function is the same.

    1. A value is zero when its op is `zero`, when the op keeps zeros and all operands are zero, or when it is a product with a zero.
    2. A term of a sum that is zero goes, as long as what is left has the shape of the sum.
    3. A node whose value is zero goes for an operand of its own shape that is a `zero`; one that has not the op `zero` and no such operand becomes
       a `zero` of an operand of its own shape, where it has one. Of the zeros of one value one is left.

    >>> from archdsl.ir.text import parse_graph, print_graph
    >>> print(print_graph(drop_zeros(parse_graph('''graph "g"
    ... x = input() : vector(4)
    ... none = zero(x) : vector(4)
    ... y = relu(x) : vector(4)
    ... sum = add(none, y, x) : vector(4)
    ... output sum
    ... '''))))
    graph "g"
    x = input() : vector(4)
    none = zero(x) : vector(4)
    y = relu(x) : vector(4)
    sum = add(y, x) : vector(4)
    output sum
    <BLANKLINE>
    """
    if not any(node.op.gives_zero for node in graph.nodes):
        return graph
    zeros: set[Node] = set()
    made: dict[Node, Node] = {}
    known: dict[Node, Node] = {}
    listed: set[Node] = set()
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = tuple([made[operand] for operand in node.inputs])
        if _is_zero(node, zeros):
            zeros.add(node)
            made[node] = _zero(node, inputs, known)
        else:
            made[node] = _changed(node, _terms(node, inputs, zeros) if node.op.name == "add" else inputs)
        if made[node] not in listed:
            listed.add(made[node])
            nodes.append(made[node])
    if len(nodes) == len(graph.nodes) and all(new is old for new, old in zip(nodes, graph.nodes)):
        return graph
    return with_owners(Graph(graph.name, tuple(nodes), graph.inputs, tuple(made[node] for node in graph.outputs)))


def zero_values(graph: Graph) -> set[Node]:
    """Return the nodes whose values are known to be zero."""
    zeros: set[Node] = set()
    if any(node.op.gives_zero for node in graph.nodes):
        for node in graph.nodes:
            if _is_zero(node, zeros):
                zeros.add(node)
    return zeros


def _is_zero(node: Node, zeros: set[Node]) -> bool:
    if node.op.gives_zero:
        return True
    if not node.inputs:
        return False
    if node.op.name == "mul" and any(operand in zeros for operand in node.inputs):
        return True
    return keeps_zero(node.op) and all(operand in zeros for operand in node.inputs)


def keeps_zero(op: Op) -> bool:
    """Tell whether an op gives zeros for zeros, with the fields that it has."""
    return op.keeps_zero or (op.family in ("conv", "linear") and not getattr(op, "bias", True))


def _zero(node: Node, inputs: tuple[Node, ...], known: dict[Node, Node]) -> Node:
    """Return the node for a value that is zero; ``known`` are those that were made, by the value of which they are a zero."""
    alike = [operand for operand in inputs if operand.shape == node.shape]
    zero = next((operand for operand in alike if operand.op.gives_zero), None) or known.get(alike[0] if alike else node)
    if zero is not None:
        return zero
    made = _changed(node, inputs) if node.op.gives_zero or not alike else replace(node, op=Zero(), inputs=(alike[0],), module=node.name)
    if made.op.gives_zero:
        known[made.inputs[0]] = made
    return made


def _terms(node: Node, inputs: tuple[Node, ...], zeros: set[Node]) -> tuple[Node, ...]:
    left = tuple(new for new, old in zip(inputs, node.inputs) if old not in zeros)
    return left if left and any(operand.shape == node.shape for operand in left) else inputs


def _changed(node: Node, inputs: tuple[Node, ...]) -> Node:
    same = len(inputs) == len(node.inputs) and all(new is old for new, old in zip(inputs, node.inputs))
    return node if same else node.taking(inputs)
