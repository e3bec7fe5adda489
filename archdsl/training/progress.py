"""Progress of a training: a bar on a terminal, and one line per finished epoch everywhere."""

from __future__ import annotations

import errno
import os
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from archdsl.errors import printable
from archdsl.training.history import Epoch, FeatureEpoch


class Screen(Console):
    """Standard output; where nobody reads it any longer, writing raises an error like any other: rich would end the process as if it were done."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class Display:
    """Shows a training. Without a terminal nothing but whole lines is written.

    Attributes:
        epochs: How many epochs the training has.
        steps: How many steps an epoch has.
        done: How many epochs were trained before.
    """

    def __init__(self, console: Console, epochs: int, steps: int, done: int = 0) -> None:
        self.console = console
        self.epochs = epochs
        share = TextColumn("{task.percentage:.0f} %")
        columns = (TextColumn("[bold]epoch {task.description}"), BarColumn(40), share, TimeRemainingColumn(compact=True))
        self.bar = Progress(*columns, console=console, transient=True)
        self.task = self.bar.add_task("", total=(epochs - done) * steps)

    def header(self, lines: list[str]) -> None:
        """Say what is trained, and name the columns."""
        for line in lines:
            self.say(line)
        self.console.print(self.names(), style="bold", highlight=False, soft_wrap=True)

    def names(self) -> str:
        """Return the names of the columns."""
        return f"{'epoch':>{_width(self.epochs)}}  train loss  train acc  test loss  test acc      lr    time"

    def line(self, row: Any) -> str:
        """Return the line of an epoch."""
        return format_epoch(row, self.epochs)

    def start_epoch(self, epoch: int) -> None:
        """Name the running epoch, counted from 1."""
        self.bar.update(self.task, description=f"{epoch}/{self.epochs}")
        if self.console.is_terminal:
            self.bar.start()

    def step(self) -> None:
        """Count a step."""
        self.bar.advance(self.task)

    def end_epoch(self, row: Any, best: bool) -> None:
        """Write the line of a finished epoch."""
        self.console.print(self.line(row), style="green" if best else None, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar.live.is_started:
            self.bar.stop()

    def say(self, line: str) -> None:
        """Write a line."""
        self.console.print(printable(line), highlight=False, markup=False, soft_wrap=True)


class FeatureDisplay(Display):
    """The same where features are predicted."""

    def names(self) -> str:
        return f"{'epoch':>{_width(self.epochs)}}  train loss  test loss  deviation  momentum       lr    time"

    def line(self, row: FeatureEpoch) -> str:
        losses = f"{_number(row.train_loss):>10}  {_number(row.test_loss):>9}  {_number(row.deviation):>9}"
        return f"{f'{row.epoch}/{self.epochs}':>{_width(self.epochs)}}  {losses}  {row.momentum:>8.5f}  {_rate(row.lr, 5):>7}  {row.seconds:>5.1f}s"


def _width(epochs: int) -> int:
    return max(len(f"{epochs}/{epochs}"), 5)


def format_epoch(row: Epoch, epochs: int) -> str:
    """Return the line of an epoch.

    >>> format_epoch(Epoch(3, 0.91234, 0.912, 0.35, 0.98, 0.1, 1.25), 20)
    ' 3/20      0.9123    91.20 %     0.3500   98.00 %  0.1000    1.2s'
    """
    train = f"{_number(row.train_loss):>10}  {100 * row.train_accuracy:>7.2f} %"
    test = f"{_number(row.test_loss):>9}  {100 * row.test_accuracy:>6.2f} %"
    return f"{f'{row.epoch}/{epochs}':>{_width(epochs)}}  {train}  {test} {_rate(row.lr, 4):>7}  {row.seconds:>5.1f}s"


def _number(value: float) -> str:
    """Return a loss in at most nine letters.

    >>> _number(2.5), _number(2.5e25)
    ('2.5000', '2.500e+25')
    """
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.3e}"


def _rate(value: float, digits: int) -> str:
    """Return a learning rate in at most seven letters.

    >>> _rate(0.1, 4), _rate(0.00001234, 4), _rate(0, 4)
    ('0.1000', '1.2e-05', '0.0000')
    """
    return f"{value:.{digits}f}" if value == 0 or 10 ** (1 - digits) <= value < 100 else f"{value:.1e}"
