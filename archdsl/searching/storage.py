"""Where studies are kept: a SQLite file, or a database server for many machines."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import event

from archdsl.errors import Diagnostic, SearchError
from archdsl.extras import missing_dependency
from archdsl.searching.engine import optuna

BUSY = 60
"""For so many seconds a process waits for its turn to write to a file that many share."""
TRIES = 5
PATIENCE = 120.0
"""For so many seconds a worker waits for a server that is away."""

TROUBLE = (sqlalchemy.exc.DBAPIError, optuna.exceptions.StorageInternalError)
"""What a storage raises that is locked, restarted or away."""

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


def open_storage(storage: str | Path, heartbeat: int = 20, *, must_exist: bool = False) -> optuna.storages.RDBStorage:
    """Open a storage, and make its tables if it has none.

    Raises:
        SearchError: In one line, if it cannot be reached, is no database, or is of another version.
        MissingDependencyError: If the driver of its server is not installed.
    """
    url = storage_url(storage)
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if must_exist and file is not None and not file.is_file():
        raise SearchError(Diagnostic("E971", f"there is no file `{file}`", None, "a storage is the path of a SQLite file, or the URL of a database"))
    for attempt in range(1, TRIES + 1):
        try:
            return _opened(url, heartbeat)
        except ModuleNotFoundError as error:
            raise missing_dependency(error) from None
        except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError, ImportError) as error:
            if attempt == TRIES or not _others_made_it(error):
                raise SearchError(_closed(url, error)) from None
        time.sleep(0.2 * attempt)
    raise AssertionError


def _others_made_it(error: Exception) -> bool:
    """Tell whether another process made the tables at the same moment."""
    return isinstance(error, sqlalchemy.exc.IntegrityError) or "already exists" in str(error)


def _opened(url: str, heartbeat: int) -> optuna.storages.RDBStorage:
    sqlite = url.startswith("sqlite")
    arguments: dict[str, Any] = {"connect_args": {"timeout": BUSY}} if sqlite else {"pool_pre_ping": True, "connect_args": {"connect_timeout": 10}}
    found = optuna.storages.RDBStorage(url, engine_kwargs=arguments, heartbeat_interval=heartbeat, grace_period=3 * heartbeat)
    if sqlite:
        _share_file(found.engine)
    return found


def _share_file(engine: Any) -> None:
    """Let many processes write to one file.

    A transaction takes the file's lock when it begins, and waits for it: one that reads first and then wants to write would be refused at once where
    another has written meanwhile. Readers do not wait for writers (WAL).
    """

    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own
        for pragma in (f"busy_timeout = {1000 * BUSY}", "journal_mode = wal", "synchronous = normal"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    engine.dispose()


def _closed(url: str, error: Exception) -> Diagnostic:
    cause: BaseException = error.__cause__ or error
    cause = getattr(cause, "orig", None) or cause
    if isinstance(error, RuntimeError):
        help = "it was written by another version of Optuna: use that one, or another storage"
    elif url.startswith("sqlite"):
        help = "name a file that can be written, or wait until it is free"
    else:
        help = "is the server running, and does the URL name its user and database?"
    return Diagnostic("E971", f"cannot open the storage `{public(url)}`: {reason(cause)}", None, help)


def reason(error: BaseException) -> str:
    """Return the first line of an error, without what might be a password."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return re.sub(r"(://[^:/@\s]+:)[^@\s]+@", r"\1***@", text)


def patiently(call: Callable[[], Answer], patience: float = PATIENCE) -> Answer:
    """Return what a call gives, and try again while the storage is locked, restarted or away.

    Raises:
        SearchError: If it stays away for longer than ``patience`` seconds.
    """
    end, pause = time.monotonic() + patience, 0.1
    while True:
        try:
            return call()
        except TROUBLE as error:
            if time.monotonic() > end:
                cause = error.__cause__ or error
                raise SearchError(Diagnostic("E971", f"the storage has been away for {patience:.0f} s: {reason(cause)}")) from None
        time.sleep(pause)
        pause = min(2 * pause, 3.0)
