"""Wrong documents and the whole message that each gives.

A case is ``cases/NAME.yaml`` with ``cases/NAME.txt`` beside it; a first line ``# load: {...}`` holds arguments of ``load``. ``REWRITE=1`` writes the
messages anew: read every one that changes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

import archdsl

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.yaml"))
REWRITE = bool(os.environ.get("REWRITE"))


def arguments(text: str) -> dict[str, Any]:
    """Return the arguments of ``load`` that a case asks for."""
    first = text.partition("\n")[0]
    return yaml.safe_load(first.removeprefix("# load:")) if first.startswith("# load:") else {}


def message_of(name: str, **options: Any) -> tuple[str, archdsl.ArchError]:
    """Return what loading a wrong document says, and the error."""
    with pytest.raises(archdsl.ArchError) as caught:
        archdsl.load(name, **options)
    return f"{caught.value}\n", caught.value


@pytest.mark.parametrize("name", NAMES)
def test_message(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    given, error = message_of(f"{name}.yaml", **arguments(Path(f"{name}.yaml").read_text(encoding="utf-8")))
    expected = Path(f"{name}.txt")
    if REWRITE:
        expected.write_text(given, encoding="utf-8", newline="\n")
    assert given == expected.read_text(encoding="utf-8")
    check_style(error)


def check_style(error: archdsl.ArchError) -> None:
    """Every message is a sentence in lower case without a full stop; findings of a file come in its order, none twice."""
    assert error.diagnostics
    for each in error.diagnostics:
        for text in filter(None, (each.message, each.help, *each.notes)):
            assert not text.endswith("."), text
            assert not text[0].isupper() or text.startswith("YAML"), text
        assert each.as_dict()["message"] == each.message
    assert len(set(error.diagnostics)) == len(error.diagnostics)
    places = [(each.span.file, each.span.line, each.span.column) for each in error.diagnostics if each.span is not None]
    assert places == sorted(places)


def test_there_are_enough() -> None:
    assert len(NAMES) >= 200
    assert sorted(path.stem for path in CASES.glob("*.txt")) == NAMES
