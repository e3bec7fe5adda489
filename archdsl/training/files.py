"""The files of a run: its checkpoints, its history as a table, and its curve."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, TargetError, UsageError
from archdsl.training.checkpoints import write_checkpoint
from archdsl.training.history import FeatureEpoch, as_csv
from archdsl.writing import write_whole

try:
    import fcntl
except ModuleNotFoundError:  # on Windows
    fcntl = None  # type: ignore[assignment]

NAMES = ("last.pt", "best.pt", "history.csv", "curve.png")


@dataclass(frozen=True, slots=True)
class Files:
    """What a run writes into its folder; nothing where there is none."""

    folder: Path | None

    @property
    def last(self) -> Path | None:
        """The checkpoint of the last epoch."""
        return self.folder / "last.pt" if self.folder else None

    def check(self) -> None:
        """Make the folder; raise :class:`TargetError` when not all of the files can be written there."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TargetError(Diagnostic("E809", f"cannot make the folder `{self.folder}`: {(error.strerror or str(error)).lower()}")) from None
        for name in NAMES:
            if any(path.is_dir() for path in (self.folder / name, self.folder / f".{name}.part")):
                raise TargetError(Diagnostic("E809", f"`{self.folder}` holds a folder `{name}`, and a run writes a file of that name"))
        try:
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError as error:
            message = f"cannot write into the folder `{self.folder}`: {(error.strerror or str(error)).lower()}"
            raise TargetError(Diagnostic("E809", message)) from None

    def hold(self) -> int | None:
        """Return a lock on the folder, to be closed, which lets no other run write there; None where the system has none. A kill lets go of it.

        Raises:
            UsageError: If another run writes there now.
        """
        if self.folder is None or fcntl is None:
            return None
        lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            help = "wait until it ends, or name another folder with `--out`"
            raise UsageError(Diagnostic("E808", f"another run is writing into the folder `{self.folder}`", None, help)) from None
        except OSError:  # a file system without locks
            pass
        return lock

    def write_epoch(self, content: dict[str, Any], history: Sequence[Any], best: bool) -> None:
        """Write the files of an epoch; ``last.pt`` comes last, so that a kill before it repeats the epoch."""
        if self.folder is None:
            return
        if best:
            write_checkpoint(self.folder / "best.pt", content)
        write_whole(self.folder / "history.csv", as_csv(history), code="E809", durable=True)
        self.write_last(content)

    def write_last(self, content: dict[str, Any]) -> None:
        """Write the checkpoint to go on from."""
        if self.folder is not None:
            write_checkpoint(self.folder / "last.pt", content)

    def write_curve(self, history: Sequence[Any], title: str) -> None:
        """Write what is left when a run ends."""
        if self.folder is None:
            return
        from archdsl.training import plotting  # noqa: PLC0415 (matplotlib takes half a second, and is for those who want the picture)

        draw = plotting.draw_features if isinstance(history[0], FeatureEpoch) else plotting.draw_curve

        write_whole(self.folder / "history.csv", as_csv(history), code="E809", durable=True)
        write_whole(self.folder / "curve.png", draw(history, title), code="E809", durable=True)
