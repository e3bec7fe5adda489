"""Every count that is known of the fractal, dense, mobile, ConvNeXt, transformer and plain networks comes out exactly."""

from __future__ import annotations

from typing import Any

import pytest

import archdsl
from archdsl.analysis.cost import Cost, analyze
from tests.catalogue.facts_others import CONVOLUTIONS, FACTS, IJEPAS, VITS, WEIGHTS


def cost_of(variant: str, settings: dict[str, Any]) -> Cost:
    return analyze(archdsl.load(variant, set=settings))


@pytest.mark.parametrize(("variant", "settings", "params", "macs"), FACTS.values(), ids=FACTS)
def test_counts(variant: str, settings: dict[str, Any], params: int, macs: int) -> None:
    cost = cost_of(variant, settings)
    assert (cost.params, cost.macs) == (params, macs)


@pytest.mark.parametrize(("variant", "weights"), WEIGHTS.values(), ids=WEIGHTS)
def test_weights(variant: str, weights: int) -> None:
    assert cost_of(variant, {}).weights == weights


@pytest.mark.parametrize(("variant", "number", "weights"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolutions(variant: str, number: int, weights: int) -> None:
    found = cost_of(variant, {}).by_kind["conv 3x3"]
    assert (found.nodes, found.weights) == (number, weights)


@pytest.mark.parametrize(("variant", "settings", "params", "macs"), VITS.values(), ids=VITS)
def test_transformers(variant: str, settings: dict[str, Any], params: int, macs: int) -> None:
    cost = cost_of(variant, settings)
    assert (cost.params, cost.macs - cost.product_macs) == (params, macs)


@pytest.mark.parametrize(("variant", "encoder", "with_positions", "predictor", "depth"), IJEPAS.values(), ids=IJEPAS)
def test_encoders_and_their_predictors(variant: str, encoder: int, with_positions: int, predictor: int, depth: int) -> None:
    arch = archdsl.load(variant)
    networks = analyze(arch).networks
    table = arch.graphs["encoder"].node("positions").shape.size
    assert (networks["encoder"].params, networks["encoder"].params + table, networks["predictor"].params) == (encoder, with_positions, predictor)
    assert networks["predictor"].by_kind["attention"].nodes == depth
