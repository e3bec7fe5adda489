"""Distorted digits: where they lie, how large they are, what they are labelled, and that they are drawn by seed and epoch alone."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
import torch

import archdsl
from archdsl.errors import UsageError
from archdsl.training.batches import Batches
from archdsl.training.datasets import Dataset, load_data, make_dataset
from archdsl.training.distorting import distort, distorted_digits


def blobs(count: int = 50, channels: int = 1) -> Dataset:
    """Return images of 28x28 with a bright square of 12x12 in their middle; its place in the list is its label's."""
    images = numpy.zeros((count, channels, 28, 28), dtype=numpy.uint8)
    images[:, :, 8:20, 8:20] = 200
    labels = numpy.arange(count) % 10
    return make_dataset("blobs", {"x_train": images, "y_train": labels, "x_test": images[:20], "y_test": labels[:20]})


def test_each_channel_is_turned_scaled_and_moved_by_its_own_draws() -> None:
    canvas = torch.zeros(300, 2, 42, 42)
    canvas[:, :, 11:31, 11:31] = 1.0
    made = distort(canvas, torch.Generator().manual_seed(0))
    mass = made.sum((2, 3))
    assert made.shape == canvas.shape and not torch.equal(made[:, 0], made[:, 1])
    scale = (mass / 400).sqrt()
    assert 0.68 < scale.min() < 0.75 and 1.15 < scale.max() < 1.22
    place = torch.arange(42) - 20.5
    x = (made.sum(2) * place).sum(-1) / mass
    assert (x.abs() <= (42 - 28 * scale) / 2 + 0.3).all(), "the larger a digit, the less it moves"
    assert x.std() > 3 and abs(float(x.mean())) < 1
    assert (made[:, :, [0, -1]] == 0).float().mean() > 0.9


def test_a_digit_that_is_only_turned_turns_by_up_to_45_degrees() -> None:
    canvas = torch.zeros(500, 1, 42, 42)
    canvas[:, :, 19:23, 9:33] = 1.0
    made = distort(canvas, torch.Generator().manual_seed(1))[:, 0]
    y, x = torch.meshgrid(torch.arange(42.0), torch.arange(42.0), indexing="ij")
    mass = made.sum((1, 2))
    dx, dy = (axis - (made * axis).sum((1, 2), keepdim=True) / mass[:, None, None] for axis in (x, y))
    angle = 0.5 * torch.atan2(2 * (made * dx * dy).sum((1, 2)), (made * (dx**2 - dy**2)).sum((1, 2))) * 180 / torch.pi
    assert 40 < angle.max() < 46 and -46 < angle.min() < -40


@pytest.mark.parametrize(("pairs", "channels", "classes"), [(False, 1, 10), (True, 2, 19)])
def test_labels_are_those_of_the_digits_or_their_sums(pairs: bool, channels: int, classes: int) -> None:
    images = numpy.zeros((40, 28, 28), dtype=numpy.uint8)
    labels = numpy.arange(40) % 10
    images[:, 8:20, 8:20] = labels[:, None, None] + 10
    arrays = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    made = distorted_digits("made", make_dataset("source", arrays), pairs=pairs)
    assert (made.shape, made.classes, len(made.y_train), len(made.y_test)) == ((channels, 42, 42), classes, 10_000, 2_000)
    for x, y in ((made.x_train, made.y_train), (made.x_test, made.y_test)):
        assert x.dtype == numpy.uint8
        assert ((x.max((2, 3)).astype(int) - 10).sum(1) == y).all()
    assert made.x_train[:, :, 15:27, 15:27].sum() == made.x_train.sum(), "training images are distorted when they are trained on"
    assert abs(numpy.bincount(made.x_test[:, -1].max((1, 2))).max() - 200) <= 10, "every digit is used equally often"


def test_training_images_are_new_in_every_epoch_and_test_images_never() -> None:
    data = load_data("digits-addition")
    assert (load_data("digits-addition").x_test == data.x_test).all()
    batches = Batches(data.x_train[:64], data.y_train[:64], 64, data.mean, data.std, seed=5, fresh=data.fresh)
    ((first, labels),), ((again, _),) = batches, batches
    assert torch.equal(first, again)
    batches.epoch = 1
    ((second, others),) = batches
    assert sorted(labels.tolist()) == sorted(others.tolist())
    assert not torch.equal(first[labels.argsort()], second[others.argsort()])


def test_a_small_network_trains_on_them(tmp_path: Path) -> None:
    run = archdsl.train("mnist-addition-2xst-fcn-affine", "digits-addition", epochs=1, out=tmp_path, devices="cpu", progress=False)
    assert run.loss < 5
    assert archdsl.evaluate(run.checkpoint, "digits-addition").accuracy == run.accuracy


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digits-rts:x.npz", "error[E801]: there is no file `digits-rts:x.npz`"),
        ("mnist-turned", "error[E801]: there is no data set `mnist-turned`"),
        ("mnist-rts:none.npz", "error[E801]: there is no file `none.npz`"),
    ],
)
def test_what_they_are_made_of(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_data(name)
    assert str(caught.value).startswith(message)


def test_colours_are_refused() -> None:
    with pytest.raises(UsageError, match="the images of `blobs` have 3 channels, and `mnist-rts` is made of images with one"):
        distorted_digits("mnist-rts", blobs(channels=3), pairs=False)
