"""All cells of NAS-Bench-201: what archdsl counts, beside the closed forms, the benchmark's own table, and independent counts of equivalent cells.

    python benchmarks/nasbench201.py [TABLE]

TABLE is a file of comma-separated values, packed or not, with the columns ``arch_str``, ``params`` and ``flops_M``.
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archdsl.analysis.cost import total_of
from archdsl.analysis.fingerprint import structure
from archdsl.ir.graph import Graph, Node
from archdsl.passes.canonicalize import canonicalize
from archdsl.passes.drop_dead import drop_dead
from archdsl.passes.drop_identities import drop_identities
from archdsl.passes.drop_zeros import drop_zeros
from archdsl.searching.space import Sample, Space
from tests.reference.nasbench201 import OPS, benchmark_form, cell_of, cells, functional_form, macs, params

Cell = tuple[str, ...]
ONE = {"cells": 1, "widths": [16]}
"""The settings for a network of one cell, which is all that equivalences are about."""


def draw(space: Space, cell: Cell) -> Sample:
    """Return the network with a cell."""
    return space.draw(0, {f"|vars/1.{place}": OPS.index(op) for place, op in enumerate(cell)})


def form_of(graph: Graph) -> str:
    """Return the string that the benchmark's rule gives for the cell in a graph.

    Nothing is computed from a lone zero, which stays in its sum. The terms are sorted by the names of the blocks, as the benchmark does: a sum that a
    skip nests is flattened where that happens to keep the order.
    """
    forms: dict[Node, str] = {}
    for node in graph.nodes:
        terms = [forms[operand] for operand in node.inputs]
        if node.name in ("input", "conv", "batch_norm"):
            forms[node] = "0"
        elif node.op.name == "add":
            forms[node] = "+".join(sorted(terms))
        elif node.op.name == "zero" or terms == ["#"]:
            forms[node] = "#"
        else:
            block = node.group.label if node.group is not None else ""
            ends = node.op.name in ("batch_norm", "avg_pool")
            forms[node] = f"({terms[0]})@{block}" if ends else terms[0]
    return forms[graph.node("batch_norm_2").inputs[0]]


def same_classes(left: Iterable[object], right: Iterable[object]) -> bool:
    """Tell whether two lists of forms tell the same cells apart."""
    pairs = set(zip(left, right, strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def check_costs(space: Space, all_cells: list[Cell]) -> None:
    """Count every network as it is declared, and hold the counts against the closed forms."""
    started = time.process_time()
    pairs = set()
    for cell in all_cells:
        sample = draw(space, cell)
        assert sample.folded is not None
        cost = total_of(sample.folded.declared().values())
        assert (cost.params, cost.macs) == (params(cell), macs(cell)), cell
        pairs.add((cost.params, cost.macs))
    taken = time.process_time() - started
    speed = f"{len(all_cells) / taken:,.0f} a second"
    print(f"{len(all_cells):,} networks: params and MACs equal the closed forms; {len(pairs)} different pairs; {speed}")


def check_table(path: Path, all_cells: list[Cell]) -> None:
    """Hold the closed forms, and so the counts, against the benchmark's own table; its figures hold the biases of the classifier."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = list(csv.DictReader(text.decode().splitlines()))
    assert {cell_of(row["arch_str"]) for row in rows} == set(all_cells)
    for row in rows:
        cell = cell_of(row["arch_str"])
        assert params(cell) == int(row["params"]), cell
        assert round((macs(cell) + 10) / 1e6, 5) == float(row["flops_M"]), cell
    print(f"{len(rows):,} rows of the table: the same params, and the same MACs but for the 10 biases of its classifier")


def check_classes(all_cells: list[Cell]) -> None:
    """Count equivalent cells from graphs, and independently from strings."""
    space = Space.load("nasbench201", set=ONE)
    graphs = [draw(space, cell).architecture.graph for cell in all_cells]
    by_rule = [form_of(graph) for graph in graphs]
    dropped = [structure(canonicalize(graph, (drop_dead, drop_zeros, drop_identities))) for graph in graphs]
    folded = [structure(canonicalize(graph)) for graph in graphs]
    for name, found, expected in (
        ("the benchmark's rule: skips collapsed, nothing computed from a lone zero", by_rule, map(benchmark_form, all_cells)),
        ("zero terms dropped from sums", dropped, (functional_form(cell, flat=False) for cell in all_cells)),
        ("and sums that a skip nests flattened", folded, (functional_form(cell, flat=True) for cell in all_cells)),
    ):
        agree = same_classes(found, list(expected))
        print(f"{len(set(found)):>6,} classes by graphs, {'the same' if agree else 'NOT THE SAME'} by strings: {name}")


def main(arguments: list[str]) -> None:
    """Print what was counted; fail where something differs."""
    all_cells = list(cells())
    check_costs(Space.load("nasbench201"), all_cells)
    for path in arguments:
        check_table(Path(path), all_cells)
    check_classes(all_cells)


if __name__ == "__main__":
    main(sys.argv[1:])
