"""Deep layer aggregation: the function of the reference implementation, from the plain blocks to Res2Net's."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.catalogue.same_function import assert_same_function, built
from tests.peers import peer

CASES: dict[str, tuple[str, str, dict[str, Any], list[int]]] = {
    "dla34": ("dla34", "DlaBasic", {}, [1, 1, 1, 2, 2, 1]),
    "dla60": ("dla60", "DlaBottleneck", {}, [1, 1, 1, 2, 3, 1]),
    "dla60x": ("dla60x", "DlaBottleneck", {"cardinality": 32, "base_width": 4}, [1, 1, 1, 1, 2, 1]),
    "dla102x2": ("dla102x2", "DlaBottleneck", {"cardinality": 64, "base_width": 4, "shortcut_root": True}, [1, 1, 1, 1, 2, 1]),
    "dla169": ("dla169", "DlaBottleneck", {"shortcut_root": True}, [1, 1, 2, 2, 3, 1]),
    "res2net-dla60": ("res2net-dla60", "DlaBottle2neck", {"base_width": 28}, [1, 1, 1, 1, 2, 1]),
    "res2next-dla60": ("res2next-dla60", "DlaBottle2neck", {"cardinality": 8, "base_width": 4}, [1, 1, 1, 1, 2, 1]),
}
CHANNELS = [8, 16, 64, 64, 128, 128]


@pytest.mark.parametrize(("name", "block", "arguments", "levels"), CASES.values(), ids=CASES)
def test_same_function_as_timm(name: str, block: str, arguments: dict[str, Any], levels: list[int]) -> None:
    dla = peer("timm").models.dla
    torch.manual_seed(0)
    theirs = dla.DLA(levels, CHANNELS, block=getattr(dla, block), num_classes=10, **arguments)
    ours = built(name, levels=levels, channels=CHANNELS, classes=10)
    assert_same_function(theirs, ours, torch.randn(2, 3, 64, 64))
