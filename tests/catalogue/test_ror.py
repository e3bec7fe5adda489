"""RoR against plain torch, and how many ways lead through it."""

from __future__ import annotations

import pytest
import torch

import archdsl
from tests.catalogue.same_function import assert_same_function, built, count_paths
from tests.reference.ror import RoR3


@pytest.mark.parametrize(
    ("variant", "form", "k", "settings"),
    [
        ("ror-3-110", "post", 1, {"depth": 14}),
        ("ror-3-110-pooled", "pooled", 1, {"depth": 20}),
        ("ror-3-wrn-40-2", "pre", 2, {"depth": 16}),
    ],
)
def test_same_function(variant: str, form: str, k: int, settings: dict[str, int]) -> None:
    torch.manual_seed(0)
    assert_same_function(RoR3(2, k, form), built(variant, **settings), torch.randn(2, 3, 16, 16))


@pytest.mark.parametrize("variant", ["ror-3-110", "ror-3-110-pooled", "preror-3-110", "ror-3-wrn-40-4"])
def test_number_of_paths(variant: str) -> None:
    """The root goes around everything; each group is gone around, or passed in one of 2^n ways."""
    arch = archdsl.load(variant)
    assert count_paths(arch.graph) == 1 + (2 ** arch.vars["n"] + 1) ** 3


def test_one_level_less_is_a_resnet_with_one_more_shortcut() -> None:
    graph = archdsl.load("ror-2-110").graph
    assert count_paths(graph) == 1 + 2**54


def test_stochastic_depth_of_the_final_level() -> None:
    drops = [node.op.p for node in archdsl.load("ror-3-164-sd").graph.nodes if node.op.name == "drop_path"]  # type: ignore[attr-defined]
    assert drops == pytest.approx([0.5 * block / 81 for block in range(1, 82)])
