"""Images of another size."""

from __future__ import annotations

import numpy
import pytest
import torch

from archdsl.errors import UsageError
from archdsl.training.datasets import load_data, make_dataset
from archdsl.training.resizing import resize_data, resize_images


def test_a_channel_that_never_changes_stays_so() -> None:
    images = numpy.random.default_rng(0).random((20, 2, 8, 8), dtype=numpy.float32)
    images[:, 1] = 0.7
    data = make_dataset("d", {"x_train": images, "y_train": numpy.arange(20) % 2, "x_test": images, "y_test": numpy.arange(20) % 2})
    assert resize_data(data, 13).std[1] == 1.0 > resize_data(data, 13).std[0] > 0


@pytest.mark.parametrize(("shape", "size"), [((3, 8, 8), 32), ((1, 28, 28), 14), ((2, 9, 13), 5), ((1, 6, 11), 20), ((3, 7, 7), 7)])
def test_it_is_torchs_antialiased_bilinear(shape: tuple[int, ...], size: int) -> None:
    images = numpy.random.default_rng(0).random((4, *shape), dtype=numpy.float32)
    wanted = torch.nn.functional.interpolate(torch.from_numpy(images), (size, size), mode="bilinear", antialias=True, align_corners=False)
    assert abs(resize_images(images, size) - wanted.numpy()).max() < 1e-5


def test_data_keep_their_labels_and_are_normalized_anew() -> None:
    digits = load_data("digits")
    larger = resize_data(digits, 12)
    assert (larger.shape, larger.size, larger.classes) == ((1, 12, 12), 12, 10)
    assert larger.y_train is digits.y_train
    assert larger.mean == pytest.approx((float(larger.x_train.mean(dtype=numpy.float64)),))
    assert resize_data(digits, None) is digits


@pytest.mark.parametrize("size", [0, -3, 1025, 2.5])
def test_sizes_that_are_none(size: int) -> None:
    with pytest.raises(UsageError, match=f"`size` must be a whole number from 1 to 1,024, got `{size}`"):
        resize_data(load_data("digits"), size)
