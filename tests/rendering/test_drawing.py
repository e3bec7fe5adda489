"""Drawing to files: formats, refusals, and files that are replaced whole."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import archdsl
from archdsl.errors import TargetError, UsageError
from archdsl.rendering import Options, dot_text, render
from archdsl.rendering.picturing import picture_of

TINY = """
archdsl: 1
input: [3, 8, 8]
net: [{conv: {out_channels: 4, kernel_size: 3}}, batch_norm, relu, global_avg_pool, {linear: 10}]
"""


STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph", "html": b"<!doctype html>", "mmd": b"flowchart"}


@pytest.mark.parametrize(("suffix", "start"), STARTS.items())
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
    with pytest.raises((TargetError, UsageError), match=message):
        render(archdsl.load(TINY), tmp_path / name)


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "net.dot"
    target.write_text("old")
    render(archdsl.load(TINY), target)
    kept = target.read_text()
    assert kept.startswith("digraph")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(TargetError, match="no space left"):
        render(archdsl.load(TINY), target, depth=2)
    assert target.read_text() == kept
    assert [each.name for each in tmp_path.iterdir()] == ["net.dot"]


def test_blocks_that_call_themselves_deeply_are_drawn_soon() -> None:
    block = "f: {args: {n: }, body: [{if: $(n > 0), then: [{skip: [{f: {n: $(n - 1)}}]}], else: [{conv: 4}]}]}"
    arch = archdsl.load(f"archdsl: 1\ninput: [4, 8, 8]\nblocks: {{{block}}}\nnet: [{{f: 40}}]\n")
    start = time.process_time()
    assert dot_text(arch).count('label="+"') >= 1
    assert time.process_time() - start < 5


def test_options_come_by_name_or_together(tmp_path: Path) -> None:
    one = render(archdsl.load(TINY), tmp_path / "one.dot", direction="lr").read_text()
    assert one == render(archdsl.load(TINY), tmp_path / "two.dot", Options(direction="lr")).read_text()
    with pytest.raises(UsageError, match="did you mean `direction`"):
        render(archdsl.load(TINY), tmp_path / "three.dot", directoin="lr")


@pytest.mark.parametrize(
    ("name", "settings"),
    [("densenet121", {"depths": [6, 12, 64, 48]}), ("resnet50", {"depths": [83, 83, 83, 83]}), ("fractalnet-20", {"columns": 8})],
)
def test_large_networks_are_small_pictures(name: str, settings: dict[str, object]) -> None:
    view = picture_of(archdsl.load(name, set=settings), Options())
    assert sum(len(panel.boxes) for panel in view.panels) < 60
