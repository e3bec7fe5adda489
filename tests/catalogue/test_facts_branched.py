"""Every count that is known of the branched networks comes out exactly."""

from __future__ import annotations

from typing import Any

import pytest

import archdsl
from archdsl.analysis.cost import analyze
from tests.catalogue.facts_branched import FACTS, WITH_DEAD_LAYERS


@pytest.mark.parametrize(("variant", "settings", "params", "macs"), FACTS.values(), ids=FACTS)
def test_counts(variant: str, settings: dict[str, Any], params: int, macs: int | None) -> None:
    cost = analyze(archdsl.load(variant, set=settings))
    assert cost.params == params
    assert macs is None or cost.macs == macs


@pytest.mark.parametrize(("variant", "params", "macs"), WITH_DEAD_LAYERS.values(), ids=WITH_DEAD_LAYERS)
def test_counts_with_the_dead_layers_of_the_code(variant: str, params: int, macs: int | None) -> None:
    arch = archdsl.load(variant)
    cost = analyze(arch)
    dead_params, dead_macs = dead_layers(arch.vars["levels"], arch.vars["channels"])
    assert cost.params + dead_params == params
    assert macs is None or cost.macs + dead_macs == macs


def dead_layers(levels: tuple[int, ...], channels: tuple[int, ...]) -> tuple[int, int]:
    """Return what the projections cost that every widening tree above another holds, on the pooled map."""
    params = macs = 0
    for number in range(2, len(levels)):
        before, after, side = channels[number - 1], channels[number], 224 >> number
        if before != after:
            params += (levels[number] - 1) * (before * after + 2 * after)
            macs += (levels[number] - 1) * before * after * side * side
    return params, macs
