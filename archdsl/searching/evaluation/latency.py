"""How long a network takes for one image."""

from __future__ import annotations

import statistics
import time

import torch

from archdsl.backend.compiling import compile_graph
from archdsl.ir.graph import Graph

ROUNDS, WARM = 15, 3


def latency_of(graph: Graph) -> float:
    """Return the median of several forward passes of one image on one thread of the CPU, in milliseconds."""
    module = compile_graph(graph).eval()
    inputs = [torch.zeros(1, *node.shape.dims) for node in graph.inputs]
    threads, seconds = torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for _ in range(WARM + ROUNDS):
                start = time.perf_counter()
                module(*inputs)
                seconds.append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    return 1000 * statistics.median(seconds[WARM:])
