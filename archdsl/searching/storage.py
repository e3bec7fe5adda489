"""Where studies are kept: a SQLite file, or a database server for many machines."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from threading import Timer
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import event

from archdsl.errors import Diagnostic, SearchError
from archdsl.extras import missing_dependency
from archdsl.searching.engine import optuna

BUSY = 60
"""For so many seconds a process waits for its turn to write to a file that many share."""
BRIEF = 10
"""For so many seconds one waits that only wants to read."""
SOON = 2.0
"""After so many seconds of waiting for a storage it is said what is waited for."""
KINDS = "a storage is the path of a SQLite file, or the URL of a database"
TRIES = 5
PATIENCE = 120.0
"""For so many seconds a worker waits for a server that is away."""

TROUBLE = (sqlalchemy.exc.DBAPIError, optuna.exceptions.StorageInternalError)
"""What a storage raises that is locked, restarted or away."""

LOG = logging.getLogger(__name__)

Answer = TypeVar("Answer")


def storage_url(storage: str | Path) -> str:
    """Return the URL of a storage that is given by its URL or by the path of a file.

    >>> storage_url("search.db"), storage_url("postgresql://host/db")
    ('sqlite:///search.db', 'postgresql+psycopg://host/db')
    """
    text = str(storage)
    if "://" not in text:
        return f"sqlite:///{text}"
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text)


def public(url: str) -> str:
    """Return a URL without its password.

    >>> public("postgresql+psycopg://me:secret@host/db")
    'postgresql+psycopg://me:***@host/db'
    """
    try:
        return sqlalchemy.engine.make_url(url).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return "storage"


def open_storage(
    storage: str | Path, heartbeat: int = 20, *, must_exist: bool = False, to_read: bool = False, quietly: bool = False
) -> optuna.storages.RDBStorage:
    """Open a storage, and make its tables if it has none.

    Args:
        storage: Its URL, or the path of a file.
        heartbeat: For studies that are worked on: how often a worker says that it is alive, in seconds.
        must_exist: Whether a file has to be there.
        to_read: Whether nothing will be written: then nobody's turn to write is waited for, and a lock not for long.
        quietly: Whether nothing is said while it waits: one of many processes, of which nobody watches each.

    Raises:
        SearchError: In one line, if it cannot be reached, is no database, or is of another version.
        MissingDependencyError: If the driver of its server is not installed.
    """
    url = storage_url(storage)
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if file is not None and file.is_dir():
        raise SearchError(Diagnostic("E971", f"`{file}` is a folder", None, KINDS))
    if must_exist and file is not None and not file.is_file():
        raise SearchError(Diagnostic("E971", f"there is no file `{file}`", None, KINDS))
    for attempt in range(1, TRIES + 1):
        try:
            with nullcontext() if quietly else telling():
                return _opened(url, heartbeat, to_read)
        except ModuleNotFoundError as error:
            raise missing_dependency(error) from None
        except (sqlite3.Error, sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError, ImportError) as error:
            if attempt == TRIES or not _others_made_it(error):
                raise SearchError(_closed(url, error)) from None
        time.sleep(0.2 * attempt)
    raise AssertionError


def _others_made_it(error: Exception) -> bool:
    """Tell whether another process made the tables at the same moment."""
    return isinstance(error, sqlalchemy.exc.IntegrityError) or "already exists" in str(error)


def _opened(url: str, heartbeat: int, to_read: bool) -> optuna.storages.RDBStorage:
    sqlite, busy = url.startswith("sqlite"), BRIEF if to_read else BUSY
    if sqlite and to_read:
        _check_studies(Path(url.removeprefix("sqlite:///")))
    arguments: dict[str, Any] = {"connect_args": {"timeout": busy}} if sqlite else {"pool_pre_ping": True, "connect_args": {"connect_timeout": 10}}
    found = optuna.storages.RDBStorage(url, engine_kwargs=arguments, heartbeat_interval=heartbeat, grace_period=3 * heartbeat)
    if sqlite:
        _share_file(found.engine, busy, to_read)
    return found


def _check_studies(file: Path) -> None:
    """Raise :class:`SearchError` for a database of something else, in which Optuna would otherwise make its tables."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=BRIEF)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'studies'").fetchone()[0]:
            raise SearchError(Diagnostic("E972", f"`{file}` holds no studies", None, "`archdsl search` makes them, with `--storage`"))


def _share_file(engine: Any, busy: float, to_read: bool) -> None:
    """Let many processes write to one file.

    A transaction takes the file's lock when it begins, and waits for it: one that reads first and then wants to write would be refused at once where
    another has written meanwhile. Readers do not wait for writers (WAL).
    """

    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own
        for pragma in (f"busy_timeout = {round(1000 * busy)}", *(() if to_read else ("journal_mode = wal", "synchronous = normal"))):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN" if to_read else "BEGIN IMMEDIATE"))
    engine.dispose()


_SQLITE = (
    ("not a database", "it is another kind of file: name one that a search made, or one that is not there yet"),
    ("locked", "another process writes to it: wait until that has ended"),
    ("readonly", "the file may not be written: name another one"),
    ("unable to open", "name a file in a folder that is there and may be written"),
)
"""What to do about what SQLite says."""


def _closed(url: str, error: Exception) -> Diagnostic:
    cause: BaseException = error.__cause__ or error
    cause = getattr(cause, "orig", None) or cause
    if "No module named" in str(cause):
        help = "the driver for this kind of server is not installed; PostgreSQL has the extra `postgres`"
    elif isinstance(error, RuntimeError):
        help = "it was written by another version of Optuna: use that one, or another storage"
    elif url.startswith("sqlite"):
        help = next((advice for words, advice in _SQLITE if words in str(cause)), KINDS)
    else:
        help = "is the server running, and does the URL name its user and database?"
    return Diagnostic("E971", f"cannot open the storage `{public(url)}`: {reason(cause)}", None, help)


def reason(error: BaseException) -> str:
    """Return the first line of an error, without what might be a password."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return re.sub(r"(://[^:/@\s]+:)[^@\s]+@", r"\1***@", text)


@contextmanager
def telling() -> Iterator[None]:
    """Say in a line of the log that a storage is waited for, if what is done with it takes long."""
    timer = Timer(SOON, lambda: LOG.warning("waiting for the storage, which is locked or slow ..."))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def patiently(call: Callable[[], Answer], patience: float = PATIENCE) -> Answer:
    """Return what a call gives, and try again while the storage is locked, restarted or away.

    Raises:
        SearchError: If it stays away for longer than ``patience`` seconds.
    """
    end, pause = time.monotonic() + patience, 0.1
    while True:
        try:
            with telling() if patience < PATIENCE else nullcontext():
                return call()
        except TROUBLE as error:
            if time.monotonic() > end:
                cause = error.__cause__ or error
                raise SearchError(Diagnostic("E971", f"the storage has been away for {patience:.0f} s: {reason(cause)}")) from None
        time.sleep(pause)
        pause = min(2 * pause, 3.0)
