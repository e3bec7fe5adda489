"""Networks without their batch norms compute what they did."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_architecture, compile_graph
from archdsl.backend.folding import fold_norms, foldable
from archdsl.backend.trained import Trained
from tests.catalogue.same_function import scrambled

HEAD = "archdsl: 1\ninput: [4, 8, 8]\nnet: "
NARROW = {"input": [3, 32, 32]}
CASES: list[tuple[str, dict[str, Any], int]] = [
    ("resnet18", {**NARROW, "widths": [8, 8, 16, 16]}, 21),
    ("resnet50", {**NARROW, "widths": [4, 8, 8, 8]}, 53),
    ("mobilenet-v1", NARROW, 27),
    ("preresnet18", {**NARROW, "widths": [8, 8, 8, 8]}, 9),
    ("res2net50-26w-4s", {**NARROW, "widths": [8, 8, 8, 8], "base_width": 32}, 85),
    (HEAD + "[{conv: {out_channels: 6, bias: true}}, {batch_norm: {affine: false}}, relu, {depthwise_conv: 3}, batch_norm]", {}, 2),
    (HEAD + "[global_avg_pool, {linear: 6}, batch_norm, relu]", {}, 1),
    (HEAD + "[{conv: {out_channels: 6, groups: 2, kernel_size: 3, stride: 2}}, {batch_norm: {eps: 1e-2}}]", {}, 1),
    (HEAD + "[{conv: 6, as: c}, {batch_norm: , as: n}, {merge: add, from: [c, n]}]", {}, 0),
    (HEAD + "[{where: {F: [{conv: 4}, batch_norm]}}, F, F]", {}, 0),
    (HEAD + "[{where: {F: [{conv: 4}]}}, F, batch_norm, F, batch_norm]", {}, 0),
    (HEAD + "[{conv: 4}, relu, batch_norm]", {}, 0),
    (HEAD + "[{conv_transpose: {out_channels: 6, kernel_size: 2, stride: 2}}, batch_norm]", {}, 0),
]


@pytest.mark.parametrize(("source", "settings", "count"), CASES)
def test_the_function_is_kept(source: str, settings: dict[str, Any], count: int) -> None:
    torch.manual_seed(0)
    arch = archdsl.load(source, set=settings)
    model = scrambled(compile_architecture(arch)).double().eval()
    trained = Trained(arch.graph, model.state_dict())
    assert len(foldable(trained)) == count
    folded = fold_norms(trained)
    short = compile_graph(folded.graph).double().eval()
    short.load_state_dict(dict(folded.state))
    images = torch.randn(2, *arch.graph.inputs[0].shape.dims, dtype=torch.float64)
    with torch.no_grad():
        expected = model(images)
        torch.testing.assert_close(short(images), expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))
    assert len(folded.graph.nodes) == len(arch.graph.nodes) - count


def test_an_output_keeps_its_value() -> None:
    arch = archdsl.load("archdsl: 1\ninput: [4, 8, 8]\nnet: [{conv: 6, as: c}, {batch_norm: , as: n}]\noutputs: [c, n]")
    assert foldable(Trained(arch.graph, compile_architecture(arch).state_dict())) == {}
