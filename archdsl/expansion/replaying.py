"""Equal block calls on equal shapes, expanded once: later ones get copies of the nodes, under names of their own.

What a call gives depends on its block, its arguments and the shape of the value that enters, where nothing is drawn and no weights are shared with
something outside. A copy is what walking the body again would give, node by node; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from archdsl.expansion.builder import MAX_NODES, MAX_STEPS
from archdsl.expansion.state import Frame
from archdsl.expansion.walk import Walk
from archdsl.ir.graph import Group, Node
from archdsl.spec.document import Block
from archdsl.spec.steps import Step


class Take(NamedTuple):
    """What a block call gave.

    Attributes:
        entering: The value that entered.
        group: The group of the call.
        prefix: What the names of its nodes begin with.
        nodes: Its nodes.
        given: The steps that gave values, with these.
        norms: The nodes among them that end a body.
        steps: How many steps it took.
        result: The value that left.
    """

    entering: Node
    group: Group
    prefix: str
    nodes: tuple[Node, ...]
    given: tuple[tuple[Step, Node], ...]
    norms: tuple[Node, ...]
    steps: int
    result: Node


class Replaying(Walk):
    """A walk that expands equal block calls on equal shapes once."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._takes: dict[Any, Take] = {}

    def inside(self, block: Block, value: Any, frame: Frame) -> Any:
        """Expand the body of a block whose arguments are bound, or copy what an equal call gave."""
        key = None if self.drawing or frame.sharing is not None else _key(block, value, frame)
        if key is None:
            return self.body(block.body, value, frame)
        take = self._takes.get(key)
        if take is not None and self._fits(take):
            return self._copy(take, value, frame)
        builder = self.builder
        nodes, given, steps, found = len(builder.nodes), len(self.given), builder.steps, len(builder.found)
        result = self.body(block.body, value, frame)
        if take is None and isinstance(result, Node) and len(builder.found) == found:
            made = tuple(builder.nodes[nodes:])
            norms = tuple([node for node in made if node in self.last_norms]) if self.last_norms else ()
            assert frame.group is not None
            self._takes[key] = Take(value, frame.group, frame.prefix, made, tuple(self.given[given:]), norms, builder.steps - steps, result)
        return result

    def _fits(self, take: Take) -> bool:
        """Tell whether a copy stays within the limits; where it does not, the walk says so at the step that is too much."""
        return len(self.builder.nodes) + len(take.nodes) <= MAX_NODES and self.builder.steps + take.steps <= MAX_STEPS

    def _copy(self, take: Take, value: Node, frame: Frame) -> Node:
        assert frame.group is not None
        start, prefix = len(take.prefix), frame.prefix
        groups: dict[int, Group] = {id(take.group): frame.group}
        made, modules = {take.entering: value}, self.builder.modules
        for node in take.nodes:
            group = groups.get(id(node.group)) or _group(node.group, groups, start, prefix)
            inputs = tuple([made[operand] for operand in node.inputs])
            name = prefix + node.name[start:]
            module = name if node.module == node.name else prefix + node.module[start:]
            made[node] = modules[name] = Node(name, node.op, inputs, node.shape, module, group, node.place)
        self.builder.nodes.extend(list(made.values())[1:])
        self.builder.steps += take.steps
        self.given.extend([(step, made[node]) for step, node in take.given])
        self.last_norms.update(made[node] for node in take.norms)
        return made[take.result]


_PLAIN = frozenset((int, float, bool, str, type(None)))


def _key(block: Block, value: Any, frame: Frame) -> Any:
    """Return what equal calls have in common; None for one with arguments that are more than numbers and words, or without one value that enters."""
    if type(value) is not Node:
        return None
    arguments = tuple(frame.scope.values())
    types: tuple[Any, ...] = tuple(map(type, arguments))  # so that `1`, `1.0` and `true` stay apart
    if not _PLAIN.issuperset(types):
        types = tuple(map(_type, arguments))
    return None if None in types else (id(block), value.shape, arguments, types)


def _type(value: Any) -> Any:
    """Return the type of an argument, or the types in a list; None for one that is not plain."""
    if type(value) in _PLAIN:
        return type(value)
    if type(value) is tuple:
        types = tuple([_type(each) for each in value])
        return None if None in types else types
    return None


def _group(group: Any, groups: dict[int, Group], start: int, prefix: str) -> Group:
    """Return the copy of a group inside the call, made together with those around it."""
    found = groups.get(id(group))
    if found is None:
        parent = _group(group.parent, groups, start, prefix)
        name = prefix + group.name[start:]
        found = groups[id(group)] = Group(group.kind, group.label, name, parent, group.number, group.total, group.place)
    return found
