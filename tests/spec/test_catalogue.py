"""Names of the catalogue, and what they mean."""

from __future__ import annotations

import pytest

from archdsl.errors import SourceError
from archdsl.spec.catalogue import entries, find, resolve


def test_every_name_is_found_without_reading_everything() -> None:
    assert {name: find(name) for name in entries()} == entries()


@pytest.mark.parametrize("name", ["", "resnet", "resnet5", "net", "conv", "[", "resnet50 "])
def test_other_words_are_no_networks(name: str) -> None:
    assert find(name) is None


def test_a_misspelt_name_is_corrected() -> None:
    with pytest.raises(SourceError) as raised:
        resolve("resnet5O")
    assert raised.value.diagnostics[0].help == "did you mean `resnet50`?"


def test_a_variant_may_be_named_behind_a_path() -> None:
    entry = entries()["resnet50"]
    source, variant = resolve(f"{entry.path}#resnet50")
    assert (source.path, variant) == (entry.path, "resnet50")
