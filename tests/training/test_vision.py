"""Torchvision's data sets, from files made here in its formats; nothing is downloaded."""

from __future__ import annotations

import gzip
import pickle
import struct
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

from archdsl.errors import MissingDependencyError, UsageError
from archdsl.training.datasets import load_data
from tests.peers import peer


@pytest.fixture(autouse=True)
def torchvision() -> Any:
    """Torchvision, beside a torch that it was not built for."""
    return peer("torchvision")


def write_idx(folder: Path) -> None:
    """Write four files as MNIST comes in them."""
    folder.mkdir(parents=True)
    for part, count in (("train", 20), ("t10k", 10)):
        images = numpy.full((count, 28, 28), 7, numpy.uint8)
        labels = (numpy.arange(count) % 10).astype(numpy.uint8)
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            head = struct.pack(f">I{array.ndim}I", 0x0800 + array.ndim, *array.shape)
            (folder / name).write_bytes(head + array.tobytes())
            (folder / f"{name}.gz").write_bytes(gzip.compress(head + array.tobytes()))


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_idx_files(tmp_path: Path, name: str, folder: str) -> None:
    write_idx(tmp_path / folder / "raw")
    data = load_data(name, root=tmp_path)
    assert (data.name, data.shape, data.classes, len(data.y_train), len(data.y_test)) == (name, (1, 28, 28), 10, 20, 10)
    assert data.x_train.max() == 7


def test_cifar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torchvision: Any) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, count in {**{f"data_batch_{number}": 10 for number in range(1, 6)}, "test_batch": 10}.items():
        pixels = numpy.arange(count * 3072).reshape(count, 3072).astype(numpy.uint8)
        (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": list(range(10))}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [str(each) for each in range(10)]}))
    with pytest.raises(UsageError) as caught:
        load_data("cifar10", root=tmp_path)
    assert str(caught.value) == (
        f"error[E801]: `cifar10` is not in `{tmp_path}`\n  = help: `--data-root DIR` says where they are; `--download` lets torchvision fetch them"
    )
    for name in ("_check_integrity",):
        monkeypatch.setattr(torchvision.datasets.CIFAR10, name, lambda self: True)
    monkeypatch.setattr(torchvision.datasets.cifar, "check_integrity", lambda *_: True)
    data = load_data("cifar10", root=tmp_path)
    assert (data.shape, data.classes, len(data.y_train), len(data.y_test)) == ((3, 32, 32), 10, 50, 10)
    assert data.x_test[0, 1, 0, :3].tolist() == [0, 1, 2]


def test_what_is_not_there_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`mnist` is not in"):
        load_data("mnist", root=tmp_path)
    write_idx(tmp_path / "MNIST" / "raw")
    (tmp_path / "MNIST/raw/train-images-idx3-ubyte").write_bytes(b"\x00\x00\x08\x03short")
    with pytest.raises(UsageError, match=r"error\[E802\]: `mnist` in .* cannot be read: "):
        load_data("mnist", root=tmp_path)


@pytest.mark.parametrize("error", [RuntimeError("operator torchvision::nms does not exist"), ModuleNotFoundError(name="torchvision")])
def test_without_a_torchvision_that_loads(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    from archdsl.training import vision

    def fail(_: str) -> Any:
        raise error

    monkeypatch.setattr(vision, "import_module", fail)
    with pytest.raises(MissingDependencyError) as caught:
        load_data("cifar10")
    wanted = "does not load: operator torchvision::nms does not exist\n  = help: install a" if error.args else "pip install 'archdsl[vision]'"
    assert wanted in str(caught.value)
    assert "torchvision" in sys.modules
