"""Several workers on this machine, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from archdsl.errors import Diagnostic, SearchError
from archdsl.searching.ledger import Ledger
from archdsl.searching.worker import Watch

POLL = 0.5
GRACE = 5.0
"""For so many seconds workers that were interrupted may give back what they had begun."""


class Process:
    """A worker; what it says to standard error goes to a file, which never fills up as a pipe does."""

    def __init__(self, job: str, environment: dict[str, str]) -> None:
        self.said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed by end)
        command = [sys.executable, "-m", "archdsl.searching.worker"]
        streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": self.said}
        self.popen = subprocess.Popen(command, env=environment, text=True, **streams)
        assert self.popen.stdin is not None
        self.popen.stdin.write(job)
        self.popen.stdin.close()

    @property
    def pid(self) -> int:
        """Its number."""
        return self.popen.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.popen.poll() is None

    def end(self, seconds: float | None = 0) -> tuple[int, str]:
        """Return its exit code and what it said; it is stopped if it still runs after so many seconds (None: however long it takes)."""
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.terminate()
        code = self.popen.wait()
        self.said.seek(0)
        with self.said as file:
            return code, file.read()


def start_workers(count: int, job: dict[str, Any]) -> list[Process]:
    """Start processes that work on a study; each may use its share of the cores."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads)}
    return [Process(json.dumps(job), environment) for _ in range(count)]


def run_workers(ledger: Ledger, count: int, wanted: int, watch: Watch | None = None) -> None:
    """Let so many processes work until enough trials are done.

    Raises:
        SearchError: With what they said, if all of them have ended and there is more to do.
    """
    processes = start_workers(count, {"storage": ledger.url, "name": ledger.name, "trials": wanted})
    try:
        while any(each.running for each in processes):
            time.sleep(POLL)
            if watch is not None:
                watch(ledger.trials())
    finally:
        said = [each.end(GRACE)[1] for each in processes]
    if sum(each.done for each in ledger.trials()) < wanted:
        lines = next((each for each in said if each), "they were killed").strip().splitlines()
        message = f"all {count} workers have ended before {wanted} trials were done"
        raise SearchError(Diagnostic("E975", message, None, "the same search goes on where this one ended", tuple(lines)))
