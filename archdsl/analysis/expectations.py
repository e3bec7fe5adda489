"""What a document expects of its networks, compared with what is counted."""

from __future__ import annotations

from typing import Any

from archdsl.analysis.cost import Cost, analyze
from archdsl.errors import Diagnostic, Span
from archdsl.expansion.architecture import Architecture
from archdsl.expansion.drawing import Drawer
from archdsl.expansion.evaluation import Evaluator
from archdsl.expansion.state import Frame, Scope, Wrong
from archdsl.ir.graph import Graph
from archdsl.spec.expecting import Bound, Expect
from archdsl.spec.reading import describe

COUNTS = ("params", "weights", "macs", "flops", "activations", "nodes")
"""The counts that ``expect`` may name."""


def check_expectations(arch: Architecture, cost: Cost | None = None) -> list[Diagnostic]:
    """Return a finding for everything that ``expect`` says of an architecture and that does not hold.

    E501 is a count that differs or lies out of its bounds, E502 an output of another shape. ``cost`` is what :func:`analyze` returned, if it is
    known already.

    >>> import archdsl
    >>> arch = archdsl.load('''
    ... archdsl: 1
    ... name: tiny
    ... input: [8]
    ... net: [{linear: 10}]
    ... expect: {params: 91, macs: {max: 100}, output: [10]}
    ... ''')
    >>> [(each.code, each.message) for each in check_expectations(arch)]
    [('E501', '`params` of `tiny` is 90, expected 91: 1 less')]
    """
    expectations = arch.expectations()
    if not expectations:
        return []
    cost = cost or analyze(arch)
    found: list[Diagnostic] = []
    for name, expect in expectations.items():
        subject = _Subject(name or arch.name, cost.networks.get(name, cost) if name else cost, _graph(arch, name), arch)
        found += subject.findings(expect)
    return found


def _graph(arch: Architecture, name: str) -> Graph | None:
    """Return the graph that an expectation is about; None for the document of several networks."""
    if name:
        return arch.graphs[name]
    return arch.graph if len(arch.graphs) == 1 else None


class _Subject:
    """A network with its counts, beside which expectations are held."""

    def __init__(self, name: str, cost: Cost, graph: Graph | None, arch: Architecture) -> None:
        self.name = name
        self.graph = graph
        self.counted: dict[str, int] = {each: getattr(cost, each) for each in COUNTS}
        self._evaluator = Evaluator(Drawer(arch.seed, None))
        self._frame = Frame(Scope({}, arch.vars), arch.document)

    def findings(self, expect: Expect) -> list[Diagnostic]:
        """Return everything that does not hold."""
        found: list[Diagnostic] = []
        for check, names in ((self._count, COUNTS), (self._output, ("output",))):
            for name in names:
                written = getattr(expect, name)
                if written is None:
                    continue
                try:
                    found += check(name, written, expect.key_span(name))
                except Wrong as wrong:
                    found.append(wrong.diagnostic)
        return found

    def _count(self, name: str, written: Any, span: Span | None) -> list[Diagnostic]:
        counted = self.counted[name]
        found = []
        for word, bound in self._bounds(name, written, span).items():
            if _violates(counted, word, bound):
                message = f"`{name}` of `{self.name}` is {counted:,}, expected {_WORDS[word]}{bound:,}: {_difference(counted, bound)}"
                found.append(Diagnostic("E501", message, span, self._other_count(name, bound)))
        return found

    def _bounds(self, name: str, written: Any, span: Span | None) -> dict[str, float]:
        """Return the number that a count must equal, under the empty word, or its bounds."""
        if not isinstance(written, Bound):
            return {"": self._number(name, written, span)}
        return {word: self._number(name, value, span) for word, value in (("min", written.min), ("max", written.max)) if value is not None}

    def _number(self, name: str, written: Any, span: Span | None) -> float:
        value = self._evaluator.value(written, self._frame)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Wrong("E103", f"`{name}` of `expect` must be a number, got {describe(value)}", span)
        return int(value) if value == int(value) else value

    def _other_count(self, name: str, number: float) -> str | None:
        """Advise when the expected number is that of another count."""
        others = [other for other in COUNTS if other != name and self.counted[other] == number]
        return f"`{others[0]}` is {number:,}: {_MEANINGS[others[0]]}" if others else None

    def _output(self, name: str, written: Any, span: Span | None) -> list[Diagnostic]:
        if self.graph is None:
            return [Diagnostic("E502", f"`{self.name}` has several networks", span, f"say `{name}` in the `expect` of a network")]
        shapes = tuple(node.shape.dims for node in self.graph.outputs)
        wanted = self._evaluator.value(written, self._frame)
        if wanted == shapes or (wanted,) == shapes:
            return []
        words = f"output of `{self.name}` has the shape {_listed(shapes[0])}"
        if len(shapes) > 1:
            words = f"outputs of `{self.name}` have the shapes {_listed(shapes)}"
        return [Diagnostic("E502", f"the {words}, expected {_listed(wanted)}", span)]


def _listed(value: Any) -> str:
    return "[" + ", ".join(map(_listed, value)) + "]" if isinstance(value, tuple) else str(value)


_WORDS = {"": "", "min": "at least ", "max": "at most "}
_MEANINGS = {
    "params": "all trainable scalars",
    "weights": "the parameters without biases and norms",
    "macs": "multiply-adds",
    "flops": "two for each multiply-add",
    "activations": "the scalars in the outputs of convolutions and linear layers",
    "nodes": "the nodes of the graph",
}


def _violates(counted: int, word: str, bound: float) -> bool:
    if word == "min":
        return counted < bound
    return counted > bound if word == "max" else counted != bound


def _difference(counted: int, expected: float) -> str:
    difference = counted - expected
    return f"{abs(difference):,} {'more' if difference > 0 else 'less'}"
