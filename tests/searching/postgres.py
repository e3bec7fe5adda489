"""A PostgreSQL server of one's own, in a folder, on the loopback device; it is stopped in the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PLACES = "/usr/lib/postgresql/*/bin"
"""Where Debian puts the programs, which are not on the path."""


def server_programs() -> Path | None:
    """Return the folder of ``initdb`` and ``pg_ctl``, or None."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else sorted(Path("/").glob(PLACES.lstrip("/")), reverse=True)
    return next((each for each in places if (each / "initdb").exists()), None)


class Postgres:
    """A server, started and stopped with ``with``. Root may not run one: it is then another user's."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="archdsl-postgres-"))
        self.port = _free_port()
        self.user = None if os.getuid() else pwd.getpwnam("postgres" if _has_user("postgres") else "nobody")

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://searcher@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Postgres:
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "searcher", "--auth=trust", "--no-sync", "-E", "UTF8")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once: connections are cut."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "fast", "-w", "stop")

    def _run(self, program: str, *words: str) -> None:
        who: dict[str, Any] = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user is not None else {}
        command: Sequence[str] = [str(self.programs / program), *words]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, **who)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
