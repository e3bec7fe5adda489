"""Zero-cost proxies on a table of known results: how well do they rank networks, beside parameters and multiply-adds, which cost nothing?

``python -m benchmarks.proxies TABLE [--count N] [--widths 8,16,32] [--cells N]`` draws cells of NAS-Bench-201 that have a path, and prints Spearman's
rank correlation with the test accuracy after 200 epochs, with its bootstrap interval.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy
import torch

from archdsl.searching.effects import Interval, bootstrap, pearson, ranks
from archdsl.searching.evaluation.proxies import PROXIES
from archdsl.searching.evaluation.proxies.base import Subject
from archdsl.searching.space import Sample, Space
from benchmarks.strategies import Cell, read_table


def drawn(space: Space, count: int) -> list[tuple[Sample, Cell]]:
    """Return networks whose output depends on their input, each but once."""
    found: dict[Cell, Sample] = {}
    seed = 0
    while len(found) < count:
        sample = space.draw(seed)
        cell = tuple(int(draw.value) for draw in sample.draws)
        if 0 not in (cell[0], cell[4]) or 0 not in (cell[1], cell[5]) or 0 not in (cell[0], cell[2], cell[5]) or cell[3]:
            found.setdefault(cell, sample)
        seed += 1
    return [(sample, cell) for cell, sample in found.items()]


def row(name: str, scores: list[float], accuracies: list[float], seconds: float) -> str:
    """Return a row of Markdown."""
    finite = numpy.isfinite(scores)
    found: Interval = bootstrap(pearson, ranks(numpy.array(scores)[finite]), ranks(numpy.array(accuracies)[finite]))
    return f"| {name} | {found.middle:.2f} [{found.low:.2f}, {found.high:.2f}] | {1000 * seconds / len(scores):.0f} | {int((~finite).sum())} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("table", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--widths", type=lambda text: [int(each) for each in text.split(",")], default=[8, 16, 32])
    parser.add_argument("--cells", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=list(PROXIES))
    given = parser.parse_args()
    torch.set_num_threads(1)
    table = read_table(given.table)
    networks = drawn(Space.load("nasbench201", set={"widths": given.widths, "cells": given.cells}), given.count)
    accuracies = [table[cell][1] for _, cell in networks]
    print("| ranked by | Spearman's correlation | ms for a network | not finite |\n|---|---:|---:|---:|")
    for name in ("params", "macs"):
        print(row(name, [float(getattr(sample.cost, name)) for sample, _ in networks], accuracies, 0), flush=True)
    print(row("validation after 12 epochs", [table[cell][0] for _, cell in networks], accuracies, 0), flush=True)
    for name in given.only:
        start = time.process_time()
        scores = [PROXIES[name](Subject(sample.architecture.graph, 0)) for sample, _ in networks]
        print(row(name, scores, accuracies, time.process_time() - start), flush=True)


if __name__ == "__main__":
    main()
