"""The table of NAS-Bench-201 by fingerprint, for ``archdsl search nasbench201 --evaluate table --table FILE``.

``python -m benchmarks.nb201_results TABLE FILE`` writes the mean of the cells that are one network once what changes nothing is dropped: ``error`` is
that of the validation after 12 epochs, ``test_error`` that of the test after 200.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from statistics import fmean

from archdsl.searching.space import Space
from benchmarks.strategies import Cell, read_table


def fingerprints(space: Space) -> dict[Cell, str]:
    """Return the fingerprint of every cell."""
    addresses = [draw.address for draw in space.draw(0).draws]
    cells = [tuple(number // 5**edge % 5 for edge in range(6)) for number in range(5**6)]
    return {cell: space.draw(0, dict(zip(addresses, cell))).fingerprint for cell in cells}


def main() -> None:
    """Write the table."""
    table, path = read_table(Path(sys.argv[1])), Path(sys.argv[2])
    found: dict[str, list[tuple[float, float]]] = {}
    for cell, name in fingerprints(Space.load("nasbench201")).items():
        found.setdefault(name, []).append(table[cell])
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["fingerprint", "error", "test_error"])
        for name, results in found.items():
            rows.writerow([name, *(f"{1 - fmean(values) / 100:.6f}" for values in zip(*results))])
    print(f"{len(found):,} networks of {len(table):,} cells")


if __name__ == "__main__":
    main()
