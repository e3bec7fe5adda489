"""Fingerprints of drawn networks: names, the order of nodes and the order of commuting operands do not matter."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.analysis.fingerprint import fingerprint, is_isomorphic
from archdsl.ir.graph import Graph, Node
from tests.strategies import texts


def shuffled(graph: Graph, random: Random) -> Graph:
    """Return a graph of the same structure: other names, another order of the nodes, and of operands where they commute."""
    names = {node.name: f"n{number}" for number, node in enumerate(random.sample(graph.nodes, len(graph.nodes)))}
    made: dict[Node, Node] = {}
    waiting = list(graph.nodes)
    while waiting:
        ready = [node for node in waiting if all(operand in made for operand in node.inputs) and _owner_is_made(node, made)]
        node = random.choice(ready)
        waiting.remove(node)
        inputs = [made[operand] for operand in node.inputs]
        if node.op.commutes:
            random.shuffle(inputs)
        made[node] = replace(node, name=names[node.name], module=names[node.module], inputs=tuple(inputs))
    return Graph("other", tuple(made.values()), tuple(made[node] for node in graph.inputs), tuple(made[node] for node in graph.outputs))


def _owner_is_made(node: Node, made: dict[Node, Node]) -> bool:
    return node.owns_module or any(each.name == node.module for each in made)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts(), st.randoms(use_true_random=False))
def test_names_and_orders_do_not_matter(text: str, random: Random) -> None:
    graph = archdsl.load(text).graph
    other = shuffled(graph, random)
    other.verify()
    assert fingerprint(other) == fingerprint(graph)
    assert is_isomorphic(other, graph)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts(), st.randoms(use_true_random=False))
def test_another_op_matters(text: str, random: Random) -> None:
    """A live activation that becomes another one gives another fingerprint."""
    graph = archdsl.load(text).graph
    live = graph.live()
    chosen = [node for node in graph.nodes if node.op.name in ("relu", "tanh", "sigmoid", "gelu", "silu") and node in live]
    if not chosen:
        return
    target = random.choice(chosen)
    other = archdsl.load("{archdsl: 1, input: [4], net: [hardswish]}").graph.nodes[1].op
    made: dict[Node, Node] = {}
    for node in graph.nodes:
        op = other if node is target else node.op
        made[node] = replace(node, op=op, inputs=tuple(made[operand] for operand in node.inputs))
    changed = Graph(graph.name, tuple(made.values()), tuple(made[node] for node in graph.inputs), tuple(made[node] for node in graph.outputs))
    assert fingerprint(changed) != fingerprint(graph) or not _reaches_without_zeros(target, graph)


def _reaches_without_zeros(target: Node, graph: Graph) -> bool:
    """Tell whether the node is still there in canonical form: what is multiplied by nothing, or zero, may be gone."""
    from archdsl.passes.canonicalize import canonicalize

    return any(node.name == target.name for node in canonicalize(graph).nodes)
