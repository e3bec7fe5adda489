"""The digits table of docs/training.md: every family of the catalogue, narrowed, learns the digits.

``python -m benchmarks.digits_table [FOLDER] [--only NAME ...] [--count] [--write]`` trains what is not in FOLDER yet and prints the table;
``--count`` only counts, ``--write`` puts the table into the document.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import archdsl
from archdsl.errors import ArchError
from benchmarks.digits_families import FAMILIES, NOT, Family
from benchmarks.pages import write_between


def load_family(family: Family) -> Any:
    """Return the narrowed network."""
    side = family.size or 8
    return archdsl.load(family.network, set={"input": [1, side, side], "classes": 10, **family.settings})


def measure(family: Family, folder: Path) -> dict[str, Any]:
    """Train a family and return its row, which is kept in the folder."""
    arch = load_family(family)
    out = folder / family.network
    how = {"size": family.size, "epochs": family.epochs, "seed": family.seed, "devices": "cpu"}
    run = archdsl.train(arch, "digits", family.recipe, out=out, progress=False, **how)
    row = {
        "params": archdsl.analyze(arch).params,
        "accuracy": run.accuracy,
        "seconds": run.seconds,
        "best": max(e.test_accuracy for e in run.history),
    }
    (out / "row.json").write_text(json.dumps(row))
    return row


def kept(family: Family, folder: Path) -> dict[str, Any] | None:
    """Return the row of an earlier call, if there is one."""
    path = folder / family.network / "row.json"
    return dict(json.loads(path.read_text())) if path.is_file() else None


def line(family: Family, row: dict[str, Any]) -> str:
    """Return the row as Markdown."""
    settings = ", ".join(f"{name}={json.dumps(value)}" for name, value in family.settings.items()).replace('"', "") or " "
    how = f"{family.recipe}, {family.epochs}" + (f", seed {family.seed}" if family.seed else "")
    size = family.size or 8
    return f"| {family.network} | {settings} | {size} | {how} | {row['params']:,} | {100 * row['accuracy']:.1f} % | {row['seconds']:.0f} |"


def table(folder: Path) -> str:
    """Return the table of all rows in the folder, and the families that are left out."""
    rows = [line(family, row) for family in FAMILIES if (row := kept(family, folder))]
    head = ["| network | `--set` | `--size` | recipe, epochs | parameters | test accuracy | seconds |", "|---|---|---|---|---|---|---|"]
    left = [f"- `{name}`: {reason}." for name, reason in NOT.items()]
    return "\n".join([*head, *rows, "", "Left out:", "", *left])


def main() -> None:
    """Train, count or write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", default=Path("runs/digits-table"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for family in FAMILIES:
        if given.only and family.network not in given.only:
            continue
        try:
            if given.count:
                cost = archdsl.analyze(load_family(family))
                print(f"{family.network:22} {cost.params:>12,} params {cost.macs / 1e6:8.1f} MMACs", flush=True)
            elif given.only or kept(family, given.folder) is None:
                print(family.network, measure(family, given.folder), flush=True)
        except ArchError as error:
            print(f"{family.network}: {error}", file=sys.stderr, flush=True)
    if given.count:
        return
    print(table(given.folder))
    if given.write:
        write_between("training.md", "digits table", table(given.folder))


if __name__ == "__main__":
    main()
