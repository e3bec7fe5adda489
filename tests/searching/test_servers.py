"""Studies in a database server, where many machines share them; skipped only where there is no server to start."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl.searching.ledger import Ledger
from archdsl.searching.study import plan_search, search
from archdsl.searching.workers import start_workers
from tests.searching.postgres import Postgres, server_programs

pytest.importorskip("psycopg")
PROGRAMS = server_programs()
pytestmark = pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL server is installed here")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    assert PROGRAMS is not None
    with Postgres(PROGRAMS) as running:
        yield running


def test_workers_share_a_server_that_is_restarted_while_one_is_killed(server: Postgres) -> None:
    planned = plan_search("nasbench201", storage=server.url, name="shared", evaluate="cost", heartbeat=1)
    ledger = Ledger.create(planned.storage, planned.name, planned.settings)
    processes = start_workers(3, {"storage": ledger.url, "name": "shared", "trials": 40})
    while sum(each.done for each in ledger.trials()) < 8:
        assert any(each.running for each in processes)
        time.sleep(0.1)
    os.kill(processes[0].pid, signal.SIGKILL)
    server.stop()
    time.sleep(1)
    server.start()
    for process in processes[1:]:
        assert process.end(200) == (0, "")
    assert processes[0].end()[0] == -signal.SIGKILL
    done = [each for each in ledger.trials() if each.state == "complete"]
    assert len(done) == len({each.fingerprint for each in done}) == 40


def test_a_study_in_a_server_goes_on_and_is_reported(server: Postgres, tmp_path: Path) -> None:
    from archdsl.searching.reporting import write_report

    first = search("nasbench201", 3, storage=server.url, name="again", evaluate="cost")
    assert search("nasbench201", 5, storage=server.url, name="again", evaluate="cost").trials[:3] == first.trials
    write_report(server.url, tmp_path / "r.html", ["again"])
    assert "nas-bench-201" in (tmp_path / "r.html").read_text()
