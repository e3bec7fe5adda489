"""Data sets: the digits, archives, and everything that can be wrong with them."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pytest
import yaml

from archdsl import load
from archdsl.errors import UsageError
from archdsl.training.datasets import load_data, make_dataset
from archdsl.training.fitness import check_fit
from archdsl.training.resizing import resize_data
from tests.training.networks import TINY


def arrays(**changed: Any) -> dict[str, Any]:
    """Return a small right data set, with some arrays changed."""
    draw = numpy.random.default_rng(0)
    right = {
        "x_train": draw.integers(0, 256, (20, 6, 6), dtype=numpy.uint8),
        "y_train": numpy.arange(20) % 4,
        "x_test": draw.integers(0, 256, (8, 6, 6), dtype=numpy.uint8),
        "y_test": numpy.arange(8) % 4,
    }
    return {**right, **changed}


def test_digits_are_always_split_the_same_way_with_equal_shares_of_each_class() -> None:
    digits = load_data("digits")
    assert (digits.shape, digits.classes, len(digits.y_train), len(digits.y_test)) == ((1, 8, 8), 10, 1437, 360)
    assert digits.x_train.dtype == numpy.float32
    assert digits.y_test[:12].tolist() == load_data().y_test[:12].tolist()
    shares = numpy.bincount(digits.y_test) / numpy.bincount(digits.y_train)
    assert abs(shares - 360 / 1437).max() < 0.01
    normalized = (digits.x_train - digits.mean[0]) / digits.std[0]
    assert abs(normalized.mean()) < 1e-5 and abs(normalized.std() - 1) < 1e-5


@pytest.mark.parametrize(
    ("stored", "shape"), [((6, 6), (1, 6, 6)), ((6, 6, 3), (3, 6, 6)), ((3, 6, 6), (3, 6, 6)), ((6, 6, 1), (1, 6, 6)), ((2, 42, 42), (2, 42, 42))]
)
def test_layouts(stored: tuple[int, ...], shape: tuple[int, ...]) -> None:
    data = make_dataset("d", arrays(x_train=numpy.zeros((20, *stored)), x_test=numpy.ones((8, *stored))))
    assert data.shape == shape
    assert data.x_train.dtype == numpy.float32
    assert data.std == (1.0,) * shape[0]


def test_bytes_stay_bytes_and_columns_of_labels_are_labels() -> None:
    data = make_dataset("d", arrays(y_train=arrays()["y_train"][:, None]))
    assert data.x_train.dtype == numpy.uint8
    assert data.y_train.shape == (20,)
    assert data.mean == pytest.approx((arrays()["x_train"].mean(),))


def test_archives(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    numpy.savez_compressed(path, **arrays())
    data = load_data(path)
    assert data.facts() == {**make_dataset("small.npz", arrays()).facts(), "name": str(path), "source": str(path)}


WRONG = {
    "vectors": ({"x_train": numpy.zeros((20, 36))}, ["`x_train` has the shape (20, 36), not (N, H, W), (N, H, W, C) or (N, C, H, W), in `d`"]),
    "many channels": ({"x_train": numpy.zeros((20, 6, 6, 6))}, ["`x_train` has the shape (20, 6, 6, 6), and no axis of 1 to 4 channels in `d`"]),
    "no images": ({"x_test": numpy.zeros((0, 6, 6))}, ["`x_test` has no images: its shape is (0, 6, 6), in `d`"]),
    "words": ({"x_train": numpy.array([[["a"]]])}, ["`x_train` holds <U1, not numbers, in `d`"]),
    "not finite": ({"x_train": numpy.full((20, 6, 6), numpy.nan)}, ["`x_train` holds values that are not finite in `d`"]),
    "too large": (
        {"x_test": numpy.full((8, 6, 6), -1e200)},
        ["`x_test` holds values up to 1e+200, which are too large for float32, in `d`"],
    ),
    "lengths": ({"y_train": numpy.arange(19)}, ["20 images in `x_train` and 19 labels in `y_train` in `d`"]),
    "sizes": ({"x_test": numpy.zeros((8, 7, 7), numpy.uint8)}, ["images of (6, 6) in `x_train` and of (7, 7) in `x_test` in `d`"]),
    "shares and bytes": (
        {"x_train": numpy.linspace(0, 1, 720).reshape(20, 6, 6), "x_test": numpy.full((8, 6, 6), 255, numpy.uint8)},
        ["`x_train` holds float64 up to 1, and `x_test` uint8 up to 255, in `d`"],
    ),
    "bytes and shares": (
        {"x_train": numpy.full((20, 6, 6), 255.0), "x_test": numpy.full((8, 6, 6), 0.5, numpy.float32)},
        ["`x_train` holds float64 up to 255, and `x_test` float32 up to 0.5, in `d`"],
    ),
    "one-hot": ({"y_train": numpy.eye(20)}, ["`y_train` has the shape (20, 20), not (N,), in `d`"]),
    "fractions": ({"y_train": numpy.linspace(0, 1, 20)}, ["`y_train` holds float64, not whole numbers, in `d`"]),
    "negative": ({"y_train": numpy.arange(20) - 1}, ["label -1 in `y_train`: labels count from 0, in `d`"]),
    "unknown class": ({"y_test": numpy.full(8, 9)}, ["label 9 in `y_test`, and the labels of `y_train` end at 3, in `d`"]),
    "a number": ({"y_train": numpy.array(3)}, ["`y_train` has the shape (), not (N,), in `d`"]),
    "two things": (
        {"x_train": numpy.zeros((20, 36)), "y_test": numpy.array([])},
        ["`x_train` has the shape (20, 36), not (N, H, W), (N, H, W, C) or (N, C, H, W), in `d`", "`y_test` has no labels in `d`"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_explained(case: str) -> None:
    changed, messages = WRONG[case]
    with pytest.raises(UsageError) as caught:
        make_dataset("d", arrays(**changed))
    assert [(each.code, each.message) for each in caught.value.diagnostics] == [("E803", message) for message in messages]


RANGES = {
    "whole numbers": (numpy.full((20, 6, 6), 255, numpy.int64), numpy.full((8, 6, 6), 255, numpy.uint8)),
    "nearly shares": (numpy.full((20, 6, 6), 1.0, numpy.float32), numpy.full((8, 6, 6), 1.2)),
    "deviations": (numpy.full((20, 6, 6), 0.9), numpy.full((8, 6, 6), -4.0)),
    "darkness": (numpy.full((20, 6, 6), 255, numpy.uint8), numpy.zeros((8, 6, 6), numpy.uint8)),
}


@pytest.mark.parametrize("case", RANGES)
def test_ranges_that_may_differ(case: str) -> None:
    x_train, x_test = RANGES[case]
    assert make_dataset("d", arrays(x_train=x_train, x_test=x_test)).shape == (1, 6, 6)


def _refused(path: Path | str) -> str:
    with pytest.raises(UsageError) as caught:
        load_data(path)
    return str(caught.value)


def test_unknown_data(tmp_path: Path) -> None:
    assert _refused("digit") == "error[E801]: there is no data set `digit`\n  = help: did you mean `digits`?"
    assert "data are `digits`, `mnist`, `fashion-mnist`, `cifar10`, `cifar100`, or a path" in _refused("pictures")
    assert _refused("cifar").endswith("did you mean `cifar10`?")
    numpy.savez(tmp_path / "small.npz", **arrays())
    assert _refused(tmp_path / "smal.npz").endswith("smal.npz`\n  = help: did you mean `small.npz`?")
    (tmp_path / "empty").mkdir()
    assert "has neither archives, `*.npz`, nor images" in _refused(tmp_path / "empty")
    assert "there is no file" in _refused(tmp_path / "none*.npz")


def test_damaged_archives(tmp_path: Path) -> None:
    whole = tmp_path / "whole.npz"
    numpy.savez_compressed(whole, **arrays())
    content = whole.read_bytes()
    flipped = content[:200] + b"\xff" * 50 + content[250:]
    for name, damaged in {"text": b"hello", "cut": content[: len(content) // 2], "empty": b"", "flipped": flipped}.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(damaged)
        assert _refused(path).startswith(f"error[E802]: `{path}` is no archive of arrays that can be read: ")


def test_archives_that_lack_arrays_or_hold_code(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    numpy.savez(path, x_train=arrays()["x_train"], labels=[1])
    assert _refused(path) == f"error[E802]: `{path}` has no `y_train`, `x_test`, `y_test`\n  = note: it has `x_train`, `labels`"
    numpy.savez(path, **arrays(y_train=numpy.array([{}] * 20, dtype=object)), allow_pickle=True)
    assert _refused(path) == f"error[E802]: `y_train` in `{path}` holds Python objects, not numbers\n  = help: save it as an array of numbers"
    numpy.save(tmp_path / "one.npy", numpy.zeros(3))
    assert "holds one array" in _refused(tmp_path / "one.npy")


def test_networks_that_do_not_fit_say_what_would_mend_it() -> None:
    digits = load_data("digits")
    assert check_fit(load(TINY), digits).inputs[0].shape.dims == (1, 8, 8)
    with pytest.raises(UsageError) as caught:
        check_fit(load(TINY, set={"input": [3, 32, 32], "classes": 100}), digits)
    assert re.sub(r"(?m)^.*[|>].*\n", "", str(caught.value)) == (
        "error[E804]: `tiny` takes (3, 32, 32), and the images of `digits` are (1, 8, 8)\n  = help: `--set input=[1,8,8]`\n\n"
        "error[E805]: `tiny` gives 100 scores, and `digits` has 10 classes\n   = help: `--set classes=10`"
    )
    mended = load(TINY, set={"input": [1, 8, 8], "classes": 10})
    assert check_fit(mended, digits).outputs[0].shape.dims == (10,)


STRIDES = "{repeat: {times: 3, body: [{conv: {out_channels: 4, kernel_size: 3, stride: 2, padding: 0}}]}}"
ADVICE = {
    "input": ("input: [3, 16, 16]\nnet: [global_avg_pool, {linear: 10}]", ["`--set input=[1,8,8]`"]),
    "a vector": ("input: [100]\nnet: [{linear: 10}]", ["`--set input=[64]`"]),
    "too deep for small images": (f"input: [1, 32, 32]\nnet: [{STRIDES}, global_avg_pool, {{linear: 10}}]", ["`--size 32`"]),
    "and of other channels": (f"input: [3, 32, 32]\nnet: [{STRIDES}, global_avg_pool, {{linear: 10}}]", ["`--set input=[1,32,32] --size 32`"]),
    "another name": ("vars: {same: 7, n: 7}\ninput: [1, 8, 8]\nnet: [{conv: $same}, global_avg_pool, {linear: $n}]", ["`--set n=10`"]),
    "twice as many": ("vars: {classes: 7}\ninput: [1, 8, 8]\nnet: [global_avg_pool, {linear: $(classes * 2)}]", ["end it with `linear: 10`"]),
}


@pytest.mark.parametrize("case", ADVICE)
def test_advice_is_given_only_where_it_mends(case: str) -> None:
    document, wanted = ADVICE[case]
    with pytest.raises(UsageError) as caught:
        check_fit(load(f"archdsl: 1\n{document}"), load_data("digits"))
    assert [each.help for each in caught.value.diagnostics] == wanted
    settings = {key: yaml.safe_load(value) for help in wanted for key, value in re.findall(r"--set (\w+)=([^ `]+)", help)}
    size = next((int(each) for help in wanted for each in re.findall(r"--size (\d+)", help)), None)
    if settings or size:
        check_fit(load(f"archdsl: 1\n{document}", set=settings), resize_data(load_data("digits"), size))


@pytest.mark.parametrize(
    ("net", "message"),
    [
        ("[{conv: 10}]", "`network` gives (10, 8, 8), and a classifier gives a vector of scores"),
        ("[flatten, {linear: 7}]", "`network` gives 7 scores, and `digits` has 10 classes"),
    ],
)
def test_networks_that_are_no_classifiers(net: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_fit(load(f"archdsl: 1\ninput: [1, 8, 8]\nnet: {net}"), load_data("digits"))
    assert [(each.code, each.message) for each in caught.value.diagnostics] == [("E805", message)]


HEADERS = {
    "open": ("{'descr': (((", "it is not in numpy's format"),
    "indented": ("  a\n b", "it is not in numpy's format"),
    "a list as key": ("{[]: 1}", "it is not in numpy's format"),
    "more images than memory": ("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000000, 8, 8)}", "unable to allocate"),
    "beyond a number": ("{'descr': '|u1', 'fortran_order': False, 'shape': (100000000000000000000000, 8, 8)}", "it is not in numpy's format"),
    "long": ("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 8, 8)}" + " " * 20_000, "the header of an array is too long"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_headers_of_arrays_may_be_anything(tmp_path: Path, case: str) -> None:
    header, reason = HEADERS[case]
    text = header.encode() + b"\n"
    array = b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + bytes(128)
    path = tmp_path / "odd.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{name}.npy", array)
    assert _refused(path).startswith(f"error[E802]: `{path}` is no archive of arrays that can be read: {reason}")


def test_archives_that_are_locked_or_hold_other_things(tmp_path: Path) -> None:
    whole = tmp_path / "whole.npz"
    numpy.savez(whole, **arrays())
    content = whole.read_bytes()
    for offset, mark in ((6, b"PK\x03\x04"), (8, b"PK\x01\x02")):
        for found in re.finditer(re.escape(mark), content):
            content = content[: found.start() + offset] + b"\x01" + content[found.start() + offset + 1 :]
    locked, texts = tmp_path / "locked.npz", tmp_path / "texts.npz"
    locked.write_bytes(content)
    with zipfile.ZipFile(texts, "w") as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{name}.npy", "hello")
    assert "is encrypted" in _refused(locked)
    assert _refused(texts) == f"error[E802]: `x_train` in `{texts}` is no array"
