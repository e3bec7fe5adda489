"""Every example in the documentation runs: Python sessions, documents, and commands with what they print."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import archdsl

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fences(language: str) -> list[object]:
    """Return the code blocks of a language on all pages, with a name that says where they stand."""
    found = []
    for page in PAGES:
        text = page.read_text() if page.exists() else ""
        for match in _FENCE.finditer(text):
            if match[1] == language:
                line = text.count("\n", 0, match.start()) + 1
                found.append(pytest.param(match[2], id=f"{page.name}:{line}"))
    return found


@pytest.mark.parametrize("text", fences("yaml"))
def test_documents_load(text: str) -> None:
    if not text.startswith("archdsl: 1"):
        pytest.skip("a fragment")
    arch = archdsl.load(text)
    assert arch.warnings == ()
    for variant in arch.document.variants:
        archdsl.load(text, variant)


@pytest.mark.parametrize("text", fences("python"))
def test_sessions_print_what_they_say(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(text, {}, "example", None, 0)
    assert example.examples, "a Python block without a session asserts nothing"
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
    assert result.failed == 0


@pytest.mark.parametrize("text", fences("console"))
def test_commands_print_what_they_say(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archdsl.cli import application

    monkeypatch.chdir(ROOT)
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = block.partition("\n")
        if not command.startswith("archdsl "):
            continue
        result = CliRunner().invoke(application.app, command.split()[1:], env={"NO_COLOR": "1", "TERM": "dumb"})
        assert result.exit_code == 0, result.output
        if expected.strip():
            assert [line.rstrip() for line in result.stdout.strip().splitlines()] == [line.rstrip() for line in expected.strip().splitlines()]


def modules() -> list[str]:
    """Return the names of all modules of the package."""
    return [module.name for module in pkgutil.walk_packages(archdsl.__path__, "archdsl.")]


@pytest.mark.parametrize("name", modules())
def test_docstrings_run(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__ or name.count(".") == 1, f"{name} says nothing about itself"
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


def test_there_are_modules_and_examples_to_run() -> None:
    assert len(modules()) > 40
    assert len(fences("yaml")) >= 4


def test_made_pages_are_up_to_date() -> None:
    import runpy

    for name, page in runpy.run_path(str(ROOT / "docs" / "make.py"))["PAGES"].items():
        assert (ROOT / "docs" / name).read_text() == page(), "run `python docs/make.py`"
