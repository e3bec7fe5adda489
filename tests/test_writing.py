"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from archdsl.errors import TargetError
from archdsl.writing import write_whole

BOTH = pytest.mark.parametrize("durable", [False, True])


@BOTH
@pytest.mark.parametrize("content", ["text \N{EURO SIGN}", b"bytes", memoryview(b"a view")])
def test_what_is_given_is_in_the_file_and_nothing_beside_it(tmp_path: Path, content: str | bytes | memoryview, durable: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old" * 1000)
    write_whole(path, content, durable=durable)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else bytes(content))
    assert list(tmp_path.iterdir()) == [path]


@BOTH
@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_rights_stay_and_new_files_get_the_usual_ones(tmp_path: Path, durable: bool) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("")
    old.chmod(0o640)
    mask = os.umask(0o027)
    try:
        for path in (old, new):
            write_whole(path, "x", durable=durable)
    finally:
        os.umask(mask)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (old, new)] == [0o640, 0o640]


@pytest.mark.parametrize("name", ["n" * 255, "\N{GRINNING FACE}" * 63])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, "content")
    assert (tmp_path / name).read_text() == "content"


@BOTH
@pytest.mark.skipif(os.name == "nt", reason="no links there without rights")
def test_a_link_stays_a_link_to_the_new_content(tmp_path: Path, durable: bool) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", "new", durable=durable)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


@BOTH
@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="no such device")
def test_a_device_stays_one(durable: bool) -> None:
    write_whole(Path("/dev/null"), "gone", code="E809", durable=durable)
    assert Path("/dev/null").is_char_device()


@BOTH
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names there")
def test_a_pipe_is_written_to(tmp_path: Path, durable: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", "through", durable=durable)
    reader.join(10)
    assert got == [b"through"]


@BOTH
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("folder", "error[E809]: `PLACE` is a folder\n  = help: name a file"),
        ("none/file", "error[E809]: cannot write `PLACE`: no such file or directory"),
        ("file/file", "error[E809]: cannot write `PLACE`: not a directory"),
        ("x" * 300, "error[E809]: cannot write `PLACE`: file name too long"),
    ],
)
def test_what_cannot_be_written_is_said_with_the_code_or_raised_with_the_name(tmp_path: Path, place: str, message: str, durable: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    path = tmp_path / place
    with pytest.raises(TargetError) as caught:
        write_whole(path, "new", code="E809", durable=durable)
    assert str(caught.value) == message.replace("PLACE", str(path))
    with pytest.raises(OSError) as raised:
        write_whole(path, "new", durable=durable)
    assert raised.value.filename == str(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_a_half_written_file_of_a_killed_run_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".last.pt.part").write_bytes(b"half of it" * 100)
    write_whole(tmp_path / "last.pt", b"whole", durable=True)
    assert (tmp_path / "last.pt").read_bytes() == b"whole"
    assert [each.name for each in tmp_path.iterdir()] == ["last.pt"]
