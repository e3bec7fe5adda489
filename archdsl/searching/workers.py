"""Several workers on this machine, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from archdsl.errors import Diagnostic, SearchError
from archdsl.searching.ledger import Ledger
from archdsl.searching.worker import Watch

POLL = 0.5

Process = subprocess.Popen[str]


def start_workers(count: int, job: dict[str, Any]) -> list[Process]:
    """Start processes that work on a study; each may use its share of the cores."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads)}
    command = [sys.executable, "-m", "archdsl.searching.worker"]
    return [_start(command, environment, json.dumps(job)) for _ in range(count)]


def _start(command: Sequence[str], environment: dict[str, str], job: str) -> Process:
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    process.stdin.write(job)
    process.stdin.close()
    process.stdin = None
    return process


def run_workers(ledger: Ledger, count: int, wanted: int, watch: Watch | None = None) -> None:
    """Let so many processes work until enough trials are done.

    Raises:
        SearchError: With what they said, if all of them have ended and there is more to do.
    """
    processes = start_workers(count, {"storage": ledger.url, "name": ledger.name, "trials": wanted})
    try:
        while any(each.poll() is None for each in processes):
            time.sleep(POLL)
            if watch is not None:
                watch(ledger.trials())
    finally:
        said = [_end(each) for each in processes]
    if sum(each.done for each in ledger.trials()) < wanted:
        lines = next((each for each in said if each), "they were killed").strip().splitlines()
        message = f"all {count} workers have ended before {wanted} trials were done"
        raise SearchError(Diagnostic("E975", message, None, "the same search goes on where this one ended", tuple(lines)))


def _end(process: Process) -> str:
    if process.poll() is None:
        process.terminate()
    return process.communicate()[1]
