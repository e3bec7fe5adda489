"""Parameters and multiply-adds of known layers, by numbers that others have published or that a line of arithmetic gives."""

from __future__ import annotations

from typing import Any

import pytest

from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape

TABLE: list[tuple[str, dict[str, Any], tuple[Shape, ...], int, int]] = [
    # the stem of ResNet-50, and its fully connected layer
    ("conv", {"out_channels": 64, "kernel_size": 7, "stride": 2}, (Shape((3, 224, 224)),), 9408, 118_013_952),
    ("linear", {"out_features": 1000}, (Shape((2048,)),), 2_049_000, 2_048_000),
    # the 3 x 3 of ResNeXt-50 32x4d: 128 * 4 * 9 weights
    ("conv", {"out_channels": 128, "kernel_size": 3, "groups": 32}, (Shape((128, 56, 56)),), 4608, 4608 * 56 * 56),
    # ConvNeXt-T's first depthwise convolution
    ("depthwise_conv", {"kernel_size": 7, "bias": True}, (Shape((96, 56, 56)),), 4800, 96 * 49 * 56 * 56),
    ("conv_transpose", {"out_channels": 32, "kernel_size": 2, "stride": 2, "bias": True}, (Shape((64, 28, 28)),), 8224, 64 * 32 * 4 * 28 * 28),
    # ViT-B/16: 4 d^2 + 4 d parameters, 4 N d^2 + 2 N^2 d multiply-adds
    ("attention", {"heads": 12}, (Shape((197, 768)),), 2_362_368, 4 * 197 * 768**2 + 2 * 197**2 * 768),
    ("linear", {"out_features": 3072}, (Shape((197, 768)),), 2_362_368, 197 * 768 * 3072),
    ("batch_norm", {}, (Shape((64, 112, 112)),), 128, 0),
    ("batch_norm", {"affine": False}, (Shape((64, 112, 112)),), 0, 0),
    ("instance_norm", {}, (Shape((64, 112, 112)),), 0, 0),
    ("local_response_norm", {}, (Shape((96, 55, 55)),), 0, 0),
    ("layer_norm", {}, (Shape((197, 768)),), 1536, 0),
    ("prelu", {}, (Shape((64, 9, 9)),), 1, 0),
    ("prelu", {"per_channel": True}, (Shape((64, 9, 9)),), 64, 0),
    ("layer_scale", {}, (Shape((96, 56, 56)),), 96, 0),
    ("cls_token", {}, (Shape((196, 768)),), 768, 0),
    ("parameter", {"shape": [1, 384]}, (), 384, 0),
    ("position_table", {"shape": [196, 768]}, (), 0, 0),
    ("position_table", {"shape": [197, 768], "kind": "learned"}, (), 151_296, 0),
    ("embedding", {"num_embeddings": 1000, "embedding_dim": 64}, (Shape((20,), "index"),), 64_000, 0),
    ("grid_sample", {}, (Shape((1, 42, 42)), Shape((6,))), 0, 0),
    # 16 control points: 19 coefficients for x and y, used at every position
    ("grid_sample", {"grid": "tps"}, (Shape((1, 42, 42)), Shape((32,))), 0, 2 * 19 * 16 + 2 * 19 * 42 * 42),
    ("max_pool", {"kernel_size": 3, "stride": 2, "padding": 1}, (Shape((64, 112, 112)),), 0, 0),
]


@pytest.mark.parametrize(("name", "settings", "inputs", "params", "macs"), TABLE)
def test_known_layers(name: str, settings: dict[str, Any], inputs: tuple[Shape, ...], params: int, macs: int) -> None:
    op = OPS[name](**settings)
    assert op.count_params(*inputs) == params
    assert op.macs(inputs, op.infer(*inputs)) == macs


def test_attention_names_its_parameters() -> None:
    fused = OPS["attention"](heads=2).parameters(Shape((5, 8)))
    assert fused == {"qkv.weight": (24, 8), "qkv.bias": (24,), "proj.weight": (8, 8), "proj.bias": (8,)}
    cross = OPS["attention"](heads=2, bias=False, out_bias=False).parameters(Shape((5, 8)), Shape((7, 4)))
    assert cross == {"q.weight": (8, 8), "k.weight": (8, 4), "v.weight": (8, 4), "proj.weight": (8, 8)}


def test_products_of_activations_are_counted_apart() -> None:
    op, x = OPS["attention"](heads=12), Shape((197, 768))
    assert op.product_macs((x,), x) == 2 * 197**2 * 768
    assert op.macs((x,), x) - op.product_macs((x,), x) == 4 * 197 * 768**2
