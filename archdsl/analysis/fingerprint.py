"""A name for the structure of a graph, and the exact test that confirms it.

Two graphs that compute the same in the same way have the same fingerprint, whatever their nodes are called, in which order the terms of sums stand,
with whatever dead parts. It is a hash: graphs that differ get different ones but for chance and for rare symmetric cases, so where it matters equal
fingerprints are confirmed by :func:`is_isomorphic`.
"""

from __future__ import annotations

import json
from hashlib import blake2b

from archdsl.ir.graph import Graph, Node
from archdsl.passes.canonicalize import canonicalize


def fingerprint(graph: Graph) -> str:
    """Return 32 hexadecimal digits that stand for the structure of a graph.

    Two convolutions with weights of their own are never taken for one that is used twice.

    >>> import archdsl
    >>> def of(net): return fingerprint(archdsl.load(f"{{archdsl: 1, input: [4, 8, 8], net: {net}}}").graph)
    >>> of("[{skip: [{conv: 4, as: a}]}]") == of("[{branch: {paths: [[{conv: 4}, identity], []], merge: add}}]")
    True
    >>> of("[{conv: 4, as: c}, {merge: add, from: [c, c]}]") == of("[{branch: {times: 2, path: [{conv: 4}], merge: add}}]")
    False
    """
    return structure(canonicalize(graph))


def structure(graph: Graph) -> str:
    """Return the fingerprint of a graph as it stands, without dropping what changes nothing."""
    marks = {node: label(node) for node in graph.nodes}
    outputs = {node: position for position, node in enumerate(graph.outputs)}
    consumers = _uses(graph)
    modules = _users_of_modules(graph)
    for _ in range(2):
        marks = _refined(graph, marks, consumers, outputs)
        marks = {node: _hash(marks[node], *sorted(marks[other] for other in modules.get(node, ()))) for node in graph.nodes}
    inputs = [marks[node] for node in graph.inputs]
    return _hash(*inputs, *sorted(marks.values()), *(marks[node] for node in graph.outputs))


def label(node: Node) -> str:
    """Return what a node does, apart from its place in the graph: the op with its fields but for ``init``, and the sizes."""
    fields = {name: value for name, value in node.op.changed().items() if name != "init"}
    return f"{node.op.name}{json.dumps(fields, sort_keys=True, default=str)}{node.shape.kind}{node.shape.dims}"


def _uses(graph: Graph) -> dict[Node, list[tuple[Node, int]]]:
    """Return for every node its users, each with the position at which it is taken; -1 where positions do not matter."""
    found: dict[Node, list[tuple[Node, int]]] = {node: [] for node in graph.nodes}
    for node in graph.nodes:
        for position, operand in enumerate(node.inputs):
            found[operand].append((node, -1 if node.op.commutes else position))
    return found


def _users_of_modules(graph: Graph) -> dict[Node, list[Node]]:
    """Return for every node that shares its parameters those that share them too."""
    users: dict[str, list[Node]] = {}
    for node in graph.nodes:
        users.setdefault(node.module, []).append(node)
    return {node: nodes for nodes in users.values() if len(nodes) > 1 for node in nodes}


def _refined(graph: Graph, marks: dict[Node, str], uses: dict[Node, list[tuple[Node, int]]], outputs: dict[Node, int]) -> dict[Node, str]:
    """Return marks that tell what leads to a node and what follows it."""
    above: dict[Node, str] = {}
    for node in graph.nodes:
        operands = [above[operand] for operand in node.inputs]
        above[node] = _hash(marks[node], *(sorted(operands) if node.op.commutes else operands))
    below: dict[Node, str] = {}
    for node in reversed(graph.nodes):
        users = sorted(f"{below[user]}{position}" for user, position in uses[node])
        below[node] = _hash(above[node], str(outputs.get(node, "")), *users)
    return below


def _hash(*parts: str) -> str:
    return blake2b("|".join(parts).encode(), digest_size=16).hexdigest()


def is_isomorphic(left: Graph, right: Graph) -> bool:
    """Tell exactly whether two graphs have the same structure: the same ops on the same operands, and the same sharing of parameters."""
    import networkx  # noqa: PLC0415 (its import takes longer than most commands)
    from networkx.algorithms.isomorphism import DiGraphMatcher  # noqa: PLC0415

    if len(left.nodes) != len(right.nodes):
        return False
    graphs: list[networkx.DiGraph] = [as_networkx(left), as_networkx(right)]
    matcher = DiGraphMatcher(*graphs, node_match=lambda a, b: a["label"] == b["label"], edge_match=lambda a, b: a["taken"] == b["taken"])
    return bool(matcher.is_isomorphic())


def as_networkx(graph: Graph) -> object:
    """Return the structure as a directed graph: a node's ``label`` says what it does, an edge's ``taken`` at which positions a value is used."""
    import networkx  # noqa: PLC0415

    found = networkx.DiGraph()
    inputs = {node: position for position, node in enumerate(graph.inputs)}
    outputs: dict[Node, list[int]] = {}
    for position, node in enumerate(graph.outputs):
        outputs.setdefault(node, []).append(position)
    for node in graph.nodes:
        found.add_node(node, label=(label(node), inputs.get(node), tuple(outputs.get(node, ()))))
    for node in graph.nodes:
        taken: dict[Node, list[int]] = {}
        for position, operand in enumerate(node.inputs):
            taken.setdefault(operand, []).append(-1 if node.op.commutes else position)
        for operand, positions in taken.items():
            found.add_edge(operand, node, taken=tuple(positions))
    for node, others in _users_of_modules(graph).items():
        owner = others[0]
        found.add_node(("module", owner), label="shared module")
        found.add_edge(("module", owner), node, taken="shared")
    return found
