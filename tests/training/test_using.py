"""Predictions and class activation maps, on networks whose answers are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from PIL import Image as Picture
from typer.testing import CliRunner

import archdsl
from archdsl.cli.application import app
from archdsl.errors import UsageError
from archdsl.training.checkpoints import describe_network, rebuild_network, write_checkpoint
from archdsl.training.mapping import find_pooling
from archdsl.training.overlaying import draw_maps

HEAD = """
archdsl: 1
name: seeing
input: [1, 6, 6]
net:
  - conv: {out_channels: 2, kernel_size: 1}
"""
PLAIN = HEAD + "  - {global_avg_pool: }\n  - dropout: 0.5\n  - linear: 3\n"
DEEP = HEAD + "  - {global_avg_pool: }\n  - {linear: 4}\n  - relu\n  - {linear: 3}\n"
CLASSES = HEAD + "  - {conv: 3}\n  - {avg_pool: 6}\n  - flatten\n"
BARE = "archdsl: 1\nname: bare\ninput: [1, 6, 6]\nnet: [global_avg_pool, {linear: 4}, relu, {linear: 3}]\n"
FLAT = HEAD + "  - flatten\n  - linear: 3\n"
DATA = {"name": "d", "shape": [1, 6, 6], "classes": 3, "train": 1, "test": 1, "mean": [0.0], "std": [1.0], "size": None, "largest": 1.0}


def save(path: Path, text: str, weights: dict[str, Any] | None = None, **data: Any) -> Path:
    """Write a checkpoint of a network, with some weights set; return its path."""
    arch = archdsl.load(text)
    module = archdsl.compile(arch, seed=0)
    state = {**module.state_dict(), **{name: torch.tensor(value) for name, value in (weights or {}).items()}}
    run = {"recipe": {}, "epochs": 1, "seed": 0, "epoch": 0, "history": [], "optimizer": {"state": {}}}
    write_checkpoint(path, {**run, "network": describe_network(arch), "weights": state, "average": None, "data": {**DATA, **data}})
    return path


KNOWN = {"conv.weight": [[[[1.0]]], [[[-1.0]]]], "linear.weight": [[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]], "linear.bias": [0.0, 0.5, 0.0]}


@pytest.fixture
def spot(tmp_path: Path) -> Path:
    """Return the path of an image that is dark but for one place."""
    image = numpy.zeros((6, 6), dtype=numpy.float32)
    image[1, 4] = 0.75
    numpy.save(tmp_path / "spot.npy", image)
    return tmp_path / "spot.npy"


def test_a_map_shows_the_place_on_which_a_class_depends(tmp_path: Path, spot: Path) -> None:
    found = archdsl.cam(save(tmp_path / "last.pt", PLAIN, KNOWN), spot)
    assert (found.target, found.method, found.layer) == (1, "CAM", "conv")
    expected = torch.zeros(6, 6)
    expected[1, 4] = 1.5
    assert torch.equal(found.map, expected)
    assert found.enlarged().argmax() == 10 and found.enlarged().max() == 1 and found.enlarged().min() == 0
    against = archdsl.cam(tmp_path, spot, target=2)
    assert against.map[1, 4] == -0.75 and against.map.sum() == -0.75


@pytest.mark.parametrize("again", ["{avg_pool: 1}, flatten", "global_avg_pool"])
def test_pooling_one_pixel_again_changes_nothing(tmp_path: Path, spot: Path, again: str) -> None:
    found = archdsl.cam(save(tmp_path / "last.pt", HEAD + f"  - seq: [{{avg_pool: 6}}, {again}, {{linear: 3}}]\n", KNOWN), spot)
    assert (found.target, found.method, found.layer, found.map.shape) == (1, "CAM", "conv", (6, 6))


def test_a_map_of_one_pixel_is_none() -> None:
    text = HEAD + "  - seq: [{conv: {out_channels: 2, kernel_size: 6, padding: 0}}, global_avg_pool, {linear: 3}]\n"
    with pytest.raises(UsageError, match="no global pooling of a map before its scores"):
        find_pooling(archdsl.load(text).graph)


@pytest.mark.parametrize(("text", "method"), [(PLAIN, "CAM"), (CLASSES, "CAM"), (DEEP, "Grad-CAM")])
def test_the_mean_of_a_map_is_the_score_but_for_the_bias(tmp_path: Path, text: str, method: str) -> None:
    path = save(tmp_path / "last.pt", text)
    image = numpy.random.default_rng(0).random((6, 6), dtype=numpy.float32)
    numpy.save(tmp_path / "x.npy", image)
    module = rebuild_network(archdsl.training.checkpoints.read_checkpoint(path))
    scores = module(torch.from_numpy(image)[None, None])[0]
    for target in range(3):
        found = archdsl.cam(path, tmp_path / "x.npy", target=target)
        assert (found.method, found.target) == (method, target)
        assert found.probability == pytest.approx(float(scores.softmax(0)[target].detach()))
        if method == "CAM":
            bias = module.linear.bias[target] if text == PLAIN else 0.0
            assert float((found.map.mean() + bias).detach()) == pytest.approx(float(scores[target].detach()), abs=1e-6)


def test_the_image_itself_may_be_what_is_pooled(tmp_path: Path, spot: Path) -> None:
    found = archdsl.cam(save(tmp_path / "last.pt", BARE), spot)
    assert (found.method, found.layer, found.map.shape) == ("Grad-CAM", "input", (6, 6))


def test_gradients_weigh_where_more_than_one_layer_follows(tmp_path: Path, spot: Path) -> None:
    ones = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    last = [[0.0] * 4, [3.0, 0, 0, 0], [0, 1.0, 0, 0]]
    after = {"linear.weight": ones, "linear.bias": [0.0] * 4, "linear_2.weight": last, "linear_2.bias": [0.0] * 3}
    path = save(tmp_path / "last.pt", DEEP, {"conv.weight": KNOWN["conv.weight"], **after})
    found = archdsl.cam(path, spot)
    assert (found.target, found.method) == (1, "Grad-CAM")
    assert found.map[1, 4] == pytest.approx(3 * 0.75 / 36) and found.map.sum() == found.map[1, 4]
    assert archdsl.cam(path, spot, target=2).map.abs().sum() == 0, "the ReLU is shut: nothing speaks for the class"


@pytest.mark.parametrize(
    ("net", "found"),
    [("resnet50", ["linear"]), ("densenet121", ["linear"]), ("nin", []), ("mobilenet-v1", ["linear"]), ("xception", ["linear"]), ("vgg16", None)],
)
def test_poolings_of_the_catalogue(net: str, found: list[str] | None) -> None:
    graph = archdsl.load(net).graph
    if found is None:
        with pytest.raises(UsageError, match="no global pooling of a map before its scores"):
            find_pooling(graph)
        return
    pool, after = find_pooling(graph)
    assert pool.inputs[0].shape.kind == "map"
    assert [node.op.name for node in after if node.op.name in ("linear", "conv")] == found


def test_predictions_are_the_networks(tmp_path: Path, spot: Path) -> None:
    path = save(tmp_path / "last.pt", PLAIN, KNOWN)
    (found,) = archdsl.predict(path, spot, top=2)
    shares = torch.tensor([0.0, 2 * 0.75 / 36 + 0.5, -0.75 / 36]).softmax(0)
    assert [number for number, _ in found.top] == [1, 0]
    assert [share for _, share in found.top] == pytest.approx([float(shares[1]), float(shares[0])])
    assert found.label is None
    assert found.as_dict()["top"][0]["class"] == 1


def test_predictions_of_test_images_are_those_of_the_evaluation(tmp_path: Path) -> None:
    run = archdsl.train("resnet8-digits", epochs=1, out=tmp_path, devices="cpu", progress=False)
    found = archdsl.predict(run.checkpoint, [f"digits:{number}" for number in range(40)], top=1)
    labels = archdsl.training.datasets.load_data("digits").y_test[:40].tolist()
    assert [each.label for each in found] == labels
    alone = archdsl.training.datasets.make_dataset("few", {key: value[:40] if "test" in key else value for key, value in _arrays("digits").items()})
    right = sum(each.top[0][0] == each.label for each in found)
    assert archdsl.evaluate(run.checkpoint, alone).accuracy == right / 40


def _arrays(name: str) -> dict[str, Any]:
    data = archdsl.training.datasets.load_data(name)
    return {key: getattr(data, key) for key in ("x_train", "y_train", "x_test", "y_test")}


@pytest.mark.parametrize(("largest", "expected"), [(255.0, 200.0), (16.0, 200 * 16 / 255), (1.0, 200 / 255)])
def test_pictures_are_brought_to_the_range_and_the_size_of_the_training(tmp_path: Path, largest: float, expected: float) -> None:
    Picture.new("RGB", (12, 12), (200, 200, 200)).save(tmp_path / "x.png")
    numpy.save(tmp_path / "x.npy", numpy.full((6, 6), 200, dtype=numpy.uint8))
    trained = {**DATA, "largest": largest}
    for name in ("x.png", "x.npy"):
        image = archdsl.training.images.read_image(tmp_path / name, trained)
        assert image.pixels.shape == (1, 6, 6) and image.pixels.dtype == numpy.float32
        assert image.pixels == pytest.approx(expected, rel=1e-6)
        between = archdsl.training.images.read_image(tmp_path / name, {**trained, "lowest": -largest})
        assert between.pixels == pytest.approx(2 * expected - largest, rel=1e-5)
    colours = archdsl.training.images.read_image(tmp_path / "x.png", {**trained, "shape": [3, 4, 8]})
    assert colours.pixels.shape == (3, 4, 8)


def test_images_that_cannot_be_used(tmp_path: Path) -> None:
    path = save(tmp_path / "last.pt", PLAIN)
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "text.npy").write_text("hello")
    (tmp_path / "zip.npy").write_bytes(b"PK\x03\x04 hello")
    numpy.save(tmp_path / "words.npy", numpy.array([["a"]]))
    numpy.save(tmp_path / "colours.npy", numpy.zeros((6, 6, 3)))
    numpy.save(tmp_path / "nan.npy", numpy.full((6, 6), numpy.nan))
    Picture.new("L", (6, 6)).save(tmp_path / "right.png")
    messages = {
        "none.png": "there is no image `.*none.png`",
        "digits:²": "there is no image `.*digits:²`",
        "text.png": "`.*text.png` is no image that can be read: it is in no format that is known",
        "text.npy": "`.*text.npy` is no array that can be read",
        "zip.npy": "`.*zip.npy` is no array that can be read: file is not a zip file",
        "words.npy": "`.*words.npy` is no image: an array of numbers",
        "colours.npy": r"the network was trained on images of \(1, 6, 6\), and `.*colours.npy` is \(3, 6, 6\)",
        "nan.npy": "holds values that are not finite",
    }
    for name, message in messages.items():
        for use in (archdsl.predict, archdsl.cam):
            with pytest.raises(UsageError, match=message):
                use(path, tmp_path / name)
    for name, message in {"digits:1": r"trained on images of \(1, 6, 6\)", "digit:1": "there is no data set `digit`"}.items():
        with pytest.raises(UsageError, match=message):
            archdsl.predict(path, name)
    with pytest.raises(UsageError, match="`digits` has 360 test images, numbered from 0, and no number 360"):
        archdsl.training.images.read_image("digits:360", {**DATA, "shape": [1, 8, 8]})
    two = save(tmp_path / "two.pt", PLAIN.replace("[1, 6, 6]", "[2, 6, 6]"), shape=[2, 6, 6], mean=[0.0, 0.0], std=[1.0, 1.0])
    with pytest.raises(UsageError, match="is a picture, and the network was trained on images with 2 channels"):
        archdsl.predict(two, tmp_path / "right.png")
    with pytest.raises(UsageError, match="the network has no class 3: its classes are 0 to 2"):
        archdsl.cam(path, tmp_path / "right.png", target=3)
    with pytest.raises(UsageError, match="`seeing` has no global pooling"):
        archdsl.cam(save(tmp_path / "flat.pt", FLAT), tmp_path / "right.png")


def test_the_commands(tmp_path: Path, spot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = save(tmp_path / "last.pt", PLAIN, KNOWN)
    run = CliRunner().invoke
    shown = run(app, ["predict", str(path), str(spot), "--top", "1"])
    assert shown.exit_code == 0 and "46.5 %" in shown.output
    drawn = run(app, ["cam", str(path), str(tmp_path), str(spot), "-o", "both.png"])
    assert drawn.exit_code == 0, drawn.output
    assert drawn.output.splitlines() == ["seeing: class 1 (46.5 %), CAM of `conv`"] * 2 + ["written to both.png"]
    assert Picture.open("both.png").width > 2 * Picture.open("both.png").height
    kept = (tmp_path / "both.png").read_bytes()
    failed = run(app, ["cam", str(path), str(spot), "-o", "both.png", "--class", "7"])
    assert failed.exit_code == 2 and (tmp_path / "both.png").read_bytes() == kept
    assert run(app, ["cam", str(path), str(spot), "-o", "both.gif"]).exit_code == 2
    assert run(app, ["cam", str(path), str(spot), "-o", "none/both.png"]).exit_code == 1


def test_the_picture_shows_the_image_and_the_maps(tmp_path: Path, spot: Path) -> None:
    found = archdsl.cam(save(tmp_path / "last.pt", PLAIN.replace("seeing", r'"a $x_1$ b"'), KNOWN), spot)
    assert draw_maps([found]).startswith(b"\x89PNG")
    svg = draw_maps([found], "svg")
    assert svg == draw_maps([found], "svg") and b"<svg" in svg


@pytest.mark.filterwarnings("error")
def test_long_names_and_odd_ranges_are_drawn(tmp_path: Path, spot: Path) -> None:
    long = {"names": ["猫", "dog " * 30, "c"], "largest": -1.0, "lowest": -1.0}
    found = archdsl.cam(save(tmp_path / "last.pt", PLAIN.replace("seeing", "name " * 30), KNOWN, **long), spot, target=1)
    svg = draw_maps([found, replace(found, target=0)], "svg").decode()
    assert "dog dog dog..." in svg and "dog dog dog dog" not in svg and "name name name name name name n..." in svg
