"""Names that a document may give, and those that are taken."""

from __future__ import annotations

import keyword

import pytest
import torch

import archdsl
from archdsl.errors import SpecError
from archdsl.spec.values import MODULE_NAMES, RESERVED, check_name, check_part_name

WORDS_OF_OTHER_VERSIONS = {"T_destination", "mtia", "set_submodule", "ipu", "xpu", "call_super_init", "dump_patches"}


def test_the_names_of_torch_modules_are_taken() -> None:
    attributes = {name for name in (*dir(torch.nn.Module), *vars(torch.nn.Module())) if not name.startswith("_")}
    assert attributes <= MODULE_NAMES
    assert MODULE_NAMES - attributes <= {"self", *WORDS_OF_OTHER_VERSIONS}


@pytest.mark.parametrize("name", ["a", "conv_2", "Stage", "x1", "wide"])
def test_a_name(name: str) -> None:
    assert check_part_name(name, "a label", None) == name


ODD = ["", "_a", "__init__", "a b", "a.b", "a-b", "1a", "x; import os", "ä", "a\n", "a" * 61]


@pytest.mark.parametrize("name", [*keyword.kwlist, *sorted(RESERVED), *ODD])
def test_no_name(name: str) -> None:
    with pytest.raises(SpecError, match="cannot be a var"):
        check_name(name, "a var", None)


@pytest.mark.parametrize("name", sorted(MODULE_NAMES))
def test_no_part_name(name: str) -> None:
    with pytest.raises(SpecError, match=r"torch's modules use the word|taken by the language"):
        check_part_name(name, "a label", None)


def test_a_label_may_be_what_an_index_reads() -> None:
    inputs = "{places: {shape: [3], kind: index}, words: [9, 4]}"
    net = "[{from: places}, {as: picked}, {from: words}, {merge: gather, from: {values: words, index: picked}}]"
    assert archdsl.load(f"{{archdsl: 1, inputs: {inputs}, net: {net}}}").graph.outputs[0].shape.dims == (3, 4)
