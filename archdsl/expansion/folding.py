"""Joins of joins become one while the graph is built (FractalNet, arXiv:1605.07648)."""

from __future__ import annotations

from dataclasses import replace

from archdsl.ir.graph import Graph, Node


def fold_joins(graph: Graph) -> Graph:
    """Make a join that feeds straight and only into a join of the same group part of it.

    The mean is then over all columns at once, not a mean of means: folding later would change the function.
    """
    if not any(node.op.name == "join" for node in graph.nodes):
        return graph
    consumers = graph.consumers()
    folded: dict[Node, tuple[Node, ...]] = {}
    made: dict[Node, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs: list[Node] = []
        for operand in node.inputs:
            inputs.extend(folded[operand] if operand in folded else (made[operand],))
        users = consumers[node]
        joins_on = node.op.name == "join" and len(users) == 1 and _same_group(node, users[0]) and node not in graph.outputs
        if joins_on:
            folded[node] = tuple(inputs)
            continue
        same = len(inputs) == len(node.inputs) and all(new is old for new, old in zip(inputs, node.inputs))
        made[node] = node if same else replace(node, inputs=tuple(inputs))
        nodes.append(made[node])
    return Graph(graph.name, tuple(nodes), graph.inputs, tuple(made[node] for node in graph.outputs))


def _same_group(node: Node, user: Node) -> bool:
    return user.op.name == "join" and getattr(user.op, "group", "") == getattr(node.op, "group", "")
