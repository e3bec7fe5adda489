"""Many workers on one study: 8 processes and 400 trials, two workers killed on the way, the server restarted once.

``python -m benchmarks.many_workers [sqlite|postgres ...] [--trials N] [--workers N]`` prints what came of it. The PostgreSQL server is the
distribution's, started in a temporary folder and stopped in the end.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from archdsl.searching.ledger import Ledger
from archdsl.searching.study import plan_search
from archdsl.searching.workers import Process, start_workers
from tests.searching.postgres import Postgres, server_programs

HEARTBEAT = 2


def run(storage: str, trials: int, workers: int, restart: Callable[[], None] | None) -> dict[str, object]:
    """Let workers search, kill two of them, restart the server once; return what is in the study."""
    planned = plan_search("nasbench201", storage=storage, name="many", evaluate="cost", strategy="random", heartbeat=HEARTBEAT)
    ledger = Ledger.create(planned.storage, planned.name, planned.settings)
    start = time.perf_counter()
    processes = start_workers(workers, {"storage": ledger.url, "name": "many", "trials": trials})
    for number, share in enumerate((0.25, 0.5)):
        _wait(ledger, int(share * trials), processes)
        os.kill(processes[number].pid, signal.SIGKILL)
    if restart is not None:
        _wait(ledger, int(0.6 * trials), processes)
        restart()
    ends = [process.end(None)[0] for process in processes]
    seconds = time.perf_counter() - start
    return {**account(ledger), "ends": ends, "seconds": round(seconds)}


def _wait(ledger: Ledger, done: int, processes: list[Process]) -> None:
    while sum(each.done for each in ledger.trials()) < done and any(each.running for each in processes):
        time.sleep(0.2)


def account(ledger: Ledger) -> dict[str, object]:
    """Return how many trials are complete and of how many networks, and what was begun and never finished."""
    trials = ledger.trials()
    complete = [each for each in trials if each.state == "complete"]
    done = Counter(each.fingerprint for each in complete)
    return {
        "complete": len(complete),
        "networks": len(done),
        "documents": len({each.document for each in complete}),
        "twice": sum(count > 1 for count in done.values()),
        "killed": sum(each.state == "killed" for each in trials),
        "lost": len({each.fingerprint for each in trials if each.document} - set(done)),
        "by": sorted(Counter(each.worker for each in complete).values(), reverse=True),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--workers", type=int, default=8)
    given = parser.parse_args()
    if "sqlite" in given.kinds:
        with tempfile.TemporaryDirectory() as folder:
            print("SQLite", run(str(Path(folder) / "many.db"), given.trials, given.workers, None), flush=True)
    if "postgres" in given.kinds:
        programs = server_programs()
        if programs is None:
            raise SystemExit("no PostgreSQL server is installed here")
        with Postgres(programs) as server:

            def restart() -> None:
                server.stop()
                time.sleep(3)
                server.start()

            print("PostgreSQL", run(server.url, given.trials, given.workers, restart), flush=True)


if __name__ == "__main__":
    main()
