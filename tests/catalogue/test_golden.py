"""The golden file: what every network of the catalogue counts. A change of any figure is a failing test.

After a change that is meant: ``python -m tests.catalogue.test_golden`` writes the file anew, and the difference goes into the commit.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archdsl.analysis.zoo import Exhibit, visit
from archdsl.source import read_source
from archdsl.spec.catalogue import entries, shipped_folder
from archdsl.spec.reader import read_document

GOLDEN = Path(__file__).with_name("golden.json")


def row(exhibit: Exhibit) -> list[object]:
    """Return the figures of one network: params, macs, nodes, output shape."""
    return [exhibit.count.params, exhibit.count.macs, exhibit.count.nodes, list(exhibit.output)]


@pytest.fixture(scope="module")
def exhibits() -> list[Exhibit]:
    return visit()


def test_every_network_counts_what_it_did(exhibits: list[Exhibit]) -> None:
    golden = json.loads(GOLDEN.read_text())
    found = {exhibit.name: row(exhibit) for exhibit in exhibits}
    assert {name: figures for name, figures in found.items() if golden.get(name) != figures} == {}
    assert golden.keys() == found.keys()


def test_published_figures_agree_or_are_explained(exhibits: list[Exhibit]) -> None:
    assert [(exhibit.name, exhibit.comparisons) for exhibit in exhibits if exhibit.verdict == "differs"] == []


def test_the_catalogue_is_large_and_its_names_are_plain(exhibits: list[Exhibit]) -> None:
    names = [exhibit.name for exhibit in exhibits]
    assert len(names) >= 150
    assert len(set(names)) == len(names)
    assert [name for name in names if name != name.lower() or " " in name or "_" in name] == []


def test_every_network_says_what_it_expects() -> None:
    silent = []
    for entry in entries().values():
        document = read_document(read_source(entry.path), shipped=shipped_folder())
        expects = [document.expect, *(network.expect for network in (document.networks or {}).values())]
        expects += [document.variants[entry.variant].expect] if entry.variant else []
        if not any(expects):
            silent.append(entry.name)
    assert silent == []


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "res2net50-26w-4s", "dla34", "fractalnet-20"])
def test_a_network_is_a_page(name: str) -> None:
    """What stands before the table of variants is at most 45 lines."""
    text = entries()[name].path.read_text()
    assert text.partition("\nvariants:")[0].count("\n") < 45


def main() -> None:
    """Write the golden file."""
    rows = sorted((exhibit.name, row(exhibit)) for exhibit in visit())
    GOLDEN.write_text("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(figures)}" for name, figures in rows) + "\n}\n")


if __name__ == "__main__":
    main()
