"""The table of digits covers the catalogue: a family is narrowed to fit them, or named beforehand with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl.spec.catalogue import shipped_folder
from archdsl.training.datasets import load_data
from archdsl.training.fitness import check_fit
from archdsl.training.recipes import load_recipe
from archdsl.training.resizing import resize_data
from benchmarks.digits_families import FAMILIES, NOT, Family
from benchmarks.digits_table import load_family

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text()


def test_every_family_is_in_the_table_or_named_with_its_reason() -> None:
    trained = [Path(archdsl.load(family.network).document.source.name).stem for family in FAMILIES]
    assert sorted([*trained, *NOT]) == sorted(path.stem for path in shipped_folder().glob("*.yaml"))
    assert all(NOT.values())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.network)
def test_narrowed_families_fit_the_digits(family: Family) -> None:
    arch = load_family(family)
    check_fit(arch, resize_data(load_data("digits"), family.size))
    assert archdsl.analyze(arch).params < 10_000_000
    assert load_recipe(family.recipe).lasting(family.epochs).epochs == family.epochs


def test_the_page_has_a_row_for_each_that_learned_them() -> None:
    table = PAGE.partition("<!-- digits table -->")[2].partition("<!-- end of digits table -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")][1:]
    assert [row[0] for row in rows] == [family.network for family in FAMILIES]
    assert all(float(row[5].removesuffix(" %")) >= 95 for row in rows)
    for name in NOT:
        assert f"- `{name}`: " in table
