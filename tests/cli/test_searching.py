"""Commands about searches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from archdsl.cli import app

SPACE = """
archdsl: 1
name: little
input: [1, 8, 8]
vars: {width: {int: [1, 200]}, kernel: {choice: [1, 3]}, classes: 10}
net: [{conv: {out_channels: $width, kernel_size: $kernel}}, relu, global_avg_pool, {linear: $classes}]
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def searched(folder: Path, *words: str) -> Result:
    space = folder / "little.yaml"
    space.write_text(SPACE)
    return run("search", str(space), "--evaluate", "cost", "--storage", str(folder / "s.db"), *words)


def test_a_search_ends_with_the_best_as_json_and_goes_on(tmp_path: Path) -> None:
    result = searched(tmp_path, "-n", "8", "--objective", "macs", "--max-params", "2k")
    assert result.exit_code == 0, result.output
    assert "little-evolution-0: 8 trials, evolution, cost, for macs" in result.stdout
    assert "at most 2,000 parameters" in result.stdout
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["complete"] == 8
    again = json.loads(searched(tmp_path, "-n", "10", "--objective", "macs", "--max-params", "2k").stdout.splitlines()[-1])
    assert again["complete"] == 10
    assert again["best"]["macs"] <= found["best"]["macs"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--strategy", "evolutoin"], 2, "did you mean `evolution`"),
        (["--max-params", "few"], 2, "`few` is no amount"),
        (["--objective", "eror"], 2, "did you mean `error`"),
        (["--objective", "error"], 2, "`cost` does not measure `error`"),
        (["-o", "none/r.html"], 1, "cannot write `none/r.html`"),
        (["--storage", "none/s.db"], 1, "unable to open"),
        (["--storage="], 1, "`.` is a folder"),
        (["--max-params", "10"], 1, "gave 0 of 1 networks"),
        (["--evaluate", "train", "--data", "digts"], 1, "did you mean `digits`"),
        (["--evaluate", "train", "--set", "input=[3, 32, 32]"], 2, "`--set input=[1,8,8]`"),
    ],
)
def test_wrong_searches_have_a_message(tmp_path: Path, words: list[str], code: int, message: str) -> None:
    result = searched(tmp_path, "-n", "2", *words)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_study_of_other_settings_is_kept(tmp_path: Path) -> None:
    assert searched(tmp_path, "-n", "2").exit_code == 0
    result = searched(tmp_path, "-n", "2", "--max-params", "1M")
    assert result.exit_code == 1
    assert "is another one: another budget" in result.stderr


def test_a_search_writes_its_report(tmp_path: Path) -> None:
    assert searched(tmp_path, "-n", "3", "-o", str(tmp_path / "r.html")).exit_code == 0
    assert "little" in (tmp_path / "r.html").read_text()
    assert run("report", str(tmp_path / "s.db"), "-o", str(tmp_path / "r.png")).exit_code == 0
    storage = str(tmp_path / "s.db")
    for words, code in (([storage, "-o", "r.doc"], 2), ([str(tmp_path / "none.db")], 1), ([storage, "-o", str(tmp_path / "none/r.html")], 1)):
        assert run("report", *words).exit_code == code
