"""Progress of a training: a bar for the running epoch on a terminal, one line per finished epoch everywhere."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archdsl.training.history import Epoch


class Display:
    """Shows a training. Without a terminal nothing but whole lines is written."""

    def __init__(self, console: Console, epochs: int, steps: int) -> None:
        self.console = console
        self.epochs = epochs
        self.steps = steps
        columns = (TextColumn("[bold]{task.description}"), BarColumn(40), MofNCompleteColumn(), TextColumn("steps"), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self.task = self.bar.add_task("", total=steps, visible=False) if self.bar else None

    def header(self, lines: list[str]) -> None:
        """Say what is trained, and name the columns."""
        for line in lines:
            self.console.print(line, highlight=False, soft_wrap=True)
        width = len(f"{self.epochs}/{self.epochs}")
        names = f"{'epoch':>{max(width, 5)}}  train loss  train acc  test loss  test acc      lr    time"
        self.console.print(names, style="bold", highlight=False, soft_wrap=True)

    def start_epoch(self, epoch: int) -> None:
        """Show an empty bar for an epoch, counted from 1."""
        if self.bar is not None and self.task is not None:
            self.bar.start()
            self.bar.reset(self.task, total=self.steps, description=f"epoch {epoch}/{self.epochs}", visible=True)

    def step(self) -> None:
        """Count a step."""
        if self.bar is not None and self.task is not None:
            self.bar.advance(self.task)

    def end_epoch(self, row: Epoch, best: bool) -> None:
        """Write the line of a finished epoch."""
        self.console.print(format_epoch(row, self.epochs), style="green" if best else None, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()

    def say(self, line: str) -> None:
        """Write a line."""
        self.console.print(line, highlight=False, soft_wrap=True)


def format_epoch(row: Epoch, epochs: int) -> str:
    """Return the line of an epoch.

    >>> format_epoch(Epoch(3, 0.91234, 0.912, 0.35, 0.98, 0.1, 1.25), 20)
    ' 3/20      0.9123    91.20 %     0.3500   98.00 %  0.1000    1.2s'
    """
    width = max(len(f"{epochs}/{epochs}"), 5)
    losses = f"{row.train_loss:>10.4f}  {row.train_accuracy:>7.2%}", f"{row.test_loss:>9.4f}  {row.test_accuracy:>6.2%}"
    first, second = (each.replace("%", " %") for each in losses)
    return f"{f'{row.epoch}/{epochs}':>{width}}  {first}  {second}  {row.lr:.4f}  {row.seconds:>5.1f}s"
