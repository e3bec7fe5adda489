"""The same study on a Ray cluster of two nodes that are started here, one of which is stopped on the way.

``python -m benchmarks.ray_cluster [--trials N] [--workers N]`` prints what came of it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("RAY_worker_niceness", "0")  # by itself Ray lets everything else on the machine go first

import ray
from ray.cluster_utils import Cluster as Nodes

from archdsl.searching.ledger import Ledger
from archdsl.searching.ray_workers import Cluster
from archdsl.searching.study import plan_search
from benchmarks.many_workers import HEARTBEAT, account


def run(storage: str, trials: int, workers: int) -> dict[str, object]:
    """Search on two nodes, and stop one of them when a third of the trials are done."""
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": workers // 2, "object_store_memory": 100_000_000})
    second = nodes.add_node(num_cpus=workers - workers // 2, object_store_memory=100_000_000)
    planned = plan_search("nasbench201", storage=storage, name="many", evaluate="cost", strategy="random", heartbeat=HEARTBEAT)
    ledger = Ledger.create(planned.storage, planned.name, planned.settings)
    stopper = threading.Thread(target=_stop, args=(nodes, second, Ledger.open(storage, "many"), trials // 3))
    start = time.perf_counter()
    try:
        ray.init(address=nodes.address, log_to_driver=False)
        stopper.start()
        Cluster(nodes.address).run(ledger, workers, trials)
        seconds = time.perf_counter() - start
        stopper.join()
        return {**account(ledger), "nodes": sum(each["Alive"] for each in ray.nodes()), "seconds": round(seconds)}
    finally:
        ray.shutdown()
        nodes.shutdown()


def _stop(nodes: Nodes, node: object, ledger: Ledger, done: int) -> None:
    while sum(each.done for each in ledger.trials()) < done:
        time.sleep(0.2)
    nodes.remove_node(node, allow_graceful=False)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("Ray", run(str(Path(folder) / "many.db"), given.trials, given.workers))


if __name__ == "__main__":
    main()
