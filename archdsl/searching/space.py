"""A search space: a document with holes, and what is drawn from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from archdsl.analysis.cost import Cost, Count, analyze, total_of
from archdsl.analysis.expectations import check_expectations
from archdsl.analysis.fingerprint import digest, tokens
from archdsl.errors import Diagnostic, ExpectationError, SourceError, SpecError, did_you_mean
from archdsl.expansion.architecture import Architecture, read
from archdsl.expansion.drawing import Draw
from archdsl.expansion.expand import expand, read_setting
from archdsl.expansion.resolving import resolve
from archdsl.ir.graph import Graph
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.passes.canonicalize import canonicalize
from archdsl.searching.choices import Choice, choices_of
from archdsl.searching.folding import Folded, Folding
from archdsl.source import Source, read_source
from archdsl.spec.catalogue import find, shipped_folder
from archdsl.spec.document import Document
from archdsl.spec.writing import write_document


@dataclass(frozen=True)
class Space:
    """What a document with holes denotes: every network that can be drawn from it.

    Attributes:
        document: The document.
        variant: The variant that was chosen, or None.
        settings: The vars that were set, which are then no holes.
        ops: The vocabulary.
    """

    document: Document
    variant: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    ops: Mapping[str, type[Op]] = field(default_factory=lambda: OPS, repr=False)

    @classmethod
    def load(cls, source: str | Path | Source, variant: str | None = None, set: Mapping[str, Any] | None = None) -> Space:
        """Read a space.

        Args:
            source: A name of ``specs/spaces``, a path, or the text of a document.
            variant: A variant of the document.
            set: Values for vars, for elements of vars, and for ``input``; a var that is set is no longer drawn.

        Raises:
            SourceError: If there is no such document or it is not strict YAML.
            SpecError: With every violation of the grammar, or if the document has no holes.
        """
        document, found = read(_shipped(source) or source)
        if not document.has_holes:
            help = "put `choice`, `int` or `float` where something is to be drawn"
            raise SpecError(Diagnostic("E951", f"`{document.name or 'the document'}` has no holes: it is one network, not a space", None, help))
        return cls(document, variant or found, dict(set or {}))

    @property
    def name(self) -> str:
        """The variant's name, or the document's."""
        return self.variant or self.document.name or "space"

    @cached_property
    def choices(self) -> list[Choice]:
        """What is left to be drawn, in the order in which it stands."""
        return choices_of(self.document, self.vars)

    @property
    def vars(self) -> dict[str, Any]:
        """The vars as they are written, or set."""
        chosen = self.document.variants[self.variant].vars if self.variant in self.document.variants else {}
        settings = {name: value for name, value in self.settings.items() if name in self.document.vars}
        return {**self.document.vars, **chosen, **{name: read_setting(name, value) for name, value in settings.items()}}

    def draw(self, seed: int, fixed: Mapping[str, Any] | None = None) -> Sample:
        """Return what a seed draws; the same everywhere.

        Args:
            seed: What every draw is a function of, together with its address.
            fixed: By address, the number of the option, or for a draw without options the part from 0 to 1, that is taken instead of drawing.

        Raises:
            ExpansionError: If what was drawn does not fit: shapes, limits.
            ExpectationError: If it fits, but ``expect`` rejects it.

        >>> sample = Space.load("nasbench201").draw(0)
        >>> [draw.value for draw in sample.draws]
        [2, 1, 2, 1, 1, 2]
        >>> sample.cost.params, sample.fingerprint
        (157306, '690b4fa49948a816fd313d729f6703fd')
        """
        fixed = dict(fixed or {})
        folded = self._folding.draw(seed, fixed)
        if folded is None:
            return self.draw_plainly(seed, fixed)
        if self._expects:
            total = {name: Cost(count, {}, ()) for name, count in folded.declared().items()}
            cost = Cost(total_of(folded.declared().values()), {}, (), total if len(total) > 1 else {})
            _reject(Architecture(self.document, self.variant, self.settings, seed, folded.expansion), cost)
        return Sample(self, seed, fixed, folded.expansion.draws, folded)

    def draw_plainly(self, seed: int, fixed: Mapping[str, Any] | None = None) -> Sample:
        """Return the same as :meth:`draw`, with every call of a block expanded by itself: slower, and what the quick way is held against."""
        architecture = self.realize(seed, fixed)
        _reject(architecture)
        return Sample(self, seed, dict(fixed or {}), architecture.expansion.draws)

    def realize(self, seed: int, fixed: Mapping[str, Any] | None = None) -> Architecture:
        """Return what a seed draws as an architecture, whatever ``expect`` says.

        Raises:
            ExpansionError: If what was drawn does not fit.
        """
        expansion = expand(self.document, self.variant, self.settings, seed=seed, ops=self.ops, fixed=dict(fixed or {}))
        return Architecture(self.document, self.variant, self.settings, seed, expansion)

    @cached_property
    def _folding(self) -> Folding:
        return Folding(self.document, self.variant, self.settings, self.vars, self.ops)

    @cached_property
    def _expects(self) -> bool:
        variant = self.document.variants.get(self.variant or "")
        networks = (self.document.networks or {}).values()
        return any(each is not None and each.expect is not None for each in (self.document, variant, *networks))


def _reject(architecture: Architecture, cost: Cost | None = None) -> None:
    unmet = check_expectations(architecture, cost)
    if unmet:
        raise ExpectationError(unmet)


def _shipped(source: str | Path | Source) -> Source | None:
    """Return a space that is shipped, by its name; a path that exists wins."""
    if not isinstance(source, str) or not re.fullmatch(r"[\w-]{1,60}", source) or Path(source).exists():
        return None
    folder = shipped_folder() / "spaces"
    path = folder / f"{source.replace('-', '_')}.yaml"
    if path.is_file():
        return read_source(path, f"specs/spaces/{path.name}")
    if find(source) is not None:
        return None
    names = sorted(each.stem for each in folder.glob("*.yaml"))
    help = did_you_mean(path.stem, names) or "specs/spaces has " + ", ".join(f"`{name}`" for name in names)
    raise SourceError(Diagnostic("E001", f"there is no file and no space called `{source}`", None, help))


@dataclass(frozen=True)
class Sample:
    """A network that was drawn from a space.

    Attributes:
        space: Where it was drawn from.
        seed: What was drawn from.
        fixed: The draws that were given.
        draws: What was drawn, in order.
    """

    space: Space = field(repr=False)
    seed: int
    fixed: Mapping[str, Any]
    draws: tuple[Draw, ...]
    folded: Folded | None = field(default=None, repr=False)

    @cached_property
    def architecture(self) -> Architecture:
        """The network as it is declared."""
        return self.space.realize(self.seed, self.fixed)

    @cached_property
    def pruned(self) -> dict[str, Graph]:
        """The graphs without what changes nothing, by the name of the network."""
        return {name: canonicalize(graph) for name, graph in self.architecture.graphs.items()}

    @cached_property
    def cost(self) -> Count:
        """What the pruned graphs cost; ``archdsl.analyze(sample.architecture)`` counts the network as it is declared."""
        return self.folded.cost() if self.folded is not None else total_of(analyze(graph).total for graph in self.pruned.values())

    @cached_property
    def fingerprint(self) -> str:
        """What is equal for networks of the same structure, whatever their names, the order of their sums, and what changes nothing in them."""
        found = self.folded.tokens() if self.folded is not None else {name: tokens(graph) for name, graph in self.pruned.items()}
        return digest(found[""]) if list(found) == [""] else digest([f"{name}: {digest(each)}" for name, each in found.items()])

    def document(self, name: str | None = None) -> Document:
        """Return the sample as a document without holes, which means the same without its space.

        Raises:
            UsageError: If what was drawn cannot be written as a document of its own.
        """
        return resolve(self.space.document, self.architecture.expansion, self.space.variant, self.space.settings, name=name, ops=self.space.ops)

    def text(self, name: str | None = None) -> str:
        """Return the canonical YAML of :meth:`document`."""
        return write_document(self.document(name))
