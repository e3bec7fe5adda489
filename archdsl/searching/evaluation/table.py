"""Evaluation by a table of known results: a csv with a column ``fingerprint``, and one for each measure."""

from __future__ import annotations

import csv
from pathlib import Path

from archdsl.errors import Diagnostic, UsageError
from archdsl.searching.evaluation.base import Evaluate, Failure, Report, Result
from archdsl.searching.space import Sample

KEY = "fingerprint"


def read_table(path: Path) -> dict[str, dict[str, float]]:
    """Return the measures by fingerprint; columns that hold no numbers are passed over.

    Raises:
        UsageError: If the file cannot be read or has no column ``fingerprint``.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if KEY not in (rows.fieldnames or ()):
                raise UsageError(Diagnostic("E974", f"the table `{path}` has no column `{KEY}`", None, "`archdsl sample --json` tells fingerprints"))
            return {row[KEY]: _numbers(row) for row in rows}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(Diagnostic("E974", f"cannot read the table `{path}`: {getattr(error, 'strerror', None) or 'it is no text'}")) from None


def _numbers(row: dict[str, str]) -> dict[str, float]:
    found = {}
    for name, text in row.items():
        try:
            found[name] = float(text)
        except (TypeError, ValueError):
            continue
    return {name: value for name, value in found.items() if name != KEY}


def table_evaluation(path: Path) -> Evaluate:
    """Return the evaluation that looks a network up."""
    table = read_table(path)

    def look_up(sample: Sample, seed: int, report: Report) -> Result:
        if sample.fingerprint not in table:
            raise Failure("the table does not have it")
        return Result(table[sample.fingerprint])

    return look_up
