"""The whole catalogue, counted and held against its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archdsl.analysis.cost import Count, analyze
from archdsl.analysis.published import Comparison, Verdict, compare_published, verdict_of
from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.expansion.expand import expand
from archdsl.source import Source, read_source
from archdsl.spec.catalogue import Entry, entries, shipped_folder
from archdsl.spec.document import Document
from archdsl.spec.reader import read_document


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One network of the catalogue: what it counts, what its source prints, and whether the two agree."""

    name: str
    file: str
    count: Count
    output: tuple[int, ...]
    published: dict[str, Any]
    comparisons: tuple[Comparison, ...]
    verdict: Verdict

    @property
    def family(self) -> str:
        """The document that the network stands in, without its ending."""
        return self.file.removesuffix(".yaml")

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain data, as ``archdsl zoo --json`` prints it."""
        return {
            "name": self.name,
            "family": self.family,
            "params": self.count.params,
            "macs": self.count.macs,
            "nodes": self.count.nodes,
            "output": list(self.output),
            "published": self.published,
            "verdict": self.verdict,
        }


def visit(family: str | None = None) -> list[Exhibit]:
    """Return every network of the catalogue, or of one family, in the order of files and variants. Each file is read once.

    Raises:
        UsageError: If there is no such family.

    >>> [(each.name, each.verdict) for each in visit("resnet") if each.name in ("resnet18", "resnet50-v1")]
    [('resnet18', 'agrees'), ('resnet50-v1', 'explained')]
    """
    documents: dict[str, Document] = {}
    found = []
    for entry in _of_family(family):
        key = str(entry.path)
        if key not in documents:
            documents[key] = read_document(_source(entry), shipped=shipped_folder())
        found.append(_exhibit(entry, documents[key]))
    return found


def _of_family(family: str | None) -> list[Entry]:
    chosen = [entry for entry in entries().values() if family is None or entry.path.stem == family]
    if chosen or family is None:
        return chosen
    known = sorted({entry.path.stem for entry in entries().values()})
    help = did_you_mean(family, known) or "the families are " + ", ".join(f"`{each}`" for each in known)
    raise UsageError(Diagnostic("E722", f"the catalogue has no family `{family}`", None, help))


def _source(entry: Entry) -> Source:
    return read_source(entry.path, f"specs/{entry.path.name}")


def _exhibit(entry: Entry, document: Document) -> Exhibit:
    expansion = expand(document, entry.variant)
    parts = [analyze(graph) for graph in expansion.graphs.values()]
    published = dict(document.published)
    if entry.variant is not None:
        published = dict(document.variants[entry.variant].published) or ({} if document.variants[entry.variant].vars else published)
    comparisons = tuple(compare_published(published, parts[0])) if len(parts) == 1 else ()
    outputs = [graph.outputs[0].shape.dims for graph in expansion.graphs.values()]
    total = sum((part.total for part in parts), Count())
    return Exhibit(entry.name, entry.path.name, total, outputs[0] if outputs else (), published, comparisons, verdict_of(list(comparisons)))
