"""Fields of ops: what they take, what they refuse, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from archdsl.ops.catalogue import OPS

WHOLE = "a positive whole number"
SIZES = "a positive whole number, or a list of them, one for each axis"

RIGHT: list[tuple[str, dict[str, Any], str, Any]] = [
    ("conv", {"out_channels": 64}, "kernel_size", 1),
    ("conv", {"out_channels": 64, "kernel_size": [3, 3]}, "kernel_size", 3),
    ("conv", {"out_channels": 64, "kernel_size": [1, 7]}, "kernel_size", (1, 7)),
    ("conv", {"out_channels": 64, "padding": "same"}, "padding", "same"),
    ("conv", {"out_channels": 64, "padding": [0, 0]}, "padding", 0),
    ("linear", {"out_features": 10, "init": "zeros"}, "init.weight", "zeros"),
    ("linear", {"out_features": 10, "init": {"bias": -2}}, "init.bias", -2.0),
    ("linear", {"out_features": 2, "init": {"bias": [1, 0]}}, "init.bias", (1.0, 0.0)),
    ("reshape", {"shape": [7, -1]}, "shape", (7, -1)),
    ("slice", {"bounds": [-3, -1]}, "bounds", (-3, -1)),
    ("pad", {"channels": 16}, "channels", (0, 16)),
    ("pad", {"channels": [8, 8]}, "channels", (8, 8)),
    ("expand", {"size": [7, 7]}, "size", (7, 7)),
    ("parameter", {"shape": [5, 5]}, "shape", (5, 5)),
    ("shift", {"dx": -3}, "dx", -3),
    ("scale", {"factor": 2}, "factor", 2.0),
    ("lp_pool", {"kernel_size": 2, "norm_type": 1}, "norm_type", 1.0),
    ("join", {"group": "outer"}, "group", "outer"),
    ("gelu", {"approximate": "tanh"}, "approximate", "tanh"),
]


@pytest.mark.parametrize(("name", "settings", "field", "value"), RIGHT)
def test_right(name: str, settings: dict[str, Any], field: str, value: Any) -> None:
    found: Any = OPS[name](**settings)
    for part in field.split("."):
        found = getattr(found, part)
    assert found == value
    assert type(found) is type(value)


WRONG: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    ("conv", {"out_channels": True}, ("out_channels",), WHOLE),
    ("conv", {"out_channels": 64.0}, ("out_channels",), WHOLE),
    ("conv", {"out_channels": "64"}, ("out_channels",), WHOLE),
    ("conv", {"out_channels": 0}, ("out_channels",), WHOLE),
    ("conv", {"out_channels": 1 << 31}, ("out_channels",), WHOLE),
    ("conv", {"out_channels": None}, ("out_channels",), WHOLE),
    ("conv", {"out_channels": 64, "kernel_size": [3, True]}, ("kernel_size",), SIZES),
    ("conv", {"out_channels": 64, "kernel_size": []}, ("kernel_size",), SIZES),
    ("conv", {"out_channels": 64, "kernel_size": [3] * 5}, ("kernel_size",), SIZES),
    ("conv", {"out_channels": 64, "stride": 0}, ("stride",), SIZES),
    (
        "conv",
        {"out_channels": 64, "padding": "full"},
        ("padding",),
        "a whole number, zero or more, a list of them, one for each axis, `same` or `valid`",
    ),
    ("conv", {"out_channels": 64, "bias": 1}, ("bias",), "`true` or `false`"),
    ("conv", {"out_channels": 64, "bias": "on"}, ("bias",), "`true` or `false`"),
    ("dropout", {"p": 1.5}, ("p",), "a number from 0 to 1"),
    ("dropout", {"p": float("nan")}, ("p",), "a number from 0 to 1"),
    ("dropout", {"p": True}, ("p",), "a number from 0 to 1"),
    ("batch_norm", {"eps": 0}, ("eps",), "a positive number"),
    ("scale", {"factor": float("inf")}, ("factor",), "a number"),
    ("gelu", {"approximate": "fast"}, ("approximate",), "`none` or `tanh`"),
    ("gelu", {"approximate": ["tanh"]}, ("approximate",), "`none` or `tanh`"),
    ("grid_sample", {"grid": "afine"}, ("grid",), "`affine`, `attention`, `projective` or `tps`"),
    ("reshape", {"shape": [-1, -1]}, ("shape",), "a list of 1 to 4 positive whole numbers, of which one may be -1 for what is left"),
    ("reshape", {"shape": [0, 3]}, ("shape",), "a list of 1 to 4 positive whole numbers, of which one may be -1 for what is left"),
    ("reshape", {"shape": 189}, ("shape",), "a list of 1 to 4 positive whole numbers, of which one may be -1 for what is left"),
    ("reshape", {"shape": [189], "kind": "image"}, ("kind",), "`map`, `tokens`, `vector` or `index`"),
    ("permute", {"dims": [-1, 0]}, ("dims",), "a list of the axes of one sample, counted from 0"),
    ("slice", {"bounds": [3]}, ("bounds",), "a list `[start, stop]` or `[start, stop, step]` of whole numbers, with a positive step"),
    ("slice", {"bounds": [3, 9, 0]}, ("bounds",), "a list `[start, stop]` or `[start, stop, step]` of whole numbers, with a positive step"),
    ("pad", {"channels": [1, 2, 3]}, ("channels",), "a whole number, zero or more, or a list `[before, after]` of two"),
    ("expand", {"size": [0, 3]}, ("size",), SIZES),
    ("parameter", {"shape": 3}, ("shape",), "a list of 1 to 4 positive whole numbers"),
    ("shift", {"dx": 0.5}, ("dx",), "a whole number"),
    ("split", {"sections": 2, "index": -1}, ("index",), "a whole number, zero or more"),
    ("lp_pool", {"kernel_size": 2, "norm_type": 0.5}, ("norm_type",), "a number, 1 or more"),
    ("join", {"group": 3}, ("group",), "a name"),
    (
        "linear",
        {"out_features": 10, "init": "he"},
        ("init", "weight"),
        "a number, a list of numbers, `{normal: deviation}`, or one of "
        "`torch`, `he_fan_in`, `he_fan_out`, `xavier`, `trunc_normal`, `normal`, `zeros`, `ones`",
    ),
]


@pytest.mark.parametrize(("name", "settings", "place", "message"), WRONG)
def test_one_mistake_gives_one_error(name: str, settings: dict[str, Any], place: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        OPS[name](**settings)
    (error,) = caught.value.errors()
    assert (error["type"], error["loc"], error["msg"]) == ("expected", place, message)


def test_words_to_choose_from_come_along() -> None:
    with pytest.raises(ValidationError) as caught:
        OPS["grid_sample"](grid="afine")
    assert caught.value.errors()[0]["ctx"]["known"] == ["affine", "attention", "projective", "tps"]


def test_unknown_and_missing_fields() -> None:
    with pytest.raises(ValidationError) as caught:
        OPS["conv"](kernal_size=3)
    found = [(error["type"], error["loc"]) for error in caught.value.errors()]
    assert found == [("missing", ("out_channels",)), ("extra_forbidden", ("kernal_size",))]
