"""Every count that is known of the residual networks and their relatives comes out exactly."""

from __future__ import annotations

from typing import Any

import pytest

import archdsl
from archdsl.analysis.cost import analyze
from tests.catalogue.facts_residual import FACTS


@pytest.mark.parametrize(("variant", "settings", "params", "macs"), FACTS.values(), ids=FACTS)
def test_counts(variant: str, settings: dict[str, Any], params: int, macs: int) -> None:
    cost = analyze(archdsl.load(variant, set=settings))
    assert (cost.params, cost.macs) == (params, macs)
