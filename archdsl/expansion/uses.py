"""Which steps give values that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.errors import Diagnostic
from archdsl.ir.graph import Node
from archdsl.spec.steps import Step, head_of


class Uses:
    """Collects what steps give, in every network and at every place where they are reached, and finds those that give nothing to anyone."""

    def __init__(self) -> None:
        self._steps: dict[int, Step] = {}
        self._alive: set[int] = set()

    def add(self, given: list[tuple[Step, Node]], nodes: Iterable[Node], outputs: Iterable[Node]) -> None:
        """Take in a network: the value of every step that made one, inner steps before those around them.

        A value is used when a node takes it, when it is an output, or when the call around gives it on: then it is the value of that call.
        """
        used = {operand for node in nodes for operand in node.inputs}
        used.update(outputs)
        outermost = {node: step for step, node in given}
        for step, node in given:
            key = id(step)
            self._steps.setdefault(key, step)
            if node in used or outermost[node] is not step:
                self._alive.add(key)

    def warnings(self) -> list[Diagnostic]:
        """Return a warning for every step whose value is used at no place where the step is reached."""
        dead = [step for key, step in self._steps.items() if key not in self._alive]
        return [_warning(step) for step in dead]


def _warning(step: Step) -> Diagnostic:
    span = step.place.span() if step.place is not None else None
    what = head_of(step)
    help = "leave the step out, or use its value"
    return Diagnostic("W601", f"the value of `{what}` is never used", span, help, severity="warning")
