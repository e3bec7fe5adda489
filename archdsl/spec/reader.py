"""Text to :class:`Document`: parses, reads the imports, validates, and says everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from archdsl.errors import MAX_FINDINGS, ArchError, Diagnostic, Span, SpecError
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.source import MAX_VALUES, Listing, Source, Text, near_file, parse_counted, read_source
from archdsl.source import Mapping as SourceMapping
from archdsl.spec.document import Document, named_arguments
from archdsl.spec.explaining import explain, in_order
from archdsl.spec.nodes import PRIMITIVES
from archdsl.spec.reading import Reading, Signature, describe

MAX_IMPORTS = 20


def read_document(source: Source, ops: Mapping[str, type[Op]] = OPS, shipped: Path | None = None) -> Document:
    """Read a document with everything that it imports.

    Args:
        source: The text.
        ops: The vocabulary.
        shipped: The folder of the catalogue, where imports are looked for after the document's own folder.

    Raises:
        SourceError: If the text is not strict YAML.
        SpecError: With every violation of the grammar, in source order.
    """
    return _Reader(ops, shipped).read(source, ())


class _Reader:
    def __init__(self, ops: Mapping[str, type[Op]], shipped: Path | None) -> None:
        self.ops = ops
        self.shipped = shipped
        self.read_files: dict[Path, Document | ArchError] = {}
        self.left = MAX_VALUES

    def read(self, source: Source, importing: tuple[Path, ...]) -> Document:
        raw, count = parse_counted(source, self.left)
        self.left -= count
        if not isinstance(raw, SourceMapping):
            span = raw.place.span() if isinstance(raw, (Text, Listing)) else None
            raise SpecError(Diagnostic("E103", f"a document is a mapping, got {describe(raw)}", span, "a document starts with `archdsl: 1`"))
        libraries, wrong = self._imports(raw, source, importing)
        signatures = self._signatures(raw, libraries, wrong)
        reading = Reading(self.ops, signatures, PRIMITIVES, _variables(raw))
        try:
            document = Document.model_validate(raw, context=reading)
        except ValidationError as error:
            missing = {"E104"} if wrong else set()  # a block that a failed import would have brought is no second mistake
            wrong += [each for each in explain(error, raw, Document) if each.code not in missing]
        if wrong:
            raise SpecError(in_order(wrong))
        document.__dict__.update(libraries=tuple(libraries), source=source, holes=reading.drew)
        return document

    def _imports(self, raw: SourceMapping, source: Source, importing: tuple[Path, ...]) -> tuple[list[Document], list[Diagnostic]]:
        names = raw.get("import") or []
        names = [names] if isinstance(names, Text) else names
        libraries: list[Document] = []
        wrong: list[Diagnostic] = []
        for name in names if isinstance(names, list) else []:
            if not isinstance(name, Text):
                continue
            try:
                libraries.append(self._library(name, source, importing))
            except ArchError as error:
                wrong += error.diagnostics
                if len(wrong) > MAX_FINDINGS:
                    break
        return libraries, wrong

    def _library(self, name: Text, source: Source, importing: tuple[Path, ...]) -> Document:
        span = name.place.span()
        if len(importing) >= MAX_IMPORTS:
            raise SpecError(Diagnostic("E114", f"more than {MAX_IMPORTS} imports inside one another", span))
        path = self._find(name, source, span)
        here = source.path.resolve() if source.path else None
        if path in importing or path == here:
            raise SpecError(Diagnostic("E114", f"`{name}` imports itself", span, "move the shared blocks to a library of their own"))
        if path not in self.read_files:
            shown = str(Path(source.name).parent / name) if source.path and path.is_relative_to(source.path.parent.resolve()) else str(name)
            try:
                self.read_files[path] = self.read(read_source(path, shown), (*importing, *([here] if here else [])))
            except ArchError as error:
                self.read_files[path] = error
        found = self.read_files[path]
        if isinstance(found, ArchError):
            raise found
        return found

    def _find(self, name: Text, source: Source, span: Span) -> Path:
        if Path(name).is_absolute() or ".." in Path(name).parts or "\\" in name or ":" in name:
            help = "an import names a file beside the document, or one that is shipped, such as `blocks/residual.yaml`"
            raise SpecError(Diagnostic("E114", f"the import `{name}` leaves the folder of the document", span, help))
        folders = [source.path.parent] if source.path else []
        folders += [self.shipped] if self.shipped else []
        for folder in folders:
            found = (folder / name).resolve()
            if found.is_file() and found.is_relative_to(folder.resolve()):
                return found
        near = near_file(name, [str(each.relative_to(folder)) for folder in folders for each in _documents(folder)])
        raise SpecError(Diagnostic("E114", f"there is no library `{name}`", span, f"did you mean `{near}`?" if near else None))

    def _signatures(self, raw: SourceMapping, libraries: list[Document], wrong: list[Diagnostic]) -> dict[str, Signature]:
        signatures: dict[str, Signature] = {}
        for library in libraries:
            for name, block in library.blocks.items():
                signatures[name] = _signature(block.args)
        wrong += _twice(libraries, raw)
        own = raw.get("blocks")
        for name, block in own.items() if isinstance(own, SourceMapping) else ():
            if name in signatures and isinstance(own, SourceMapping):
                span = own.key_place(name).span()
                wrong.append(Diagnostic("E111", f"the block `{name}` is also imported", span, "rename one of them"))
            signatures[str(name)] = _signature(named_arguments(block))
        return signatures


def _documents(folder: Path) -> list[Path]:
    """Return some documents in a folder and in those right below it."""
    return [*islice(folder.glob("*.yaml"), 500), *islice(folder.glob("*/*.yaml"), 500)]


def _twice(libraries: list[Document], raw: SourceMapping) -> list[Diagnostic]:
    """Return a finding for every block that two libraries bring."""
    owners: dict[str, Document] = {}
    found = []
    for library in libraries:
        for name in library.blocks:
            other = owners.setdefault(name, library)
            if other is not library:
                message = f"the block `{name}` is imported from `{other.source.name}` and from `{library.source.name}`"
                found.append(Diagnostic("E111", message, raw.places["import"].span(), "rename one of them"))
    return found


def _signature(args: Mapping[str, Any]) -> Signature:
    return Signature(tuple(map(str, args)), tuple(str(key) for key, value in args.items() if value is None))


def _variables(raw: SourceMapping) -> dict[str, str]:
    named = raw.get("vars")
    return {str(key): "a var" for key in named} if isinstance(named, dict) else {}
