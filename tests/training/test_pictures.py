"""Folders of images, in memory and read while training."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from PIL import Image
from typer.testing import CliRunner

import archdsl
from archdsl.cli.application import app
from archdsl.errors import UsageError
from archdsl.training import datasets
from archdsl.training.batches import Batches
from archdsl.training.datasets import load_data
from archdsl.training.fit import train
from archdsl.training.images import read_image
from archdsl.training.pictures import Pictures

COLORS = {"blue": (10, 20, 200), "red": (200, 20, 10), "yellow": (220, 210, 30)}
NET = "{archdsl: 1, name: colors, input: [3, 6, 6], net: [global_avg_pool, {linear: 3}]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of three colors, each with some noise."""
    draw = numpy.random.default_rng(0)
    for part, count in (("train", 20), ("val", 4)):
        for name, color in COLORS.items():
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = (numpy.array(color) + draw.integers(-10, 10, (6, 6, 3))).clip(0, 255).astype(numpy.uint8)
                Image.fromarray(pixels).save(tmp_path / part / name / f"{number:02}.png")
    return tmp_path


def test_classes_are_the_folders_in_order(folder: Path) -> None:
    data = load_data(folder)
    assert (data.shape, data.classes, len(data.y_train), len(data.y_test)) == ((3, 6, 6), 3, 60, 12)
    for number, color in enumerate(COLORS.values()):
        means = data.x_train[data.y_train == number].mean((0, 2, 3))
        assert abs(means - color).max() < 5
    assert data.x_train.dtype == numpy.uint8


def test_classes_without_images_are_named(folder: Path) -> None:
    (folder / "train" / ".thumbnails").mkdir()
    (folder / "train" / "zebra").mkdir()
    with pytest.raises(UsageError) as caught:
        load_data(folder)
    assert str(caught.value) == f"error[E801]: `{folder / 'train' / 'zebra'}` has no images\n  = help: put images there, or remove the folder"
    (folder / "train" / "zebra").rmdir()
    for path in (folder / "val" / "red").iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="red` has no images"):
        load_data(folder)
    (folder / "val" / "red").rmdir()  # a class that is not tested
    assert load_data(folder).classes == 3


