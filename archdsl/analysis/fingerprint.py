"""Fingerprints: what two networks of the same structure have in common.

Two graphs that compute the same in the same way have the same fingerprint, whatever their nodes are called, in which order the terms of sums stand,
and what changes nothing in them. A fingerprint is a hash of a form that is refined until it tells apart all that it can: equal fingerprints are
confirmed by :func:`is_isomorphic`.

The form has a token for every stretch of the graph between two cuts, values through which everything flows. The token of a single node says what it
does, that of a stretch with branches is the hash of its refined form, in which nodes in a row count as one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from archdsl.analysis.refining import Item, is_settled, rows_of
from archdsl.ir.graph import Graph, Node
from archdsl.ops.base import Op
from archdsl.ops.shape import Shape
from archdsl.passes.canonicalize import canonicalize

Spell = Callable[[Node], tuple[str, ...]]
"""What the token of a node is; several for a node that stands for nodes in a row."""

Stretches = list[list[Node]] | None
"""The stretches between the cuts of a graph, each with the cut that ends it."""

KEPT = 20_000
"""The texts of so many ops are remembered."""
KEPT_ROWS = 500
"""For one outline so many ways to put words on it are remembered."""


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
    return digest(tokens(graph))


def digest(found: Sequence[str]) -> str:
    """Return the fingerprint of a graph of these tokens."""
    return blake2b("\n".join(found).encode(), digest_size=16).hexdigest()


def words_of(op: Op) -> tuple[str]:
    """Return what an op does: its name, and its fields but for ``init``; as the words of a token."""
    known = _texts.get(id(op))
    if known is not None:
        return known[1]
    if len(_texts) >= KEPT:
        _texts.clear()
    fields = {name: value for name, value in op.changed().items() if name != "init"}
    words = (op.name + (json.dumps(fields, sort_keys=True, default=str) if fields else ""),)
    _texts[id(op)] = (op, words)  # with the op itself, so that its id is not given to another
    return words


_texts: dict[int, tuple[Op, tuple[str]]] = {}


def spell(node: Node) -> tuple[str, ...]:
    """Return what a node does, in one token; what is not computed has its shape."""
    return words_of(node.op) if node.inputs else (label(node),)


def tokens(graph: Graph, spell: Spell = spell, found: Stretches = None) -> tuple[str, ...]:
    """Return the tokens of a graph, from its input to its output; one for the whole graph where nothing cuts it.

    ``found`` is what :func:`stretches` returned, if it is known already.
    """
    found = stretches(graph) if found is None else found
    if found is None:
        return (_whole(graph, spell),)
    listed = [*spell(graph.inputs[0])]
    entry = graph.inputs[0]
    for nodes in found:
        listed += spell(nodes[0]) if is_step(nodes) else [outline_of(entry, nodes).token([spell(node) for node in nodes])]
        entry = nodes[-1]
    return tuple(listed)


def is_step(nodes: Sequence[Node]) -> bool:
    """Tell whether a stretch is a single node on a single value, whose words stand for themselves."""
    return len(nodes) == 1 and len(nodes[0].inputs) == 1


def stretches(graph: Graph) -> Stretches:
    """Return the stretches between the cuts of a graph, each with the cut that ends it; None where it has not one input, through which
    everything flows to one output.

    A cut is a value that every way from the input to the output passes, with no weights shared around it.
    """
    position = {node: number for number, node in enumerate(graph.nodes)}
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or any(not node.inputs for node in graph.nodes[1:]) or graph.nodes[0].inputs:
        return None
    last = list(range(len(graph.nodes)))
    for number, node in enumerate(graph.nodes):
        for operand in node.inputs:
            last[position[operand]] = number
    end = position[graph.outputs[0]]
    if any(use == number != end for number, use in enumerate(last)) or last[end] != end:
        return None
    shared: dict[int, int] = {}
    for users in _users_of_modules(graph).values():
        shared[position[users[0]]] = position[users[-1]]
    found: list[list[Node]] = []
    reach, begun = last[0], 1
    for number in range(1, len(graph.nodes)):
        reach = max(reach, shared.get(number, 0))
        if reach <= number:
            found.append(list(graph.nodes[begun : number + 1]))
            begun = number + 1
        reach = max(reach, last[number])
    return found


@dataclass(frozen=True, slots=True)
class Outline:
    """How the nodes of a stretch hang together, whatever they do: its token is this and their words.

    Attributes:
        members: For each item the nodes in it, by their place in the stretch.
        items: The items, without words.
        output: The item that the stretch ends with.
        known: What the items look like, by the places of their words among all words.
    """

    members: tuple[tuple[int, ...], ...]
    items: tuple[Item, ...]
    output: int
    known: dict[tuple[int, ...], str] = field(default_factory=dict, compare=False, repr=False)

    def is_settled(self, words: Sequence[tuple[str, ...]]) -> bool:
        """Tell whether no other stretch has the same token."""
        said = self._said(words)
        return is_settled(tuple([Item(words, *item[1:]) for words, item in zip(said, self.items)]), (self.output,))

    def _said(self, words: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        return [words[nodes[0]] if len(nodes) == 1 else sum([words[node] for node in nodes], ()) for nodes in self.members]

    def token(self, words: Sequence[tuple[str, ...]]) -> str:
        """Return the token of the stretch, whose nodes do what the words say."""
        said = self._said(words)
        vocabulary = sorted(set(said))
        place = {words: number for number, words in enumerate(vocabulary)}
        places = tuple([place[words] for words in said])
        rows = self.known.get(places)
        if rows is None:
            if len(self.known) >= KEPT_ROWS:
                self.known.clear()
            items = tuple([Item(words, *item[1:]) for words, item in zip(places, self.items)])
            rows = self.known[places] = rows_of(items, (self.output,))
        return _hash(vocabulary, rows)


def outline_of(entry: Node, nodes: Sequence[Node]) -> Outline:
    """Return how the nodes of a stretch hang together that begins at a value and ends with its last node."""
    number = {entry: -1}
    users: dict[Node, int] = {}
    modules: dict[str, int] = {}
    for node in nodes:
        modules[node.module] = modules.get(node.module, 0) + 1
        for operand in node.inputs:
            users[operand] = users.get(operand, 0) + 1
    members: list[tuple[int, ...]] = []
    items: list[Item] = []
    sharing: dict[str, int] = {}
    for place, node in enumerate(nodes):
        alone = modules[node.module] == 1
        before = number[node.inputs[0]] if len(node.inputs) == 1 else -1
        if alone and before >= 0 and users[node.inputs[0]] == 1 and not items[before].sharing:
            members[before] += (place,)
            number[node] = before
            continue
        shares = 0 if alone else sharing.setdefault(node.module, len(sharing) + 1)
        number[node] = len(items)
        members.append((place,))
        items.append(Item(None, tuple([number[operand] for operand in node.inputs]), node.op.commutes, shares))
    return Outline(tuple(members), tuple(items), number[nodes[-1]])


def _whole(graph: Graph, spell: Spell) -> str:
    """Return the token of a graph that is one stretch."""
    number = {node: position for position, node in enumerate(graph.nodes)}
    modules = {module: position for position, module in enumerate((users[0].module for users in _users_of_modules(graph).values()), 1)}
    inputs = {node: position for position, node in enumerate(graph.inputs)}
    items = [
        Item(
            (*spell(node), f"input {inputs[node]}") if node in inputs else spell(node),
            tuple(number[operand] for operand in node.inputs),
            node.op.commutes,
            modules.get(node.module, 0),
        )
        for node in graph.nodes
    ]
    return _refined(tuple(items), tuple(number[node] for node in graph.outputs))


def _refined(items: tuple[Item, ...], outputs: tuple[int, ...]) -> str:
    """Return the hash of what items look like when each knows what leads to it, what follows it and with whom it shares, as far as that goes."""
    vocabulary = sorted({item.words for item in items})
    place = {words: number for number, words in enumerate(vocabulary)}
    rows = rows_of(tuple([Item(place[words], taken, commutes, shares) for words, taken, commutes, shares in items]), outputs)
    return _hash(vocabulary, rows)


def _hash(vocabulary: list[Any], rows: str) -> str:
    return blake2b(f"{vocabulary}{rows}".encode(), digest_size=16).hexdigest()


def is_exact(graph: Graph) -> bool:
    """Tell whether all networks with the fingerprint of a canonical graph have its structure: what :func:`is_isomorphic` tells, without a second one.

    It is so where the refined form tells all nodes apart, but for those that may change places. Where it is not so nothing is said.

    >>> import archdsl
    >>> paths = "{branch: {paths: [[{conv: 4}, relu], [{conv: 4}, relu], [{conv: 8}, {conv: 4}]], merge: add}}"
    >>> is_exact(archdsl.load(f"{{archdsl: 1, input: [4, 8, 8], net: [{paths}]}}").graph)
    True
    """
    found, entry = stretches(graph), graph.inputs[0] if graph.inputs else None
    if found is None or entry is None:
        return False
    for nodes in found:
        if not is_step(nodes) and not outline_of(entry, nodes).is_settled([spell(node) for node in nodes]):
            return False
        entry = nodes[-1]
    return True


def label(node: Node) -> str:
    """Return what a node does, apart from its place in the graph: the op with its fields but for ``init``, and the sizes."""
    return label_of(node.op, node.shape)


def label_of(op: Op, shape: Shape) -> str:
    """Return what a node with this op does that gives a value of this shape."""
    return f"{words_of(op)[0]}{shape.kind}{shape.dims}"


def _users_of_modules(graph: Graph) -> dict[Node, list[Node]]:
    """Return for every node that shares its parameters those that share them too."""
    users: dict[str, list[Node]] = {}
    for node in graph.nodes:
        users.setdefault(node.module, []).append(node)
    return {node: nodes for nodes in users.values() if len(nodes) > 1 for node in nodes}


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
