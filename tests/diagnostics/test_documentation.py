"""``docs/errors.md``: every code is there, and every example says exactly what the page says."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.expectations import check_expectations
from archdsl.errors import format_diagnostic
from archdsl.source import Source

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"
TEXT = PAGE.read_text(encoding="utf-8")
ENTRY = re.compile(r"^### (?P<code>[EW]\d{3}): .+?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```(yaml wrong|text|yaml mended)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENTRIES = {match["code"]: dict(FENCE.findall(match[0])) for match in ENTRY.finditer(TEXT)}
SHOWN = sorted(code for code, fences in ENTRIES.items() if fences)
CODES = sorted({code for path in (ROOT / "archdsl").rglob("*.py") for code in re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8"))})
WITHOUT_EXAMPLE = {"E001", "E002", "E003", "E004", "E014", "E307", "E405"}
"""Codes about files and floods, which ``test_files`` has, and about compiling."""


def said(text: str) -> str:
    """Return everything that is said about a document, warnings and failed expectations included."""
    try:
        arch = archdsl.load(Source("net.yaml", text))
    except archdsl.ArchError as error:
        return str(error)
    return "\n\n".join(map(format_diagnostic, (*arch.warnings, *check_expectations(arch))))


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_on_the_page(code: str) -> None:
    assert f"`{code}`" in TEXT or code in ENTRIES


@pytest.mark.parametrize("code", [code for code in CODES if code < "E6" or code > "W"])
def test_every_code_about_documents_has_an_example(code: str) -> None:
    assert (code in SHOWN) != (code in WITHOUT_EXAMPLE)


def test_no_code_is_on_the_page_in_vain() -> None:
    assert set(ENTRIES) | set(re.findall(r"^\| `([EW]\d{3})`", TEXT, re.MULTILINE)) == set(CODES)


@pytest.mark.parametrize("code", SHOWN)
def test_example(code: str) -> None:
    fences = ENTRIES[code]
    message = said(fences["yaml wrong"])
    if os.environ.get("REWRITE"):
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(text.replace(f"```text\n{fences['text']}```", f"```text\n{message}\n```"), encoding="utf-8", newline="\n")
    assert f"{message}\n" == fences["text"]
    assert f"[{code}]" in message
    assert said(fences["yaml mended"]) == ""
