"""Which parts of a document still hold something to be drawn."""

from __future__ import annotations

from typing import Any

from archdsl.errors import Diagnostic, UsageError
from archdsl.spec.document import Block, Document
from archdsl.spec.expressions import Expression
from archdsl.spec.nodes import Call, Node
from archdsl.spec.pieces import Drawn
from archdsl.spec.values import Hole, Template


class Openness:
    """Tells whether values, steps and blocks hold holes, in the blocks that they call, too.

    A call by a computed name counts as open when any block is: which block it calls is not known before.
    """

    def __init__(self, document: Document) -> None:
        self._blocks: dict[str, Block] = {name: block for library in document.libraries for name, block in library.blocks.items()}
        self._blocks.update(document.blocks)
        self._steps: dict[int, tuple[Any, bool]] = {}
        self._open: set[str] = set()
        while True:
            found = {name for name, block in self._blocks.items() if self._holds([block.args, block.body])}
            if found == self._open:
                break
            self._open = found
            self._steps.clear()

    def value(self, value: Any) -> bool:
        """Tell whether a written value holds a hole."""
        return self._holds([value])

    def step(self, step: Any) -> bool:
        """Tell whether a step holds a hole, itself or in what it calls."""
        known = self._steps.get(id(step))
        if known is None:
            known = self._steps[id(step)] = (step, self._holds([step]))
        return known[1]

    def block(self, name: str, block: Block) -> bool:
        """Tell whether a block holds a hole, itself or in what it calls."""
        return name in self._open and self._blocks.get(name) is block

    def _holds(self, stack: list[Any]) -> bool:
        while stack:
            each = stack.pop()
            if isinstance(each, (Hole, Drawn)):
                return True
            if isinstance(each, Call) and ((isinstance(each.name, Expression) and self._open) or each.name in self._open):
                return True
            stack.extend(parts_of(each))
        return False


def parts_of(value: Any) -> list[Any]:
    """Return what a piece of a document is made of."""
    if isinstance(value, Node):
        return [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, Template):
        return parts_of(value.parts)
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, tuple) else []


def plain_value(value: Any) -> Any:
    """Return a value as a document writes it; raise :class:`UsageError` for one that flows through the network."""
    if isinstance(value, (tuple, list)):
        return [plain_value(each) for each in value]
    if isinstance(value, dict):
        return {key: plain_value(each) for key, each in value.items()}
    if not isinstance(value, (bool, int, float, str, type(None))):
        raise UsageError(Diagnostic("E950", "a value of the network was drawn: a sample cannot hold it", None, "draw between steps instead"))
    return value
