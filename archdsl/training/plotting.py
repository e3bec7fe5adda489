"""The curve of a run as a picture."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from archdsl.training.history import Epoch, FeatureEpoch

TRAIN, TEST, GRID = "#9aa5b1", "#c2410c", "#e5e7eb"


def draw_features(history: Sequence[FeatureEpoch], title: str) -> bytes:
    """Return a PNG with two panels over the epochs: the loss, and the deviation of features, which falls when they collapse."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [each.epoch for each in history]
    _panel(left, epochs, [each.train_loss for each in history], [each.test_loss for each in history], "loss")
    _panel(right, epochs, None, [each.deviation for each in history], "deviation of features")
    return _finished(figure, title)


def draw_curve(history: Sequence[Epoch], title: str) -> bytes:
    """Return a PNG with two panels over the epochs: loss and accuracy, on the training and the test images."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [each.epoch for each in history]
    _panel(left, epochs, [each.train_loss for each in history], [each.test_loss for each in history], "loss")
    train, test = [100 * each.train_accuracy for each in history], [100 * each.test_accuracy for each in history]
    _panel(right, epochs, train, test, "accuracy in %", f"test, {test[-1]:.2f} % at the end")
    return _finished(figure, title)


def _finished(figure: Figure, title: str) -> bytes:
    figure.suptitle(shortened(title), fontsize=11, parse_math=False)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that the font lacks are drawn as boxes
        figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def shortened(title: str) -> str:
    """Return a title that finds room above a curve: of a long one start and end.

    >>> shortened("net on digits"), len(shortened("net " * 100))
    ('net on digits', 90)
    """
    return title if len(title) <= 90 else title[:43] + " .. " + title[-43:]


def _panel(axes: Any, epochs: list[int], train: list[float] | None, test: list[float], name: str, label: str = "test") -> None:
    marker = "o" if len(epochs) < 3 else None
    if train is not None:
        axes.plot(epochs, train, color=TRAIN, label="train", linewidth=1.5, marker=marker)
    axes.plot(epochs, test, color=TEST, label=label, linewidth=1.8, marker=marker)
    axes.set_title(name, fontsize=10, loc="left")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(epochs) == 1:
        axes.set_xticks(epochs)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
