"""The same workers as tasks of a Ray cluster, which decides where they run."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from archdsl.errors import Diagnostic, SearchError
from archdsl.searching.ledger import Ledger
from archdsl.searching.worker import Watch, run_job

POLL = 0.5


@dataclass(frozen=True)
class Cluster:
    """A cluster, and what a trial takes of it.

    Attributes:
        address: Of its head: ``auto``, ``ray://host:port`` or ``host:port``; ``local`` starts one here.
        cpus: For each trial; may be a fraction.
        gpus: The same.
    """

    address: str = "auto"
    cpus: float = 1.0
    gpus: float = 0.0

    def run(self, ledger: Ledger, workers: int, wanted: int, watch: Watch | None = None) -> None:
        """Run workers as tasks until enough trials are done; those on a node that stops are started elsewhere.

        Raises:
            SearchError: If there is no cluster, or all tasks have ended before that.
        """
        own = not ray.is_initialized()
        if own:
            self._connect()
        try:
            self._work(ledger, workers, wanted, watch)
        finally:
            if own:
                ray.shutdown()

    def _connect(self) -> None:
        try:
            ray.init(address=None if self.address == "local" else self.address, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:  # Ray's own, and those of what it is built on
            text = (str(error).strip() or type(error).__name__).splitlines()[0]
            help = "`ray start --head` starts one; `--ray local` needs none"
            raise SearchError(Diagnostic("E975", f"there is no Ray cluster at `{self.address}`: {text}", None, help)) from None

    def _work(self, ledger: Ledger, workers: int, wanted: int, watch: Watch | None) -> None:
        task: Any = ray.remote(num_cpus=self.cpus, num_gpus=self.gpus, max_retries=-1)(_run_here)
        job = {"storage": ledger.url, "name": ledger.name, "trials": wanted, "folder": str(Path.cwd())}
        waiting = [task.remote(job) for _ in range(workers)]
        failures: list[str] = []
        while waiting:
            done, waiting = ray.wait(waiting, timeout=POLL)
            failures += [text for each in done if (text := _failure_of(each))]
            if watch is not None:
                watch(ledger.trials())
            time.sleep(0 if done else POLL)
        if sum(each.done for each in ledger.trials()) < wanted:
            message = f"all {workers} tasks have ended before {wanted} trials were done"
            raise SearchError(Diagnostic("E975", message, None, "the same search goes on where this one ended", tuple(failures[:1])))


def _run_here(job: dict[str, Any]) -> None:
    """Do a job in the folder that its paths start from, where this machine has it."""
    if Path(job["folder"]).is_dir():
        os.chdir(job["folder"])
    run_job(job)


def _failure_of(task: Any) -> str:
    try:
        ray.get(task)
    except Exception as error:  # whatever ended the task
        return str(getattr(error, "cause", None) or error).strip().splitlines()[0]
    return ""
