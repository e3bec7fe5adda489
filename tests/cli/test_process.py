"""The command line as a process: what it imports, and how it ends when something around it fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "networkx", "numpy", "lightning", "optuna", "matplotlib", "graphviz", "sklearn")
START = "import sys; from archdsl.cli import main; sys.argv[0] = 'archdsl'; main()"


def run(*arguments: str, start: str = START, **options: object) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "cwd": ROOT, **options}
    return subprocess.run([sys.executable, "-c", start, *arguments], text=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


IMPORTED = f"""
import sys
from archdsl.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "resnet50"],
        ["show", "resnet50"],
        ["show", "resnet50", "--json"],
        ["fmt", "--check"],
        ["schema"],
        ["--help"],
        ["train", "--help"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(arguments: list[str], tmp_path: Path) -> None:
    if arguments[0] == "fmt":
        tidy = tmp_path / "tidy.yaml"
        tidy.write_text("archdsl: 1\n")
        arguments = [*arguments, str(tidy)]
    result = run(*arguments, start=IMPORTED)
    assert result.stderr.splitlines()[-1] == "[]", result.stderr


def test_check_imports_only_the_rooms_that_it_needs() -> None:
    late = ("rich", "archdsl.passes", "archdsl.principles", "archdsl.rendering", "archdsl.backend", "archdsl.training", "archdsl.searching")
    start = IMPORTED.replace(str(HEAVY), str((*HEAVY, *late, "archdsl.analysis.table", "archdsl.cli.printing")))
    assert run("check", "resnet50", start=start).stderr == "[]\n"


def test_annotations_that_others_read_are_no_strings() -> None:
    """pydantic and typer compile a string anew for every class and command, which took a seventh of the time of `check`."""
    from archdsl import cli
    from archdsl.ops.catalogue import OPS
    from archdsl.spec.document import Document
    from archdsl.spec.pieces import Node

    read = [*OPS.values(), *_below(Node), *(each.callback for each in cli.app.registered_commands)]
    assert Document in read and len(read) > 120
    late = [each for each in read if any(isinstance(written, str) for written in each.__annotations__.values())]
    assert late == [], f"leave out `from __future__ import annotations` in the modules of {late}"


def _below(model: type) -> Iterator[type]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def test_commands_are_told_apart_before_anything_is_imported_for_one() -> None:
    late = ("pydantic", "rich.table", "archdsl.analysis", "archdsl.spec", "archdsl.rendering")
    start = f"import sys, archdsl.cli; from archdsl.cli import application; print([name for name in {late} if name in sys.modules])"
    assert run(start=start).stdout == "[]\n"


def test_the_package_imports_nothing_heavy() -> None:
    start = f"import sys, archdsl; dir(archdsl); print([name for name in {HEAVY} if name in sys.modules])"
    assert run(start=start).stdout == "[]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals there")
def test_a_narrow_terminal_gets_colours_and_all_columns() -> None:
    import pty

    reader, writer = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    result = run("show", "resnet50", capture_output=False, stdout=writer, stderr=subprocess.PIPE, env=environment)
    os.close(writer)
    shown = b"".join(_all_of(reader)).decode()
    os.close(reader)
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b[" in shown
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in shown.splitlines()]
    assert max(map(len, plain)) <= 80
    assert "  stage1              13 conv, 13 …   (512, 28, 28)    1.22 M   1.03 G   25.1%" in plain


def _all_of(reader: int) -> Iterator[bytes]:
    """Yield what stands in a pseudo-terminal until there is no more: then it gives an error."""
    while True:
        try:
            part = os.read(reader, 1 << 16)
        except OSError:
            return
        if not part:
            return
        yield part


def test_a_closed_pipe_is_silent() -> None:
    script = f'"{sys.executable}" -c "{START}" show densenet121 --by node | head -1'
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert result.stderr == ""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_output_is_no_error(closed: str) -> None:
    script = f'"{sys.executable}" -c "{START}" show densenet121 --by node {closed}'
    found = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (found.returncode, found.stderr) == (0, "")


def test_a_pipe_that_is_closed_from_the_start_is_silent() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        result = run("show", "resnet50", capture_output=False, stdout=pipe, stderr=subprocess.PIPE)
    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_full_disk_is_said_in_a_line() -> None:
    with Path("/dev/full").open("w") as full:
        result = run("show", "resnet50", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (result.returncode, result.stderr) == (1, "error[E711]: cannot read or write: no space left on device\n")


def test_an_interruption_is_said_in_a_line() -> None:
    start = "import signal, sys\nimport archdsl.spec.layout as layout\nlayout.reformat = lambda source: signal.raise_signal(signal.SIGINT)\n" + START
    result = run("fmt", "-", start=start, input="archdsl: 1")
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "interrupted\n")


def test_a_missing_extra_is_named() -> None:
    start = "import sys; sys.modules['torch'] = None; " + START
    result = run("export", "resnet50", start=start)
    if "archdsl.backend.export" in result.stderr:
        pytest.skip("export is not there yet")
    assert result.returncode == 3
    assert result.stderr == "error[E710]: this needs `torch`, which is not installed\n  = help: pip install 'archdsl[torch]'\n"


def test_a_missing_extra_is_named_in_python() -> None:
    start = """
import sys
sys.modules["torch"] = None
import archdsl
try:
    archdsl.compile
except archdsl.MissingDependencyError as error:
    print(error)
"""
    assert run(start=start).stdout == "error[E710]: this needs `torch`, which is not installed\n  = help: pip install 'archdsl[torch]'\n"


def test_an_own_mistake_is_not_hidden() -> None:
    start = "import archdsl.analysis.cost as c; c.analyze = lambda arch: 1 / 0; " + START
    assert "ZeroDivisionError" in run("show", "resnet50", start=start).stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_terminal_will_do(encoding: str) -> None:
    result = run("show", "resnet50", env={**os.environ, "PYTHONIOENCODING": encoding}, errors="replace")
    assert result.returncode == 0, result.stderr
