"""The catalogue: the documents that are shipped, found by the names of their networks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archdsl.errors import Diagnostic, SourceError, did_you_mean
from archdsl.source import Mapping, Source, parse, read_source


def shipped_folder() -> Path:
    """Return the folder of the catalogue: packed into the wheel, or beside the package in a checkout."""
    packed = Path(__file__).parent.parent / "specs"
    return packed if packed.is_dir() else Path(__file__).parent.parent.parent / "specs"


@dataclass(frozen=True, slots=True)
class Entry:
    """One network of the catalogue: its name, its file, and the variant in it, if it is one."""

    name: str
    path: Path
    variant: str | None


@cache
def entries() -> dict[str, Entry]:
    """Return every network of the catalogue by its name.

    A document with variants gives one entry for each; a document without gives one, under its own name.
    """
    found: dict[str, Entry] = {}
    for path in _files():
        for entry in _entries_of(path):
            if entry.name in found:
                raise ValueError(f"two networks of the catalogue are called {entry.name}: {found[entry.name].path.name} and {path.name}")
            found[entry.name] = entry
    return found


def _files() -> list[Path]:
    return sorted(shipped_folder().glob("*.yaml"))


def _entries_of(path: Path) -> list[Entry]:
    raw = parse(read_source(path))
    if not isinstance(raw, Mapping):
        return []
    variants = raw.get("variants")
    if isinstance(variants, Mapping) and variants:
        return [Entry(str(name), path, str(name)) for name in variants]
    return [Entry(str(raw.get("name", path.stem)), path, None)]


def find(name: str) -> Entry | None:
    """Return a network of the catalogue, if there is one of that name; only files that hold the name are parsed."""
    word = re.compile(rf"(?<![\w.+-]){re.escape(name)}(?![\w.+-])")
    for path in _files():
        if word.search(path.read_text(encoding="utf-8")):
            for entry in _entries_of(path):
                if entry.name == name:
                    return entry
    return None


def resolve(name: str) -> tuple[Source, str | None]:
    """Return the source and the variant that a name, a path, or a path with ``#variant`` means. A path that exists wins.

    Raises:
        SourceError: If it is neither, with the nearest names.
    """
    if "\n" in name or "archdsl:" in name or len(name) > 1000:
        return Source("<text>", name), None
    path, _, variant = name.partition("#")
    if _exists(name):
        return read_source(Path(name)), None
    if _exists(path):
        return read_source(Path(path)), variant or None
    quick = shipped_folder() / f"{name}.yaml"
    if quick.name == f"{name}.yaml" and "/" not in name and _exists(str(quick)):
        return _shipped(quick), _variant_of(quick, name)
    entry = find(name)
    if entry is not None:
        return _shipped(entry.path), entry.variant
    if path.endswith((".yaml", ".yml")) or "/" in path:
        read_source(Path(path))
    help = did_you_mean(name, entries()) or "`archdsl zoo` lists the catalogue"
    raise SourceError(Diagnostic("E001", f"there is no file and no network of the catalogue called `{name}`", None, help))


def _exists(path: str) -> bool:
    """Tell whether there is something at a path; a name that the system refuses is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _shipped(path: Path) -> Source:
    return read_source(path, f"specs/{path.name}")


def _variant_of(path: Path, name: str) -> str | None:
    """Tell whether the file of that name has a variant of the same name, without reading the rest of the catalogue."""
    raw = parse(read_source(path))
    variants = raw.get("variants") if isinstance(raw, Mapping) else None
    return name if isinstance(variants, Mapping) and name in variants else None
