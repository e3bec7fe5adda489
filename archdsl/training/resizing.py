"""Images to another size: bilinear, with the triangle widened where they shrink."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.datasets import Dataset

LARGEST = 1024


def resize_data(dataset: Dataset, size: int | None) -> Dataset:
    """Return a data set whose images are ``(C, size, size)``, as ``float32``; without a size the data set itself.

    Raises:
        UsageError: If the size is none.
    """
    if size is None:
        return dataset
    if not isinstance(size, int) or not 0 < size <= LARGEST:
        raise UsageError(Diagnostic("E810", f"`size` must be a whole number from 1 to {LARGEST:,}, got `{size}`"))
    train, test = (resize_images(images, size) for images in (dataset.x_train, dataset.x_test))
    mean, std = train.mean((0, 2, 3), dtype=numpy.float64), train.std((0, 2, 3), dtype=numpy.float64)
    std = numpy.where(std > 0, std, 1.0)
    return replace(dataset, x_train=train, x_test=test, mean=tuple(mean.tolist()), std=tuple(std.tolist()), size=size)


def resize_images(images: Any, size: int) -> Any:
    """Return images ``(N, C, H, W)`` as ``(N, C, size, size)``, ``float32``.

    >>> resize_images(numpy.array([[[[0.0, 8.0]]]]), 4)[0, 0, 0].tolist()
    [0.0, 2.0, 6.0, 8.0]
    """
    rows, columns = (_weights(side, size) for side in images.shape[2:])
    return numpy.ascontiguousarray(rows @ (images.astype(numpy.float32) @ columns.T))


def _weights(side: int, size: int) -> Any:
    """Return ``(size, side)``: the share of each of ``side`` pixels in each of ``size``, whose centers lie evenly over the same length."""
    place = ((numpy.arange(size) + 0.5) * side / size - 0.5).clip(0, side - 1)
    reach = max(1.0, side / size)
    weights = numpy.maximum(0, 1 - numpy.abs(place[:, None] - numpy.arange(side)) / reach)
    return (weights / weights.sum(1, keepdims=True)).astype(numpy.float32)
