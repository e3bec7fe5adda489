"""Commands about search spaces."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from archdsl.cli import app
from archdsl.expansion.architecture import load

FEW = "{archdsl: 1, name: few, input: [4, 8, 8], net: [{choice: [[relu], [{conv: {choice: [4, 8]}}]]}]}"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_single_network_is_printed() -> None:
    result = run("sample", "nasbench201", "--seed", "3")
    assert result.exit_code == 0
    assert result.stdout.startswith("# drawn from nas-bench-201 with the seed 12884901888\narchdsl: 1\nname: nas-bench-201-3-1\n")
    assert load(result.stdout).expansion.draws == ()


def test_networks_are_written_as_documents(tmp_path: Path) -> None:
    folder = tmp_path / "nets"
    result = run("sample", "branch_patterns", "-n", "12", "--seed", "7", "--max-params", "300k", "-o", str(folder), "--json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [Path(row["file"]).name for row in rows] == [f"branch-patterns-7-{number:02}.yaml" for number in range(1, 13)]
    assert all(row["params"] <= 300_000 for row in rows)
    assert len({row["fingerprint"] for row in rows}) == 12
    assert run("check", *(row["file"] for row in rows)).exit_code == 0
    assert run("fmt", "--check", *(row["file"] for row in rows)).exit_code == 0


def test_the_account_is_printed(tmp_path: Path) -> None:
    result = run("sample", "nasbench201", "-n", "3", "--max-params", "1M", "-o", str(tmp_path))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"3 networks of `nas-bench-201` in {tmp_path}"
    assert "each choice by itself, uniformly" in lines[1]
    assert "at most 1,000,000 parameters" in result.stdout
    weighted = run("sample", "fractal_grammar", "-n", "2", "-o", str(tmp_path))
    assert "by its weights: `grow.choice`; the others uniformly" in weighted.stdout


def test_what_was_found_is_kept_when_the_space_gives_no_more(tmp_path: Path) -> None:
    path = tmp_path / "few.yaml"
    path.write_text(FEW)
    result = run("sample", str(path), "-n", "9", "--patience", "40", "-o", str(tmp_path / "nets"))
    assert result.exit_code == 1
    assert "error[E953]: `few` gave 3 of 9 networks" in result.stderr
    assert " duplicates" in result.stderr
    assert len(list((tmp_path / "nets").iterdir())) == 3
    assert "3 networks of `few`" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sample", "resnet50", "-o", "nets"), 1, "has no holes: it is one network"),
        (("sample", "no-space", "-o", "nets"), 1, "there is no file and no space"),
        (("space", "branch_pattern"), 1, "did you mean `branch_patterns`?"),
        (("sample", "nasbench201", "-n", "5"), 2, "5 networks need a folder"),
        (("sample", "nasbench201", "--max-params", "lots"), 2, "`lots` is no amount"),
        (("sample", "nasbench201", "--max-params", "1k", "--min-params", "1M"), 2, "is above the most"),
        (("sample", "nasbench201", "--principle", "beauty"), 2, "there is no principle `beauty`"),
        (("sample", "nasbench201", "--set", "cell=3"), 2, "has no var `cell` to set"),
        (("sample", "nasbench201", "-n", "0"), 2, "-n"),
        (("sample", "nasbench201", "--max-params", "10", "--patience", "30"), 1, "in 30 draws"),
        (("space", "resnet50"), 1, "has no holes: it is one network"),
        (("space", "{archdsl: 1, input: [3], net: [relu]}"), 1, "has no holes"),
        (("space", "nasbench201", "--samples", "2", "-o", "spread.doc"), 2, "what kind of picture"),
    ],
)
def test_mistakes_are_said_in_a_line(words: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "nets").write_text("a file")
    for folder in ("nets", "nets/inside"):
        result = run("sample", "nasbench201", "-o", str(tmp_path / folder))
        assert (result.exit_code, "cannot read or write" in result.stderr, result.stdout) == (1, True, "")


def test_a_space_shows_its_size_its_choices_and_its_spread() -> None:
    result = run("space", "nasbench201", "--samples", "5")
    assert result.exit_code == 0
    assert "networks   15,625" in result.stdout
    assert "e        one of $ops, times 6   specs/spaces/nasbench201.yaml:11" in result.stdout
    assert "5, of which all fit" in result.stdout


def test_a_space_as_json(tmp_path: Path) -> None:
    result = run("space", "branch_patterns", "--samples", "4", "--json", "-o", str(tmp_path / "spread.png"))
    found = json.loads(result.stdout)
    assert (found["size"], found["exact"]) == (1776**3, True)
    assert [choice["name"] for choice in found["choices"]][:2] == ["patterns", "patterns.multi_residual"]
    assert found["spread"]["params"]["p0"] <= found["spread"]["params"]["p100"]
    assert (tmp_path / "spread.png").read_bytes().startswith(b"\x89PNG")


def test_names_of_documents_do_no_harm(tmp_path: Path) -> None:
    text = 'archdsl: 1\nname: "../../x, net: [boom]"\ninput: [4, 8, 8]\nnet: [{conv: {choice: [4, 8]}}]\n'
    path = tmp_path / "space.yaml"
    path.write_text(text)
    result = run("sample", str(path), "-n", "2", "-o", str(tmp_path / "nets"))
    assert result.exit_code == 0, result.stderr
    files = sorted((tmp_path / "nets").iterdir())
    assert [file.name for file in files] == ["x-net-boom-0-1.yaml", "x-net-boom-0-2.yaml"]
    assert files[0].read_text().startswith("# drawn from x-net-boom with the seed ")
    assert run("check", *map(str, files)).exit_code == 0


def test_sampling_needs_no_torch() -> None:
    code = "import sys; from archdsl.cli import app; app(['sample', 'nasbench201'], standalone_mode=False); print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "False"
