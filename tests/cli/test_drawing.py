"""``render`` as a user meets it: what each option does, and one clear line with the right exit code for what goes wrong."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archdsl.cli import app
from archdsl.rendering import layout

TINY = """archdsl: 1
name: tiny
input: [3, 16, 16]
blocks: {unit: {args: {width: }, body: [{skip: [{conv: $width}, relu, {conv: $width}]}, relu]}}
net: [{conv: 8}, {repeat: {times: 3, index: i, body: [{unit: {width: 8}}]}}, global_avg_pool, {linear: 10}]
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(TINY)
    return tmp_path / "net.yaml"


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["render", *words])
    return result.exit_code, result.stdout, result.stderr


def drawn(*words: str) -> str:
    code, _, error = run("net.yaml", "-o", "out.dot", *words)
    assert code == 0, error
    return Path("out.dot").read_text()


@pytest.mark.parametrize(
    ("words", "shows", "plain_shows"),
    [
        (("--depth", "2"), "plate", False),
        (("--expand", "unit"), "plate", False),
        (("--zoom", ""), "cluster_1", True),
        (("--no-fuse",), "1×1, 8 · ReLU", True),
        (("--lr",), 'rankdir="LR"', False),
        (("--shapes", "none"), "8×16×16", True),
        (("--label", "paper"), "3, 1×1, 8", False),
        (("--color", "macs"), " %", False),
        (("--theme", "dark"), "#16191D", False),
        (("--block", "unit"), "global avg-pool", True),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else None,
)
def test_options(net: Path, words: tuple[str, ...], shows: str, plain_shows: bool) -> None:
    plain, changed = drawn(), drawn(*words)
    assert plain != changed
    assert ((shows in plain), (shows in changed)) == (plain_shows, not plain_shows)


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "html", "mmd"])
def test_formats(net: Path, suffix: str) -> None:
    assert run("net.yaml", "-o", f"out.{suffix}") == (0, "", "")
    assert Path(f"out.{suffix}").stat().st_size > 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "out.gif"), "error[E903]: unknown format `.gif` of `out.gif`\n  = help: one of `.dot`, `.html`, `.mmd`, `.pdf`, `.png`, `.svg`\n"),
        (("-o", "out"), "error[E903]: `out` has no suffix that says the format\n  = help: one of `.dot`, `.html`, `.mmd`, `.pdf`, `.png`, `.svg`\n"),
        (("-o", "folder.svg"), "error[E904]: `folder.svg` is a folder\n  = help: name a file\n"),
        (("-o", "folder.html"), "error[E904]: `folder.html` is a folder\n  = help: name a file\n"),
        (("-o", "none/out.html"), "error[E904]: cannot write `none/out.html`: no such file or directory\n"),
        (("-o", "net.yaml/out.svg"), "error[E904]: cannot write `net.yaml/out.svg`: not a directory\n"),
        (("-o", "out.html", "--block", "unti"), "error[E906]: the network has no block `unti`\n  = help: did you mean `unit`?\n"),
        (("-o", "out.html", "--color", "mac"), "error[E905]: unknown value `mac` of `color`\n  = help: did you mean `macs`?\n"),
        (("-o", "out.svg", "--depth", "0"), "error[E905]: `depth` is a whole number from 1, got `0`\n"),
        (("-o", "out.svg", "--zoom", "unti"), "error[E906]: the network has no block `unti`\n  = help: did you mean `unit`?\n"),
        (("-o", "out.svg", "--expand", "stage*"), "error[E906]: the network has no block `stage*`\n  = help: its blocks: `unit`\n"),
        (("-o", "out.html", "--expand", "stage*"), "error[E906]: the network has no block `stage*`\n  = help: its blocks: `unit`\n"),
    ],
)
def test_a_wrong_call_is_one_clear_line(net: Path, words: tuple[str, ...], message: str) -> None:
    for name in ("folder.svg", "folder.html"):
        Path(name).mkdir()
    before = sorted(net.parent.rglob("*"))
    assert run("net.yaml", *words) == (1 if "E904" in message else 2, "", message)
    assert sorted(net.parent.rglob("*")) == before, "nothing is left behind"


