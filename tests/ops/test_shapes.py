"""Shape rules: right and wrong settings side by side, with the whole message of the wrong ones."""

from __future__ import annotations

from typing import Any

import pytest

from archdsl.ops.base import check_operands
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Kind, Shape, ShapeError


def shape(text: str) -> Shape:
    """Return a shape from ``3x8x8``, or ``map 3x8`` where its kind is not that of its number of axes."""
    words = text.split()
    kind: Kind | None = words[0] if len(words) == 2 else None  # type: ignore[assignment]
    dims = tuple(int(size) for size in words[-1].split("x"))
    return Shape(dims) if kind is None else Shape(dims, kind)


def infer(name: str, settings: dict[str, Any], operands: str) -> Shape:
    op = OPS[name](**settings)
    inputs = tuple(shape(text) for text in operands.split(", ")) if operands else ()
    check_operands(op, len(inputs))
    return op.infer(*inputs)


RIGHT: list[tuple[str, dict[str, Any], str, str]] = [
    ("conv", {"out_channels": 8}, "3x9x7", "8x9x7"),
    ("conv", {"out_channels": 8, "kernel_size": 3}, "3x9x7", "8x9x7"),
    ("conv", {"out_channels": 8, "kernel_size": 3, "dilation": 2}, "3x9x7", "8x9x7"),
    ("conv", {"out_channels": 8, "kernel_size": 2}, "3x9x7", "8x8x6"),
    ("conv", {"out_channels": 8, "kernel_size": 7, "stride": 2}, "3x224x224", "8x112x112"),
    ("conv", {"out_channels": 8, "kernel_size": [1, 7], "padding": [0, 3]}, "3x9x7", "8x9x7"),
    ("conv", {"out_channels": 8, "kernel_size": 3, "padding": "valid"}, "3x9x7", "8x7x5"),
    ("conv", {"out_channels": 8, "kernel_size": 3, "padding": "same", "stride": 2}, "3x9x8", "8x5x4"),
    ("conv", {"out_channels": 8, "kernel_size": 3}, "map 3x9", "map 8x9"),
    ("conv", {"out_channels": 8, "kernel_size": 3, "stride": [1, 2, 2]}, "3x4x9x7", "8x4x5x4"),
    ("depthwise_conv", {}, "6x9x7", "6x9x7"),
    ("depthwise_conv", {"kernel_size": 3, "stride": 2, "multiplier": 2}, "6x9x7", "12x5x4"),
    ("conv_transpose", {"out_channels": 8, "kernel_size": 2, "stride": 2}, "3x9x7", "8x18x14"),
    ("conv_transpose", {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}, "3x9x7", "8x18x14"),
    ("linear", {"out_features": 10}, "512", "10"),
    ("linear", {"out_features": 10}, "5x512", "5x10"),
    ("batch_norm", {}, "3x9x7", "3x9x7"),
    ("batch_norm", {}, "512", "512"),
    ("layer_norm", {}, "5x512", "5x512"),
    ("layer_norm", {}, "3x9x7", "3x9x7"),
    ("group_norm", {"num_groups": 2}, "6x9x7", "6x9x7"),
    ("instance_norm", {}, "6x9x7", "6x9x7"),
    ("local_response_norm", {}, "6x9x7", "6x9x7"),
    ("relu", {}, "5x512", "5x512"),
    ("softmax", {"dim": 1}, "5x512", "5x512"),
    ("maxout", {"pieces": 3}, "5x12", "5x4"),
    ("max_pool", {"kernel_size": 2}, "3x9x7", "3x4x3"),
    ("max_pool", {"kernel_size": 2, "ceil_mode": True}, "3x9x7", "3x5x4"),
    ("max_pool", {"kernel_size": 3, "stride": 2, "padding": 1}, "64x112x112", "64x56x56"),
    ("max_pool", {"kernel_size": 1, "stride": 2}, "3x9x7", "3x5x4"),
    ("max_pool", {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}, "map 3x4", "map 3x2"),
    ("avg_pool", {"kernel_size": 3, "stride": 1, "padding": 1}, "3x9x7", "3x9x7"),
    ("lp_pool", {"kernel_size": [3, 1]}, "3x9x7", "3x3x7"),
    ("adaptive_avg_pool", {"output_size": 4}, "3x9x7", "3x4x4"),
    ("adaptive_avg_pool", {"output_size": [4, 12]}, "3x9x7", "3x4x12"),
    ("global_avg_pool", {}, "3x9x7", "3"),
    ("global_avg_pool", {}, "5x512", "512"),
    ("global_max_pool", {}, "map 3x9", "3"),
    ("flatten", {}, "3x9x7", "189"),
    ("reshape", {"shape": [21, -1]}, "3x9x7", "21x9"),
    ("reshape", {"shape": [-1]}, "3x9x7", "189"),
    ("reshape", {"shape": [9, 21], "kind": "map"}, "3x9x7", "map 9x21"),
    ("permute", {"dims": [2, 0, 1]}, "3x9x7", "7x3x9"),
    ("permute", {"dims": [1, 0]}, "map 3x9", "9x3"),
    ("permute", {"dims": [1, 0], "kind": "map"}, "9x3", "map 3x9"),
    ("to_tokens", {}, "768x14x14", "196x768"),
    ("to_map", {}, "196x768", "768x14x14"),
    ("to_map", {"height": 2}, "10x3", "3x2x5"),
    ("to_map", {"width": 2}, "10x3", "3x5x2"),
    ("expand", {"size": [4, 5]}, "3", "3x4x5"),
    ("expand", {"size": 4}, "3", "3x4x4"),
    ("expand", {"size": [4]}, "3", "map 3x4"),
    ("expand", {"size": [4, 5]}, "3x1x5", "3x4x5"),
    ("expand", {"size": 6}, "1x3", "6x3"),
    ("slice", {"bounds": [100, 130]}, "130x384", "30x384"),
    ("slice", {"bounds": [0, 2]}, "3x9x7", "2x9x7"),
    ("slice", {"bounds": [-4, -1, 2], "dim": 1}, "3x9x7", "3x2x7"),
    ("slice", {"bounds": [1, 4]}, "index 5", "index 3"),
    ("split", {"sections": 4, "index": 3}, "104x56x56", "26x56x56"),
    ("split", {"sections": 4}, "5x12", "5x3"),
    ("split", {"sections": 5, "dim": 0}, "5x12", "1x12"),
    ("pad", {"padding": 1}, "3x9x7", "3x11x9"),
    ("pad", {"channels": [2, 3]}, "3x9x7", "8x9x7"),
    ("pad", {"channels": 5}, "5x12", "5x17"),
    ("pad", {"padding": [0, 3]}, "3x9x7", "3x9x13"),
    ("subsample", {}, "3x9x8", "3x5x4"),
    ("shift", {"dx": -2, "dy": 1}, "3x9x7", "3x9x7"),
    ("shift", {"dx": 8}, "map 3x9", "map 3x9"),
    ("channel_shuffle", {"groups": 3}, "6x9x7", "6x9x7"),
    ("upsample", {}, "3x9x7", "3x18x14"),
    ("upsample", {"scale_factor": [1, 3], "mode": "bilinear"}, "3x9x7", "3x9x21"),
    ("parameter", {"shape": [1, 384]}, "", "1x384"),
    ("parameter", {"shape": [8, 1], "kind": "map"}, "", "map 8x1"),
    ("position_table", {"shape": [196, 768]}, "", "196x768"),
    ("position_table", {"shape": [197, 768], "kind": "learned"}, "", "197x768"),
    ("cls_token", {}, "196x768", "197x768"),
    ("embedding", {"num_embeddings": 1000, "embedding_dim": 64}, "index 20", "20x64"),
    ("attention", {"heads": 12}, "196x768", "196x768"),
    ("attention", {"heads": 2}, "5x8, 7x4", "5x8"),
    ("attention", {"heads": 2}, "5x8, 7x4, 7x6, 5x7", "5x8"),
    ("attention", {"heads": 3, "head_dim": 5}, "5x8, 7x4, 7x6, 3x5x7", "5x8"),
    ("add", {}, "3x9x7, 3x9x7, 3x9x7", "3x9x7"),
    ("add", {}, "3x9x7, 3", "3x9x7"),
    ("add", {}, "1x384, 30x384", "30x384"),
    ("add", {}, "384, 30x384", "30x384"),
    ("sub", {}, "64x9x7, 64x9x7", "64x9x7"),
    ("sub", {}, "5x8, 8", "5x8"),
    ("rms_norm", {}, "5x512", "5x512"),
    ("mul", {}, "64, 64x9x7", "64x9x7"),
    ("mul", {}, "64x1x1, 1x9x7", "64x9x7"),
    ("mul", {}, "1, 64", "64"),
    ("mean", {}, "5x8, 5x8", "5x8"),
    ("max", {}, "5x8", "5x8"),
    ("concat", {}, "3x9x7, 5x9x7", "8x9x7"),
    ("concat", {}, "5x8, 5x4", "5x12"),
    ("concat", {"dim": 0}, "5x8, 3x8", "8x8"),
    ("join", {"drop_path": 0.15, "group": "outer"}, "5x8, 5x8", "5x8"),
    ("freeze_drop_path", {}, "5x8, 5x8", "5x8"),
    ("gate", {}, "3x9x7, 3x9x7, 3x9x7", "3x9x7"),
    ("gate", {}, "3x9x7, 3x9x7, 1x9x7", "3x9x7"),
    ("gather", {}, "196x768, index 100", "100x768"),
    ("gather", {}, "196x768, 100", "100x768"),
    ("grid_sample", {}, "2x42x42, 6", "2x42x42"),
    ("grid_sample", {"grid": "tps", "size": [20, 30]}, "2x42x42, 32", "2x20x30"),
    ("grid_sample", {"grid": "attention", "size": 20}, "2x42x42, 3", "2x20x20"),
]


