"""Images to another size: bilinear, with the triangle widened where they shrink."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.datasets import Dataset, check_size, statistics_of


def resize_data(dataset: Dataset, size: int | None) -> Dataset:
    """Return a data set whose images are ``(C, size, size)``, as ``float32``; without a size the data set itself.

    Raises:
        UsageError: If the size is none.
    """
    if size is None or dataset.size == size:
        return dataset
    check_size(size)
    _check_memory(dataset, size)
    train, test = (resize_images(images, size) for images in (dataset.x_train, dataset.x_test))
    mean, std = statistics_of(train)
    return replace(dataset, x_train=train, x_test=test, mean=mean, std=std, size=size)


def _check_memory(dataset: Dataset, size: int) -> None:
    """Raise :class:`UsageError` when images of that size find no room in this machine."""
    needed = 4 * dataset.shape[0] * size * size * (len(dataset.y_train) + len(dataset.y_test))
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else needed
    if needed > there:
        message = f"the images of `{dataset.name}` would take {needed / 1e9:,.0f} GB as {size}x{size}, and this machine has {there / 1e9:,.0f} GB"
        raise UsageError(Diagnostic("E810", message, None, "a folder of images is read while training: `train/<class>/*.png`, `test/<class>/*.png`"))


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
