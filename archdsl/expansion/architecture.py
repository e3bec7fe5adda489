"""An architecture: a document, how it was set, and the graphs that it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, SpecError, UsageError
from archdsl.expansion.expand import Expansion, expand
from archdsl.ir.graph import Graph
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.showing import Bundle, bundle_of
from archdsl.source import Source
from archdsl.spec.catalogue import resolve, shipped_folder
from archdsl.spec.document import Document, Expect
from archdsl.spec.reader import read_document


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network, or several, ready to be counted, drawn and compiled.

    Attributes:
        document: What was read.
        variant: The variant that was chosen, or None.
        settings: The vars that were set by the caller.
        seed: What the holes were drawn from.
        expansion: The graphs, the values of the vars, the draws and the warnings.
    """

    document: Document
    variant: str | None
    settings: Mapping[str, Any]
    seed: int
    expansion: Expansion

    @property
    def name(self) -> str:
        """The variant's name, or the document's."""
        return self.variant or self.document.name or "network"

    @property
    def graphs(self) -> dict[str, Graph]:
        """The graphs by the name of the network; a document with one ``net`` has it under the empty name."""
        return self.expansion.graphs

    @property
    def graph(self) -> Graph:
        """The only graph; raise :class:`UsageError` for a document of several networks or none."""
        if len(self.graphs) != 1:
            names = ", ".join(f"`{name}`" for name in self.graphs)
            message = f"`{self.name}` has several networks: {names}" if names else f"`{self.name}` is a library of blocks and has no network"
            raise UsageError(Diagnostic("E701", message, None, "choose one of `arch.graphs`" if names else None))
        return next(iter(self.graphs.values()))

    @property
    def vars(self) -> dict[str, Any]:
        """The values of the vars."""
        return self.expansion.vars

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is odd, but not wrong."""
        return self.expansion.warnings

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        """Return what a notebook shows: the picture, and a line of text."""
        return bundle_of(self)

    def expectations(self) -> dict[str, Expect]:
        """Return what the document expects, by the name of the network; the empty name is the whole document's.

        Expectations are about the document as it is written: settings leave none, and a variant that sets something leaves its own.
        """
        if self.settings:
            return {}
        variant = self.document.variants[self.variant] if self.variant is not None else None
        found: dict[str, Expect | None] = {}
        if variant is None or not (variant.vars or variant.input):
            found = {name: network.expect for name, network in (self.document.networks or {}).items()}
            found[""] = self.document.expect
        if variant is not None and variant.expect is not None:
            found[""] = variant.expect
        for name, expect in (found.get("") or Expect()).networks.items():
            found[name] = expect
        return {name: expect for name, expect in found.items() if expect is not None}


def load(
    source: str | Path | Source,
    variant: str | None = None,
    *,
    set: Mapping[str, Any] | None = None,
    seed: int = 0,
    ops: tuple[type[Op], ...] = (),
    **vars: Any,
) -> Architecture:
    """Load a network: read its document, validate it and expand it to a graph.

    Args:
        source: A name of the catalogue, a path (with ``#variant`` where it has some), or the text of a document.
        variant: A variant of the document.
        set: Values for vars, for elements of vars (``{"depths.2": 9}``), and for ``input``.
        seed: What the holes of a search space are drawn from.
        ops: Ops of your own, which the document may then name.
        **vars: The same as ``set``, for names that Python can spell.

    Raises:
        SourceError: If there is no such document or it is not strict YAML.
        SpecError: With every violation of the grammar.
        ExpansionError: With everything that does not fit: names, values, shapes, limits.

    >>> import archdsl
    >>> arch = archdsl.load('''
    ... archdsl: 1
    ... input: [3, 32, 32]
    ... vars: {classes: 10}
    ... net: [{conv: {out_channels: 16, kernel_size: 3}}, batch_norm, relu, global_avg_pool, {linear: $classes}]
    ... ''', classes=100)
    >>> arch.graph.outputs[0].shape.dims
    (100,)
    """
    document, found = read(source, ops)
    return realize(document, variant or found, {**(set or {}), **vars}, seed=seed, ops=ops)


def read(source: str | Path | Source, ops: tuple[type[Op], ...] = ()) -> tuple[Document, str | None]:
    """Return a document by its name in the catalogue, its path or its text, and the variant that the name means.

    Raises:
        SourceError: If there is no such document or it is not strict YAML.
        SpecError: With every violation of the grammar.
    """
    text, variant = (source, None) if isinstance(source, Source) else resolve(str(source))
    try:
        return read_document(text, _vocabulary(ops), shipped_folder()), variant
    except RecursionError:
        raise SpecError(Diagnostic("E010", f"`{text.name}` is nested too deep")) from None


def realize(
    document: Document,
    variant: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    ops: tuple[type[Op], ...] = (),
) -> Architecture:
    """Return the architecture that a document means with a variant and settings.

    Raises:
        UsageError: If the variant or a setting names nothing that the document has.
        ExpansionError: With everything that does not fit: names, values, shapes, limits.
    """
    settings = dict(settings or {})
    return Architecture(document, variant, settings, seed, expand(document, variant, settings, seed=seed, ops=_vocabulary(ops)))


def _vocabulary(own: tuple[type[Op], ...]) -> Mapping[str, type[Op]]:
    if not own:
        return OPS
    found = dict(OPS)
    for op in own:
        if op.name in found:
            raise UsageError(Diagnostic("E702", f"there is already an op called `{op.name}`"))
        found[op.name] = op
    return found
