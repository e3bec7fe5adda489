"""The strategies on a table of known results: which accuracy has the network that each chooses after so many evaluations?

``python -m benchmarks.strategies TABLE [--seeds N] [--only NAME ...] [--again]`` replays them on NAS-Bench-201: a csv with ``arch_str``, the
validation accuracy on CIFAR-10 after 12 epochs, by which a network is chosen, and the test accuracy after 200 epochs, which is then reported.
A cell is evaluated once, as in a study; with ``--again`` equal cells count again, as in the benchmark's own scripts.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from archdsl.expansion.drawing import Draw, Drawer
from archdsl.searching.strategies.base import Proposal, Strategy, Told
from archdsl.searching.strategies.catalogue import STRATEGIES

OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
COUNTS = (10, 50, 100, 150, 200)
ATTEMPTS = 100
"""How often a strategy is asked for a cell that is new, before one is drawn at random."""

Cell = tuple[int, ...]
Row = tuple[float, float]
"""Validation accuracy after 12 epochs, test accuracy after 200."""


def read_table(path: Path) -> dict[Cell, Row]:
    """Return the results by cell: the ops of the edges in the order 0>1, 0>2, 1>2, 0>3, 1>3, 2>3."""
    with gzip.open(path, "rt") as file:
        return {_cell(row["arch_str"]): (float(row["c10_val_12ep"]), float(row["c10_test_200ep"])) for row in csv.DictReader(file)}


def _cell(text: str) -> Cell:
    """Return the cell that a text such as ``|none~0|+|none~0|none~1|+|...|`` describes."""
    return tuple(OPS.index(edge.partition("~")[0]) for node in text.split("+") for edge in node.strip("|").split("|"))


def draws_of(proposal: Proposal) -> tuple[Draw, ...]:
    """Return the six draws of a cell, by the seed and the addresses as in any space."""
    drawer = Drawer(proposal.seed, dict(proposal.fixed))
    for edge in range(6):
        drawer.pick(f"e.{edge}", len(OPS))
    return drawer.draws


def replay(strategy: Strategy, table: dict[Cell, Row], seed: int, again: bool) -> list[float]:
    """Return the test accuracy of the chosen cell after each of ``COUNTS`` evaluations."""
    random, seen, chosen, found = Random(seed), set[Cell](), (0.0, 0.0), []
    for number in range(max(COUNTS)):
        draws, parent = _next(strategy, random, seen if not again else set())
        cell = tuple(draw.value for draw in draws)
        seen.add(cell)
        chosen = max(chosen, table[cell], key=lambda row: row[0])
        strategy.tell(Told(number, draws, (100 - table[cell][0],), parent))
        if number + 1 in COUNTS:
            found.append(chosen[1])
    return found


def _next(strategy: Strategy, random: Random, seen: set[Cell]) -> tuple[tuple[Draw, ...], int | None]:
    for attempt in range(10 * ATTEMPTS):
        proposal = strategy.ask(random, draws_of) if attempt < ATTEMPTS else Proposal(random.randrange(2**32))
        draws = draws_of(proposal)
        if tuple(draw.value for draw in draws) not in seen:
            break
    return draws, proposal.parent


def line(name: str, rows: list[list[float]], seconds: float) -> str:
    """Return a row of Markdown: mean, standard deviation and the 95 % interval of the mean for each number of evaluations."""
    cells = []
    for values in zip(*rows):
        mean, spread = statistics.fmean(values), statistics.stdev(values)
        half = 1.96 * spread / len(values) ** 0.5
        cells.append(f"{mean:.2f}±{spread:.2f} [{mean - half:.2f}, {mean + half:.2f}]")
    return f"| {name} | {' | '.join(cells)} | {1000 * seconds / len(rows) / max(COUNTS):.2f} |"


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("table", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    table = read_table(given.table)
    print("| strategy | " + " | ".join(f"{count} evaluations" for count in COUNTS) + " | ms each |\n|---|" + "---|" * (len(COUNTS) + 1))
    makers: dict[str, Callable[[], Strategy]] = dict(STRATEGIES)
    for name in given.only or makers:
        start = time.process_time()
        rows = [replay(makers[name](), table, seed, given.again) for seed in range(given.seeds)]
        print(line(name, rows, time.process_time() - start), flush=True)


if __name__ == "__main__":
    main()