def _id(value: object) -> str | None:
    return value if isinstance(value, str) else None


@pytest.mark.parametrize(("name", "settings", "operands", "expected"), RIGHT, ids=_id)
def test_right(name: str, settings: dict[str, Any], operands: str, expected: str) -> None:
    assert infer(name, settings, operands) == shape(expected)


WRONG: list[tuple[str, dict[str, Any], str, str, str | None]] = [
    (
        "conv",
        {"out_channels": 8},
        "512",
        "`conv` works on a map (C, H, W), got a vector (C) (512)",
        None,
    ),
    (
        "conv",
        {"out_channels": 8},
        "196x768",
        "`conv` works on a map (C, H, W), got tokens (N, C) (196, 768)",
        "put `to_map` before it; a shape of two numbers is read as tokens (N, C); a one-dimensional map is declared as `{shape: [C, L], kind: map}`",
    ),
    (
        "conv",
        {"out_channels": 8},
        "3x2x2x2x2",
        "`conv` works on maps of 1 to 3 spatial axes, got (3, 2, 2, 2, 2)",
        None,
    ),
    (
        "conv",
        {"out_channels": 8, "groups": 2},
        "3x9x7",
        "`groups` of `conv` is 2, which does not divide its 3 input channels",
        "groups must divide both 3 and 8",
    ),
    (
        "conv",
        {"out_channels": 5, "groups": 2},
        "4x9x7",
        "`groups` of `conv` is 2, which does not divide its 5 output channels",
        "groups must divide both 4 and 5",
    ),
    (
        "conv",
        {"out_channels": 8, "kernel_size": 7, "padding": 0},
        "3x5x9",
        "the kernel of `conv` reaches over 7 positions, but the padded map has 5",
        "use a smaller kernel, more padding, or fewer strides before it",
    ),
    (
        "conv",
        {"out_channels": 8, "kernel_size": [1, 7]},
        "map 3x9",
        "`kernel_size` of `conv` lists 2 numbers, but the map (3, 9) has 1 spatial axis",
        None,
    ),
    (
        "conv",
        {"out_channels": 8, "padding": [1, 2, 3]},
        "3x9x7",
        "`padding` of `conv` lists 3 numbers, but the map (3, 9, 7) has 2 spatial axes",
        None,
    ),
    (
        "conv_transpose",
        {"out_channels": 8, "kernel_size": 2, "stride": 2, "output_padding": 2},
        "3x9x7",
        "`output_padding` of `conv_transpose` is 2, but it must be smaller than the stride 2 or the dilation 1",
        "leave it out: it only adds rows that a strided convolution would have ignored",
    ),
    (
        "conv_transpose",
        {"out_channels": 8, "kernel_size": 2, "padding": 2},
        "3x2x2",
        "`padding` of `conv_transpose` cuts away all of the map: 2 positions become -1",
        "use less padding",
    ),
    (
        "linear",
        {"out_features": 10},
        "512x7x7",
        "`linear` works on a vector (C) or tokens (N, C), got a map (C, H, W) (512, 7, 7)",
        "put `global_avg_pool` or `flatten` before it",
    ),
    (
        "linear",
        {"out_features": 10},
        "index 5",
        "`linear` works on a vector (C) or tokens (N, C), got an index (N) (5)",
        "put `embedding` before it, or pick tokens with `gather`",
    ),
    (
        "batch_norm",
        {},
        "5x8",
        "`batch_norm` works on a map (C, H, W) or a vector (C), got tokens (N, C) (5, 8)",
        "put `to_map` before it; a shape of two numbers is read as tokens (N, C); a one-dimensional map is declared as `{shape: [C, L], kind: map}`",
    ),
    ("group_norm", {"num_groups": 4}, "6x9x7", "`num_groups` of `group_norm` is 4, which does not divide its 6 channels", None),
    (
        "group_norm",
        {"num_groups": 6},
        "6x1x1",
        "`group_norm` would normalize 6 groups of one value each, which makes every one zero",
        "use fewer groups",
    ),
    (
        "instance_norm",
        {},
        "6x1x1",
        "`instance_norm` of a map of one position makes it zero, got (6, 1, 1)",
        "put it before the map is pooled to one position",
    ),
    ("softmax", {"dim": 2}, "5x8", "`dim` of `softmax` is 2, but a value of shape (5, 8) has axes 0 to 1", None),
    ("softmax", {"dim": 1}, "5", "`dim` of `softmax` is 1, but a value of shape (5) has axis 0", None),
    ("maxout", {"pieces": 3}, "8x9x7", "`pieces` of `maxout` is 3, which does not divide its 8 channels", None),
    (
        "max_pool",
        {"kernel_size": 3, "padding": 2},
        "3x9x7",
        "`padding` of `max_pool` is 2, more than half of its kernel of 3",
        "use at most 1, or `pad` before it",
    ),
    (
        "avg_pool",
        {"kernel_size": 8},
        "3x9x7",
        "the kernel of `avg_pool` reaches over 8 positions, but the padded map has 7",
        "use a smaller kernel, more padding, or fewer strides before it",
    ),
    (
        "avg_pool",
        {"kernel_size": 4, "padding": 2},
        "3x3x9x9",
        "the kernel of `avg_pool` is larger than the map (3, 3, 9, 9), which torch refuses for three axes even where it is padded",
        None,
    ),
    (
        "global_avg_pool",
        {},
        "512",
        "`global_avg_pool` works on a map (C, H, W) or tokens (N, C), got a vector (C) (512)",
        None,
    ),
    ("reshape", {"shape": [5, -1]}, "3x9x7", "`reshape` to (5, -1) does not fit the 189 elements of (3, 9, 7)", None),
    (
        "reshape",
        {"shape": [189], "kind": "tokens"},
        "3x9x7",
        "`reshape` gives 1 axis, (189), which cannot be read as `kind: tokens`",
        None,
    ),
    (
        "permute",
        {"dims": [1, 2, 3]},
        "3x9x7",
        "`dims` of `permute` must name each of the 3 axes of (3, 9, 7) once, counted from 0, got [1, 2, 3]",
        None,
    ),
    (
        "to_map",
        {},
        "197x768",
        "`to_map` cannot lay out 197 tokens as 14 x 14",
        "set `height` and `width`, or drop the class token first",
    ),
    ("expand", {"size": [4, 5]}, "3x2x5", "`expand` repeats axes of size 1; it cannot take (3, 2, 5) to the size (4, 5)", None),
    ("expand", {"size": 6}, "2x3", "`expand` repeats axes of size 1; it cannot take (2, 3) to the size (6)", None),
    (
        "slice",
        {"bounds": [2, 9]},
        "5x8",
        "`slice` from 2 to 9 does not lie on axis 0 of (5, 8), which has 5 elements",
        "bounds count from 0, the stop is not included, and negative ones count from the end",
    ),
    (
        "slice",
        {"bounds": [3, 3]},
        "5x8",
        "`slice` from 3 to 3 does not lie on axis 0 of (5, 8), which has 5 elements",
        "bounds count from 0, the stop is not included, and negative ones count from the end",
    ),
    ("split", {"sections": 3}, "8x9x7", "`split` cannot divide 8 channels into 3 equal sections", None),
    ("split", {"sections": 2, "dim": 1}, "8x9x7", "`split` cannot divide 9 elements of axis 1 into 2 equal sections", None),
    ("split", {"sections": 2, "index": 2}, "8x9x7", "`index` of `split` is 2, but 2 sections are counted from 0 to 1", None),
    ("pad", {"padding": 1}, "5x8", "`padding` of `pad` needs a map, got (5, 8)", "set `channels` alone"),
    ("shift", {"dx": 7}, "3x9x7", "`shift` by dx = 7, dy = 0 moves the map (3, 9, 7) out of itself", None),
    ("shift", {"dy": 1}, "map 3x9", "`shift` moves maps of 1 spatial axis by `dx` and of 2 by `dx` and `dy`, got (3, 9)", None),
    ("channel_shuffle", {"groups": 3}, "8x9x7", "`groups` of `channel_shuffle` is 3, which does not divide its 8 channels", None),
    (
        "upsample",
        {"align_corners": True},
        "3x9x7",
        "`align_corners` of `upsample` is about `mode: bilinear`",
        "leave it out, or set the mode",
    ),
    ("parameter", {"shape": [3, 4], "kind": "vector"}, "", "`parameter` gives 2 axes, (3, 4), which cannot be read as `kind: vector`", None),
    ("parameter", {"shape": [3]}, "3x9x7", "`parameter` takes no value, got 1", None),
    (
        "position_table",
        {"shape": [197, 768]},
        "",
        "`position_table` of `kind: sincos2d` lays positions on a square grid, but 197 is not a square",
        "use `kind: sincos` or `kind: learned`",
    ),
    ("position_table", {"shape": [196, 6]}, "", "`position_table` of `kind: sincos2d` needs a width that 4 divides, got 6", None),
    (
        "position_table",
        {"shape": [196]},
        "",
        "`shape` of `position_table` is [n, d], a number of positions and one of features, got [196]",
        None,
    ),
    ("cls_token", {}, "3x9x7", "`cls_token` works on tokens (N, C), got a map (C, H, W) (3, 9, 7)", "put `to_tokens` before it"),
    (
        "embedding",
        {"num_embeddings": 9, "embedding_dim": 2},
        "5x8",
        "`embedding` works on an index (N) or a vector (C), got tokens (N, C) (5, 8)",
        None,
    ),
    ("attention", {"heads": 5}, "196x768", "`heads` of `attention` is 5, which does not divide its 768 channels", "set `head_dim`"),
    ("attention", {"heads": 2}, "5x8, 7x4, 6x4", "`attention` wants as many values as keys, got keys (7, 4) and values (6, 4)", None),
    ("attention", {"heads": 2}, "5x8, 7x4, 7x4, 7x5", "the mask of `attention` must have the shape (5, 7), (7) or (2, 5, 7), got (7, 5)", None),
    (
        "attention",
        {"heads": 2, "causal": True},
        "5x8, 7x4, 7x4, 5x7",
        "`attention` takes a mask or `causal: true`, not both",
        "hide later tokens in the mask itself",
    ),
    ("attention", {"heads": 2}, "5x8, 7x4, 7x4, 5x7, 5x7", "`attention` takes 1 to 4 values (queries, keys, values, mask), got 5", None),
    ("relu", {}, "3, 3", "`relu` takes 1 value, got 2", None),
    (
        "relu",
        {},
        "index 3",
        "`relu` works on a map (C, H, W), tokens (N, C) or a vector (C), got an index (N) (3)",
        "put `embedding` before it, or pick tokens with `gather`",
    ),
    ("add", {}, "", "`add` takes at least 1 value, got 0", None),
    ("add", {}, "3x9x7, 3x9x8", "`add` wants values of equal shapes, got (3, 9, 7), (3, 9, 8)", None),
    ("add", {}, "3x9, map 3x9", "`add` wants values of equal shapes, got tokens (3, 9), map (3, 9)", None),
    ("add", {}, "9x7, 3x9x7", "`add` wants values of equal shapes, got (9, 7), (3, 9, 7)", None),
    ("sub", {}, "7, 3x9x7", "`sub` wants values of equal shapes, got (7), (3, 9, 7)", None),
    ("mul", {}, "7, 3x9x7", "`mul` wants values of equal shapes, got (7), (3, 9, 7)", None),
    ("mean", {}, "3x9x7, 3x1x1", "`mean` wants values of equal shapes, got (3, 9, 7), (3, 1, 1)", None),
    ("max", {}, "3, 4", "`max` wants values of equal shapes, got (3), (4)", None),
    ("join", {}, "3, 4", "`join` wants values of equal shapes, got (3), (4)", None),
    ("freeze_drop_path", {}, "3, 4", "`freeze_drop_path` wants values of equal shapes, got (3), (4)", None),
    ("add", {}, ", ".join(["3"] * 8 + ["4"]), "`add` wants values of equal shapes, got (3), (3), (3), (3), (3), (3), (3), (3) and 1 more", None),
    ("concat", {}, "3x9x7, 5x9x8", "`concat` wants values of equal shapes but for axis 0, got (3, 9, 7), (5, 9, 8)", None),
    ("concat", {"dim": 3}, "3x9x7, 5x9x7", "`dim` of `concat` is 3, but a value of shape (3, 9, 7) has axes 0 to 2", None),
    ("gate", {}, "3x9x7, 3x9x7", "`gate` takes 3 values (x, h, t), got 2", None),
    ("gate", {}, "1x9x7, 1x9x7, 3x9x7", "`gate` wants values of equal shapes, got (1, 9, 7), (1, 9, 7), (3, 9, 7)", None),
    ("gather", {}, "3x9x7, index 5", "`gather` works on tokens (N, C), got a map (C, H, W) (3, 9, 7)", "put `to_tokens` before it"),
    ("gather", {}, "9x7, 9x7", "`gather` works on an index (N) or a vector (C), got tokens (N, C) (9, 7)", None),
    ("grid_sample", {}, "2x42x42, 5", "`grid_sample` with `grid: affine` takes 6 numbers in `theta`, got 5", None),
    ("grid_sample", {"grid": "tps", "control_points": 3}, "2x42x42, 32", "`grid_sample` with `grid: tps` takes 18 numbers in `theta`, got 32", None),
    ("grid_sample", {}, "map 2x42, 6", "`grid_sample` reads maps of 2 spatial axes, got (2, 42)", None),
    (
        "grid_sample",
        {"grid": "tps", "control_points": 1},
        "2x42x42, 2",
        "`control_points` of `grid_sample` counts those along one side and must be at least 2, got 1",
        None,
    ),
]


