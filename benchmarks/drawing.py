"""How long pictures and pages of large networks take, from the loaded network to the file: ``python -m benchmarks.drawing``."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import archdsl
from archdsl.rendering import render
from archdsl.rendering.options import Options
from archdsl.rendering.page.insides import sheets_of

NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "ResNet-50": ("resnet50", {}),
    "ResNet-1001": ("resnet50", {"depths": [83, 83, 83, 84]}),
    "DenseNet-264": ("densenet264", {}),
    "FractalNet, 8 columns": ("fractalnet-20", {"columns": 8}),
    "Inception-v4": ("inception-v4", {}),
}
"""What is drawn: the name in the table, the name in the catalogue, settings."""

ROUNDS = 5


def seconds(network: archdsl.Architecture, path: Path) -> float:
    """Return the median time to draw a file."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        render(network, path)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    """Print the table."""
    print("| network | nodes | picture | page | its drawings | its size |\n|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for title, (name, settings) in NETWORKS.items():
            network = archdsl.load(name, set=settings)
            svg, page = Path(folder) / "net.svg", Path(folder) / "net.html"
            times = [seconds(network, path) for path in (svg, page)]
            sheets = len(sheets_of(network, Options())[0])
            size = f"{page.stat().st_size / 1000:.0f} kB"
            columns = [title, f"{len(network.graph.nodes):,}", *(f"{each:.2f} s" for each in times), str(sheets), size]
            print("| " + " | ".join(columns) + " |", flush=True)


if __name__ == "__main__":
    main()