def test_names_of_classes_are_kept_and_used(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    run = train(NET, folder.name, out=folder / "run", epochs=40, progress=False, devices="cpu")
    (one,) = archdsl.predict(run.out, folder / "val" / "yellow" / "00.png", top=1)
    assert one.called(one.top[0][0]) == "yellow"
    assert one.as_dict()["top"][0]["name"] == "yellow"
    found = archdsl.cam(run.out, f"{folder.name}:0", target=1)
    assert (found.called(1), found.as_dict()["target_name"]) == ("red", "red")
    shown = CliRunner().invoke(app, ["evaluate", str(run.out), "--by-class"]).stdout.splitlines()
    assert [line.split()[:3] for line in shown if line.split()[:1] and line.split()[0] in COLORS] == [[name, "4", "4"] for name in COLORS]
    assert json.loads(shown[-1]) == {"data": folder.name, "accuracy": 1.0, "loss": pytest.approx(run.loss), "count": 12}
    shown = CliRunner().invoke(app, ["predict", str(run.out), f"{folder.name}:0", "--top", "1"]).stdout
    assert shown.split()[-4:-2] == ["blue", "blue"]
    shown = CliRunner().invoke(app, ["cam", str(run.out), f"{folder.name}:0", "-o", "cam.png"]).stdout
    assert "class blue (" in shown


def test_classes_of_other_names_are_refused(folder: Path) -> None:
    run = train(NET, folder, out=folder / "run", epochs=1, progress=False, devices="cpu")
    shutil.move(folder / "train" / "red", folder / "train" / "azure")
    shutil.move(folder / "val" / "red", folder / "val" / "azure")
    with pytest.raises(UsageError) as caught:
        archdsl.evaluate(run.out, folder)
    assert "the network's classes are not those of" in str(caught.value) and "it knows `blue` where the data have `azure`" in str(caught.value)
    with pytest.raises(UsageError, match="it differs in the data"):
        train(NET, folder, out=folder / "run", epochs=2, progress=False, devices="cpu", resume=True)


def test_names_that_could_drive_a_terminal_do_no_harm(folder: Path) -> None:
    for part in ("train", "val"):
        shutil.move(folder / part / "red", folder / part / "red\x1b[31m")
    run = train(NET, folder, out=folder / "run", epochs=1, progress=False, devices="cpu")
    for command in (["evaluate", str(run.out), "--by-class"], ["predict", str(run.out), f"{folder}:5"]):
        shown = CliRunner().invoke(app, command)
        assert shown.exit_code == 0 and "\x1b" not in shown.stdout and "red\N{REPLACEMENT CHARACTER}[31m" in shown.stdout


def test_gray_images_have_one_channel_and_mixed_ones_three(folder: Path) -> None:
    gray = Image.new("L", (6, 6), 100)
    gray.save(folder / "train" / "red" / "00.png")
    assert load_data(folder).x_train[20].reshape(-1).tolist() == [100] * 108
    for path in folder.rglob("*.png"):
        gray.save(path)
    assert load_data(folder).shape == (1, 6, 6)


@pytest.mark.parametrize(("mode", "kind"), [("uint16", "png"), ("uint16", "tif"), (">u2", "tif")])
def test_of_sixteen_bits_the_upper_ones_are_taken(folder: Path, mode: str, kind: str) -> None:
    values = numpy.array([0, 255, 256, 300, 32_768, 65_535] * 6).reshape(6, 6)
    for path in folder.rglob("*.png"):
        path.unlink()
        Image.fromarray(values.astype(mode)).save(path.with_suffix("." + kind))
    data = load_data(folder)
    assert data.shape == (1, 6, 6)
    assert data.x_train[0, 0, 0].tolist() == [0, 0, 1, 1, 128, 255]


def test_files_that_programs_leave_are_passed_over(folder: Path) -> None:
    for name in ("._00.png", ".hidden.png", "Thumbs.db", "notes.txt"):
        (folder / "train" / "red" / name).write_text("hello")
    (folder / "train" / "red" / "more.png").mkdir()
    assert len(load_data(folder).y_train) == 60


@pytest.mark.parametrize("size", [0, -5, 100_000])
def test_sizes_that_are_none(folder: Path, size: int) -> None:
    with pytest.raises(UsageError, match=f"`size` must be a whole number from 1 to 1,024, got `{size}`"):
        train(NET, folder, size=size, files=False)


def test_a_size_cuts_the_middle_out_and_resizes_it(folder: Path) -> None:
    wide = Image.new("RGB", (20, 10), (255, 255, 255))
    wide.paste((0, 0, 0), (0, 0, 2, 10))
    wide.save(folder / "train" / "blue" / "00.png")
    with pytest.raises(UsageError) as caught:
        load_data(folder)
    files = [folder / "train" / "blue" / name for name in ("00.png", "01.png")]
    assert str(caught.value) == (
        f"error[E803]: `{files[0]}` is 20x10, and `{files[1]}` is 6x6\n  = help: `--size 64` brings all to 64x64: their middle, resized"
    )
    data = load_data(folder, 4)
    assert (data.shape, data.size) == ((3, 4, 4), 4)
    assert data.x_train[0].min() == 255


def test_large_folders_are_read_while_training_with_the_same_result(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"epochs": 2, "files": False, "progress": False, "devices": "cpu"}
    whole = train(NET, folder, **options)
    monkeypatch.setattr(datasets, "IN_MEMORY", 100)
    data = load_data(folder)
    assert isinstance(data.x_train, Pictures)
    assert data.facts() == load_data(folder).facts()
    read = train(NET, data, **options)
    assert [row.test_loss for row in read.history] == pytest.approx([row.test_loss for row in whole.history], abs=1e-6)


def test_images_that_are_read_come_in_the_same_batches(folder: Path) -> None:
    data = load_data(folder)
    paths = tuple(sorted((folder / "train").rglob("*.png")))
    pictures = Pictures(paths, data.x_train.shape)
    made = [Batches(images, data.y_train, 7, data.mean, data.std, seed=3) for images in (data.x_train, pictures)]
    for (one, labels), (other, same) in zip(*made):
        assert (one == other).all() and (labels == same).all()


def test_checkpoints_of_folders_evaluate(folder: Path, tmp_path: Path) -> None:
    run = train(NET.replace("6, 6", "5, 5"), folder, out=tmp_path / "out", size=5, epochs=1, progress=False, devices="cpu")
    assert archdsl.evaluate(run.checkpoint, folder).loss == pytest.approx(run.loss, abs=1e-6)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no test": (lambda folder: shutil.rmtree(folder / "val"), "E801]: `DIR` has a folder `train`, and no `test` or `val` beside it"),
    "unknown class": (lambda folder: (folder / "val" / "green").mkdir(), "E803]: `DIR/val` has the class `green`, and `train` has none of that name"),
    "nothing to test on": (
        lambda folder: [path.unlink() for path in (folder / "val").rglob("*.png")],
        "E801]: `DIR/val` has no images in folders of classes\n  = help: `val/<class>/*.png`, or another format",
    ),
    "no classes": (lambda folder: shutil.rmtree(folder / "train") or (folder / "train").mkdir(), "E801]: `DIR/train` has no images in"),
    "text": (lambda folder: (folder / "train/red/03.png").write_text("hello"), "E802]: `DIR/train/red/03.png` is no image that can be read: it"),
    "cut": (
        lambda folder: (folder / "train/red/03.png").write_bytes((folder / "train/red/03.png").read_bytes()[:70]),
        "E802]: `DIR/train/red/03.png` is no image that can be read: ",
    ),
    "link to nothing": (
        lambda folder: (folder / "train/red/x.png").symlink_to("nothing"),
        "E802]: `DIR/train/red/x.png` is no image that can be read: no such file or directory",
    ),
    "pixels of 32 bits": (
        lambda folder: Image.new("F", (6, 6)).save(folder / "train/red/x.tif"),
        "E802]: `DIR/train/red/x.tif` is no image that can be read: its pixels have 32 bits; save it with 8 or 16",
    ),
    "empty": (lambda folder: (folder / "val/red/03.png").write_bytes(b""), "E802]: `DIR/val/red/03.png` is no image that can be read: "),
}


def test_large_images_are_read_without_a_warning_and_larger_ones_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = load_data(folder).facts()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with warnings.catch_warnings(record=True) as caught:
        for read in (lambda: load_data(folder), lambda: read_image(folder / "val/red/00.png", trained)):
            warnings.resetwarnings()
            read()
    assert caught == []
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(UsageError, match=r"^error\[E802\]: `.*png` is no image that can be read: image size \(36 pixels\) exceeds limit of 20.*$"):
        load_data(folder)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_folders(folder: Path, case: str) -> None:
    change, message = WRONG[case]
    change(folder)
    with pytest.raises(UsageError) as caught:
        load_data(folder)
    assert str(caught.value).startswith("error[" + message.replace("DIR", str(folder)))
