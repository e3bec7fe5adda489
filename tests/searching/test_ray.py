"""Searches on a Ray cluster: the same workers, as its tasks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl.errors import SearchError
from archdsl.searching.study import plan_search

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 (by itself Ray lets everything else on the machine go first)
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=80_000_000)
    yield
    ray.shutdown()


def test_tasks_share_a_study_with_fractions_of_a_core(cluster: None, tmp_path: Path) -> None:
    from archdsl.searching.ray_workers import Cluster

    planned = plan_search("nasbench201", storage=tmp_path / "s.db", evaluate="cost")
    found = planned.run(16, 2, Cluster(cpus=0.5))
    assert len({each.fingerprint for each in found.complete}) == 16


def test_what_ends_the_tasks_is_said(cluster: None, tmp_path: Path) -> None:
    from archdsl.searching.ray_workers import Cluster

    planned = plan_search("nasbench201", storage=tmp_path / "s.db", evaluate="table", table=str(tmp_path / "none.csv"))
    with pytest.raises(SearchError, match="all 1 tasks have ended before 2 trials") as error:
        planned.run(2, 1, Cluster())
    assert "cannot read the table" in str(error.value)


def test_no_cluster_has_one_line(tmp_path: Path) -> None:
    from archdsl.searching.ray_workers import Cluster

    if ray.is_initialized():
        ray.shutdown()
    planned = plan_search("nasbench201", storage=tmp_path / "s.db", evaluate="cost")
    with pytest.raises(SearchError, match="no Ray cluster at `nonsense`"):
        planned.run(2, 1, Cluster("nonsense"))
