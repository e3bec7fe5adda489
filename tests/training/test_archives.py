"""Several archives that are put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

from archdsl.errors import UsageError
from archdsl.training.datasets import load_data


def part(first: int, count: int, names: str = "x y", **changed: Any) -> dict[str, Any]:
    """Return images that show their number, with labels, under two names."""
    numbers = numpy.arange(first, first + count)
    images = numpy.broadcast_to(numbers[:, None, None, None], (count, 4, 4, 3)).astype(numpy.uint8)
    return {**dict(zip(names.split(), (images, numbers % 3))), **changed}


def write(folder: Path, files: dict[str, dict[str, Any]]) -> Path:
    """Write archives into a folder."""
    for name, arrays in files.items():
        numpy.savez(folder / name, **arrays)
    return folder


BOTH = {**part(0, 6, "x_train y_train"), **part(50, 3, "x_test y_test")}
RIGHT: dict[str, dict[str, dict[str, Any]]] = {
    "named by part": {"c_train_0": part(0, 4), "c_train_1": part(4, 2), "c_test": part(50, 3)},
    "val": {"train": part(0, 6), "val": part(50, 3)},
    "numbers in order": {"train_2": part(0, 4), "train_10": part(4, 2), "test": part(50, 3)},
    "arrays by name": {"a": part(0, 6, "x_train y_train"), "b": part(50, 3, "x_test y_test")},
    "whole ones": {
        "a": {**part(0, 4, "x_train y_train"), **part(50, 2, "x_test y_test")},
        "b": {**part(4, 2, "x_train y_train"), **part(52, 1, "x_test y_test")},
    },
    "one": {"all": BOTH},
}


@pytest.mark.parametrize("case", RIGHT)
def test_shards_are_put_together_in_order(tmp_path: Path, case: str) -> None:
    data = load_data(write(tmp_path, RIGHT[case]))
    assert data.x_train[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert data.y_train.tolist() == [0, 1, 2, 0, 1, 2]
    assert data.x_test[:, 0, 0, 0].tolist() == [50, 51, 52]
    assert data.shape == (3, 4, 4)


def test_a_pattern_and_a_list_choose_among_files(tmp_path: Path) -> None:
    write(tmp_path, {**RIGHT["named by part"], "other": {"z": numpy.zeros(3)}})
    names = ["c_test.npz", "c_train_1.npz", "c_train_0.npz"]
    for data in (load_data(f"{tmp_path}/c_*.npz"), load_data([tmp_path / name for name in names])):
        assert (len(data.y_train), len(data.y_test)) == (6, 3)


RULE = "a file holds `x_train` and `y_train`, `x_test` and `y_test`, or `x` and `y`: its name then holds `train`, `test` or `val`"
UNCLEAR = "error[E802]: `DIR/{}.npz` does not say what is to be trained on, or has nothing of it\n  = note: it has {}\n  = note: " + RULE
WRONG: dict[str, tuple[dict[str, dict[str, Any]], str]] = {
    "no test": ({"train": part(0, 6)}, f"error[E802]: `DIR` has no `x_test`, `y_test` in any of its files\n  = note: {RULE}"),
    "no part": ({"some": part(0, 6)}, UNCLEAR.format("some", "`x`, `y`")),
    "both parts": ({"train_test": part(0, 6)}, UNCLEAR.format("train_test", "`x`, `y`")),
    "no labels": ({"train": {"x": numpy.zeros((2, 4, 4))}}, UNCLEAR.format("train", "`x`")),
    "other sizes": (
        {"train_0": part(0, 6), "train_1": part(6, 2, x=numpy.zeros((2, 5, 5, 3), numpy.uint8)), "test": part(9, 3)},
        "error[E803]: `x_train` is uint8 of (N, 4, 4, 3) in `DIR/train_0.npz`, and uint8 of (N, 5, 5, 3) in `DIR/train_1.npz`",
    ),
    "other types": (
        {"train_0": part(0, 6), "train_1": part(6, 2, x=numpy.zeros((2, 4, 4, 3))), "test": part(9, 3)},
        "error[E803]: `x_train` is uint8 of (N, 4, 4, 3) in `DIR/train_0.npz`, and float64 of (N, 4, 4, 3) in `DIR/train_1.npz`",
    ),
    "lengths": (
        {"train": part(0, 6, y=numpy.arange(5)), "test": part(9, 3)},
        "error[E803]: 6 images in `x_train` and 5 labels in `y_train` in `DIR`",
    ),
    "objects": (
        {"train": part(0, 2, y=numpy.array([{}, {}])), "test": part(9, 3)},
        "error[E802]: `y` in `DIR/train.npz` holds Python objects, not numbers\n  = help: save it as an array of numbers",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_shards_that_do_not_go_together(tmp_path: Path, case: str) -> None:
    files, message = WRONG[case]
    with pytest.raises(UsageError) as caught:
        load_data(write(tmp_path, files))
    assert str(caught.value) == message.replace("DIR", str(tmp_path))


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    write(tmp_path, RIGHT["named by part"])
    path = tmp_path / "c_train_1.npz"
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(UsageError, match=r"c_train_1\.npz` is no archive of arrays that can be read"):
        load_data(tmp_path)
