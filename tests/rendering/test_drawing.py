"""Drawing to files: formats, refusals, and files that are replaced whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl.errors import UsageError
from archdsl.rendering import render

TINY = """
archdsl: 1
input: [3, 8, 8]
net: [{conv: {out_channels: 4, kernel_size: 3}}, batch_norm, relu, global_avg_pool, {linear: 10}]
"""


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")])
def test_formats(tmp_path: Path, suffix: str, start: bytes) -> None:
    target = tmp_path / f"net.{suffix}"
    assert render(archdsl.load(TINY), target) == target
    assert target.read_bytes().startswith(start)
    assert [each.name for each in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.gif", "unknown format `.gif`"),
        ("net", "has no suffix"),
        ("folder.svg", "is a folder"),
        ("missing/net.svg", "cannot write"),
    ],
)
def test_refusals(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(UsageError, match=message):
        render(archdsl.load(TINY), tmp_path / name)
