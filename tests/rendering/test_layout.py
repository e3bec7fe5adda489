"""Running Graphviz: with a program, with a package, with neither, with broken ones, and too slow."""

from __future__ import annotations

import importlib.util
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.errors import MissingDependencyError, UsageError
from archdsl.rendering import layout, render, svg_text
from archdsl.rendering.layout import Job, run
from tests.rendering.documents import DOCUMENTS

ARCH = archdsl.load(DOCUMENTS["residual"])


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Take away the program and the package; return an empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    found = importlib.util.find_spec
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(layout.importlib.util, "find_spec", lambda name, package=None: None if name == "pygraphviz" else found(name, package))
    return folder


def program(folder: Path, script: str) -> None:
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_graphviz_the_text_is_written_beside(bare: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match="which is not installed") as caught:
        render(ARCH, tmp_path / "net.svg")
    assert "pip install 'archdsl[render]'" in str(caught.value) and "net.dot" in str(caught.value)
    assert (tmp_path / "net.dot").read_text().startswith("digraph")
    assert not (tmp_path / "net.svg").exists()


@pytest.mark.parametrize("suffix", ["dot", "mmd"])
def test_text_needs_no_graphviz(bare: Path, tmp_path: Path, suffix: str) -> None:
    assert render(ARCH, tmp_path / f"net.{suffix}").read_text()


@pytest.mark.skipif(os.name == "nt", reason="scripts are no programs there")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit('no plugins')", "failed: no plugins"),
        ("import sys; sys.exit(7)", "exit status 7"),
        ("pass", "exit status 0"),
        ("print('hello')", "answers with something else"),
        ("print('{}')", "answers with something else"),
    ],
)
def test_a_broken_program(bare: Path, tmp_path: Path, script: str, message: str) -> None:
    program(bare, script)
    with pytest.raises(MissingDependencyError, match="does not work here") as caught:
        render(ARCH, tmp_path / "net.svg")
    assert message in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="scripts are no programs there")
def test_a_broken_program_beside_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path, "import sys; sys.exit('no plugins')")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "<svg" in svg_text(ARCH)


@pytest.mark.skipif(os.name == "nt", reason="scripts are no programs there")
def test_a_program_that_works_is_used(bare: Path) -> None:
    program(bare, "import sys; sys.stdout.write(' '.join(sys.argv[1:]) + sys.stdin.read())")
    assert run([Job("digraph {}", "nop2", "svg")]) == [b"-Knop2 -Tsvgdigraph {}"]


@pytest.mark.parametrize("program_there", [True, False])
def test_many_layouts_come_back_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program_there: bool) -> None:
    if not program_there:
        monkeypatch.setenv("PATH", str(tmp_path))
    engines = ("dot", "nop2", "dot", "nop2", "dot")
    jobs = [Job(f'digraph "g{number}" {{ a [pos="{number},0"] }}', engine, "json0") for number, engine in enumerate(engines)]
    assert [json.loads(each)["name"] for each in run(jobs)] == ["g0", "g1", "g2", "g3", "g4"]


@pytest.mark.skipif(os.name == "nt", reason="scripts are no programs there")
def test_the_time_limit(bare: Path) -> None:
    program(bare, "import time; time.sleep(60)")
    with pytest.raises(UsageError, match=r"more than 0\.5 seconds"):
        run([Job("digraph {}", "dot", "svg")], 0.5)


def test_the_package_is_not_imported_here() -> None:
    script = "import sys, archdsl.rendering; assert not {'torch', 'pygraphviz', 'graphviz', 'networkx'} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