@pytest.mark.parametrize(("name", "settings", "operands", "message", "help"), WRONG, ids=_id)
def test_wrong(name: str, settings: dict[str, Any], operands: str, message: str, help: str | None) -> None:
    with pytest.raises(ShapeError) as caught:
        infer(name, settings, operands)
    assert caught.value.message == message
    assert caught.value.help == help


POINTWISE = (
    *("leaky_relu", "prelu", "elu", "gelu", "silu", "hardswish", "relu6", "hardsigmoid", "softplus", "mish", "abs", "sigmoid", "tanh"),
    "pow",
)


def test_every_op_is_in_the_table_of_right_ones() -> None:
    keeping = {"dropout", "drop_path", "layer_scale", "scale", "identity", "zero"}
    assert {row[0] for row in RIGHT} == set(OPS) - set(POINTWISE) - keeping


@pytest.mark.parametrize("operand", ["3x9x7", "map 3x9", "5x8", "512"])
@pytest.mark.parametrize(
    ("name", "settings"),
    [(name, {}) for name in (*POINTWISE, "dropout", "layer_scale", "zero")]
    + [("drop_path", {"p": 0.1}), ("scale", {"factor": 0.17}), ("identity", {})],
)
def test_shape_is_kept(name: str, settings: dict[str, Any], operand: str) -> None:
    assert infer(name, settings, operand) == shape(operand)


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_messages_keep_the_form(op: type) -> None:
    for name, _, _, message, help in WRONG:
        if name == op.name:
            for text in filter(None, (message, help)):
                assert not text.endswith(".")
                assert text[0] == "`" or text[0].islower()