@pytest.mark.parametrize("suffix", ["dot", "html"])
def test_a_library_has_no_network(net: Path, suffix: str) -> None:
    Path("blocks.yaml").write_text("archdsl: 1\nname: parts\nblocks: {unit: {body: [relu]}}\n")
    assert run("blocks.yaml", "-o", f"out.{suffix}") == (2, "", "error[E701]: `parts` is a library of blocks and has no network\n")


@pytest.mark.parametrize("suffix", ["dot", "html"])
def test_a_depth_beyond_all_blocks_is_that_of_the_innermost(net: Path, suffix: str) -> None:
    for depth in ("9", "999999999999"):
        assert run("net.yaml", "-o", f"{depth}.{suffix}", "--depth", depth)[0] == 0
    assert Path(f"9.{suffix}").read_text() == Path(f"999999999999.{suffix}").read_text()


def test_a_depth_that_is_too_large_is_lowered_at_once(net: Path) -> None:
    long = ", ".join(f"{{conv: {width % 7 + 4}}}" for width in range(1600))
    Path("large.yaml").write_text(f"archdsl: 1\ninput: [4, 8, 8]\nblocks: {{long: {{body: [{long}]}}}}\nnet: [long, {{max_pool: 2}}, long]\n")
    assert run("large.yaml", "-o", "out.dot", "--depth", "999999999999")[0] == 0
    assert "blocks are open to depth 1: more would be too large" in Path("out.dot").read_text()
    code, _, error = run("large.yaml", "-o", "zoom.dot", "--zoom", "long")
    assert (code, error.splitlines()[0]) == (2, "error[E908]: the picture of `network` would have 1,602 boxes")


@pytest.mark.parametrize("suffix", ["svg", "html", "pdf"])
def test_without_graphviz_the_text_is_beside(net: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setenv("PATH", str(net.parent))
    monkeypatch.setattr(layout.importlib.util, "find_spec", lambda name, package=None: None if name == "pygraphviz" else find(name, package))
    code, _, error = run("net.yaml", "-o", f"out.{suffix}")
    assert code == 3 and error.startswith("error[E902]: drawing needs Graphviz, which is not installed\n")
    assert "the picture as text is in `out.dot`" in error and "apt install graphviz" in error
    assert Path("out.dot").read_text().startswith("digraph") and not Path(f"out.{suffix}").exists()


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_with_the_package_alone(net: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setenv("PATH", str(net.parent))
    assert run("net.yaml", "-o", f"out.{suffix}") == (0, "", "")
    assert "unit" in Path(f"out.{suffix}").read_text()


def test_a_layout_that_hangs_is_ended(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = net.parent / "dot"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(net.parent))
    monkeypatch.setattr(layout.run, "__defaults__", (0.5,))
    Path("out.html").write_text("old")
    code, _, error = run("net.yaml", "-o", "out.html")
    assert code == 2 and error.startswith("error[E907]: the layout takes more than 0.5 seconds\n")
    assert Path("out.html").read_text() == "old"


def test_a_folder_that_may_not_be_written(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    assert run("net.yaml", "-o", "out.dot") == (1, "", "error[E904]: cannot write `out.dot`: permission denied\n")


@pytest.mark.skipif(os.name == "nt", reason="no limits there")
def test_a_full_disk_leaves_the_old_file(net: Path) -> None:
    Path("out.html").write_text("old")
    script = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))"
    command = [sys.executable, "-c", f"{script}; sys.argv[1:] = ['render', 'net.yaml', '-o', 'out.html']; from archdsl.cli import main; main()"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error[E904]: cannot write `out.html`: file too large\n")
    assert Path("out.html").read_text() == "old"
    assert sorted(each.name for each in net.parent.iterdir()) == ["net.yaml", "out.html"]
