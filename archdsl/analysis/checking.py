"""Checking a document: it is read, expanded with its defaults and with every variant, and held beside what it expects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from archdsl.analysis.expectations import check_expectations
from archdsl.errors import ArchError, Diagnostic
from archdsl.expansion.architecture import read, realize
from archdsl.ops.base import Op
from archdsl.source import Source
from archdsl.spec.document import Document


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a document.

    Attributes:
        name: What was checked, as it was named.
        diagnostics: The findings: those of the document, of its defaults, and of its variants, each once.
        document: What was read, if it could be.
        variants: How many variants were expanded beside the defaults.
    """

    name: str
    diagnostics: tuple[Diagnostic, ...]
    document: Document | None = None
    variants: int = 0

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(each.severity == "error" for each in self.diagnostics)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def summary(self) -> str:
        """Return the result in a line: ``net.yaml: ok (12 variants)``."""
        warnings = len(self.diagnostics) - self.errors
        words = [_counted(number, word) for number, word in ((self.errors, "error"), (warnings, "warning")) if number]
        if self.ok:
            words.insert(0, "ok")
        extent = self._extent()
        return f"{self.name}: {', '.join(words)}" + (f" ({extent})" if extent else "")

    def _extent(self) -> str:
        if self.document is not None and self.document.net is None and self.document.networks is None:
            return f"a library of {_counted(len(self.document.blocks), 'block')}"
        return _counted(self.variants, "variant") if self.variants else ""


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def check(source: str | Path | Source, *, strict: bool = False, ops: tuple[type[Op], ...] = ()) -> Report:
    """Check a document, or the one variant of it that ``source`` names. What is wrong is reported, not raised.

    Args:
        source: A name of the catalogue, a path (with ``#variant`` where it has some), or the text of a document.
        strict: Make warnings errors.
        ops: Ops of your own, which the document may then name.

    >>> report = check(Source("tiny.yaml", "archdsl: 1\\ninput: [8]\\nnet: [{linear: 10}]\\nexpect: {params: 91}\\n"))
    >>> print(report.summary())
    tiny.yaml: 1 error
    """
    name = source.name if isinstance(source, Source) else str(source)
    try:
        document, variant = read(source, ops)
    except ArchError as error:
        return Report(name, _made_strict(error.diagnostics, strict))
    chosen = [variant] if variant is not None else [None, *document.variants]
    found: dict[Diagnostic, list[str | None]] = {}
    for each in chosen:
        for diagnostic in _findings(document, each, ops):
            found.setdefault(diagnostic, []).append(each)
    diagnostics = [_with_variants(diagnostic, variants) for diagnostic, variants in found.items()]
    return Report(name, _made_strict(diagnostics, strict), document, len(chosen) - 1)


def _findings(document: Document, variant: str | None, ops: tuple[type[Op], ...]) -> list[Diagnostic]:
    try:
        arch = realize(document, variant, ops=ops)
    except ArchError as error:
        return list(error.diagnostics)
    wrong = [] if arch.expansion.draws else check_expectations(arch)
    return [*arch.warnings, *wrong]


def _with_variants(diagnostic: Diagnostic, variants: list[str | None]) -> Diagnostic:
    """Say in which variants something is found, unless it is found with the defaults, too."""
    names = [f"`{variant}`" for variant in variants if variant is not None]
    if None in variants:
        return diagnostic
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return replace(diagnostic, notes=(*diagnostic.notes, f"in variant {shown}" if len(names) == 1 else f"in variants {shown}"))


def _made_strict(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic], strict: bool) -> tuple[Diagnostic, ...]:
    return tuple(replace(each, severity="error") if strict else each for each in diagnostics)
