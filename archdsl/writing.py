"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

from archdsl.errors import Diagnostic, TargetError


def write_whole(path: Path, content: str | bytes | memoryview, *, code: str | None = None, durable: bool = False) -> None:
    """Replace a file in one step: a reader sees the old content or the new one, and nothing is lost when the disk is full.

    A link stays a link, a device or a pipe is written to and stays what it is, and a file keeps who may read it.

    Args:
        path: The file.
        content: What is in it from now on.
        code: The code of the diagnostic where it cannot be written.
        durable: Whether to wait until it is on the disk. What a kill leaves half written is then ``.NAME.part``, and the next call takes its place.

    Raises:
        TargetError: If it cannot be written, where there is a code for that;
        OSError: else; it names the file that was asked for.
    """
    content = content.encode() if isinstance(content, str) else content
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content, durable)
    except OSError as error:
        if code is not None:
            raise TargetError(_unwritable(code, path, error)) from None
        error.filename = str(path)
        raise


def _unwritable(code: str, path: Path, error: OSError) -> Diagnostic:
    if isinstance(error, IsADirectoryError):
        return Diagnostic(code, f"`{path}` is a folder", None, "name a file")
    return Diagnostic(code, f"cannot write `{path}`: {(error.strerror or str(error)).lower()}")


def _replace(path: Path, content: bytes | memoryview, durable: bool) -> None:
    temporary, handle = _beside(path, durable)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        else:
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _beside(path: Path, durable: bool) -> tuple[Path, int]:
    """Return a new file in the same folder, opened."""
    if not durable:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        return Path(name), handle
    part = path.with_name(f".{path.name}.part")
    return part, os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
