"""Networks held against principles: values, verdicts, places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archdsl.errors import Span
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph, Node
from archdsl.principles.blocks import units
from archdsl.principles.declarations import Principle, Principles, Verdict, load_principles
from archdsl.principles.facts import Facts, Measured, Value
from archdsl.principles.metrics import METRICS

DEFAULT = "recap"
"""The principles that a network is held against where none are named."""

Against = str | Path | Principles
"""Principles by their name, their path or their text, or as they were read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One principle and what a network shows of it.

    Attributes:
        id: The principle's id.
        principle: What is declared.
        measured: The value, with the node that shows it best.
        verdict: Whether the value is what the principle counts as met. It is no judgement of the network.
    """

    id: str
    principle: Principle
    measured: Measured
    verdict: Verdict

    @property
    def value(self) -> Value:
        """What was measured."""
        return self.measured.value

    @property
    def node(self) -> Node | None:
        """The node to look at where a principle is not met."""
        return self.measured.at if self.verdict == "not met" else None

    @property
    def span(self) -> Span | None:
        """Where that node stands in the document."""
        return self.node.span if self.node is not None else None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        node, span = self.node, self.span
        where = {"node": node.name, "file": span.file if span else None, "line": span.line if span else None} if node else None
        return {
            "id": self.id,
            "value": self.value,
            "verdict": self.verdict,
            "metric": self.principle.metric,
            "met": str(self.principle.met) if self.principle.met else None,
            "detail": self.measured.detail,
            "severity": self.principle.severity,
            "sentence": self.principle.sentence,
            "where": where,
            "mend": self.principle.mend,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A network held against principles.

    Attributes:
        name: The network.
        findings: The principles in the order in which they are declared.
        metrics: Everything that was measured, by name.
        blocks: The signatures of the blocks, and the layers with what stands straight behind them, each with the name of its first one.
    """

    name: str
    findings: tuple[Finding, ...]
    metrics: Mapping[str, Measured]
    blocks: Mapping[str, str]

    def count(self, verdict: Verdict) -> int:
        """Return how many principles have a verdict."""
        return sum(each.verdict == verdict for each in self.findings)

    def fails(self, strict: bool = False) -> bool:
        """Tell whether a principle that has to be met is not; warnings have to be met if it is strict."""
        hard = ("error", "warning") if strict else ("error",)
        return any(each.verdict == "not met" and each.principle.severity in hard for each in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, as ``archdsl lint --json`` prints it."""
        return {
            "name": self.name,
            "principles": [each.as_dict() for each in self.findings],
            "metrics": {name: each.value for name, each in self.metrics.items()},
        }


def lint(network: Architecture | Graph, against: Against | Iterable[Against] = DEFAULT) -> Report:
    """Hold a network against principles.

    Args:
        network: The network; of an architecture with several, one of its graphs.
        against: Principles by name (``recap``, ``smith_topin``), by path, as text, or several of these.

    >>> import archdsl
    >>> report = lint(archdsl.load("convnext-tiny"))
    >>> finding = next(each for each in report.findings if each.id == "small-filters")
    >>> finding.value, finding.measured.detail, finding.verdict, str(finding.span)
    (7, 'conv dw 7x7', 'not met', 'specs/convnext.yaml:15:13')
    """
    graph = network if isinstance(network, Graph) else network.graph
    return lint_all({network.name: graph}, against)[0]


def lint_all(
    networks: Mapping[str, Graph], against: Against | Iterable[Against] = DEFAULT, beside: Mapping[str, Measured] | None = None
) -> list[Report]:
    """Hold several networks against principles, and against each other: which blocks do they share?

    Args:
        networks: The networks by name.
        against: Principles by name, by path, as text, or several of these.
        beside: Metrics of more than a graph, which hold for all of them: what a recipe does.

    >>> import archdsl
    >>> reports = lint_all({name: archdsl.load(name).graph for name in ("resnet50", "wrn-50-2", "vgg16")})
    >>> [report.metrics["shared_blocks"].value for report in reports]
    [11, 11, 0]
    """
    rules = rules_of(against)
    reports = [_measure(name, graph, beside or {}) for name, graph in networks.items()]
    if len(reports) > 1:
        reports = [_with_shared(report, [other for other in reports if other is not report]) for report in reports]
    return [_judge(report, rules) for report in reports]


def rules_of(against: Against | Iterable[Against]) -> dict[str, Principle]:
    """Return the principles of one or several sets by id; of two with one id, the later counts."""
    named = [against] if isinstance(against, (str, Path, Principles)) else list(against)
    return {id: rule for each in named for id, rule in load_principles(each).rules.items()}


def shared_blocks(reports: Sequence[Report]) -> list[tuple[str, dict[str, str]]]:
    """Return the blocks that several networks have, most shared first: the signature, and by network the name of its first such block."""
    owners: dict[str, dict[str, str]] = {}
    for report in reports:
        for signature, block in report.blocks.items():
            owners.setdefault(signature, {})[report.name] = block
    shared = [(signature, names) for signature, names in owners.items() if len(names) > 1]
    return sorted(shared, key=lambda pair: -len(pair[1]))


def _measure(name: str, graph: Graph, beside: Mapping[str, Measured]) -> Report:
    facts = Facts(graph)
    metrics = {metric.name: metric.measure(facts) for metric in METRICS.values()}
    blocks = {unit: unit for unit in units(facts)}
    for signature, nodes in facts.blocks:
        blocks.setdefault(signature, _block_name(nodes))
    return Report(name, (), {**metrics, **beside}, blocks)


def _block_name(nodes: Sequence[Node]) -> str:
    """Return what the names of all nodes of a block begin with."""
    parts = [node.name.split(".")[:-1] for node in nodes]
    common = parts[0]
    for each in parts[1:]:
        while each[: len(common)] != common:
            common = common[:-1]
    return ".".join(common)


def _with_shared(report: Report, others: list[Report]) -> Report:
    known = {signature for other in others for signature in other.blocks}
    shared = [block for signature, block in report.blocks.items() if signature in known]
    return replace(report, metrics={**report.metrics, "shared_blocks": Measured(len(shared), None, ", ".join(shared))})


def _judge(report: Report, rules: Mapping[str, Principle]) -> Report:
    findings = (Finding(id, rule, report.metrics.get(rule.metric or "", Measured(None)), rule.judge(report.metrics)) for id, rule in rules.items())
    return replace(report, findings=tuple(findings))
