"""The vocabulary as a whole."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import ValidationError

import archdsl.ops
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS, vocabulary
from archdsl.ops.merge import Add

every_op = pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))


@every_op
def test_docstring_tells_the_shape(op: type[Op]) -> None:
    assert op.__doc__ is not None
    assert "hape:" in op.__doc__
    assert op.__doc__ != Op.__doc__


@every_op
def test_words_are_words(op: type[Op]) -> None:
    assert op.name.isidentifier()
    assert op.name == op.name.lower()
    assert 0 <= op.optional <= len(op.roles)
    assert not op.variadic or len(op.roles) == 1


@every_op
def test_fields_are_in_the_json_schema(op: type[Op]) -> None:
    schema = op.model_json_schema()
    assert list(schema.get("properties", {})) == list(op.model_fields)
    assert schema["additionalProperties"] is False


def test_two_ops_of_one_name_are_refused() -> None:
    class Sum(Add):
        """Another sum. Shape: the same."""

        name: ClassVar[str] = "add"

    with pytest.raises(ValueError, match="two ops are named `add`: Add and Sum"):
        vocabulary([Add, Sum])


FIRST = {
    "conv": "out_channels",
    "conv_transpose": "out_channels",
    "depthwise_conv": "kernel_size",
    "linear": "out_features",
    "attention": "heads",
    "group_norm": "num_groups",
    "local_response_norm": "size",
    "leaky_relu": "negative_slope",
    "maxout": "pieces",
    "max_pool": "kernel_size",
    "avg_pool": "kernel_size",
    "lp_pool": "kernel_size",
    "adaptive_avg_pool": "output_size",
    "dropout": "p",
    "drop_path": "p",
    "layer_scale": "value",
    "scale": "factor",
    "reshape": "shape",
    "permute": "dims",
    "slice": "bounds",
    "split": "sections",
    "pad": "padding",
    "subsample": "stride",
    "shift": "dx",
    "expand": "size",
    "upsample": "scale_factor",
    "channel_shuffle": "groups",
    "pow": "exponent",
    "position_table": "shape",
    "parameter": "shape",
    "embedding": "num_embeddings",
    "grid_sample": "grid",
    "concat": "dim",
    "join": "drop_path",
    "freeze_drop_path": "weights",
    "relu": None,
    "gate": None,
}


@pytest.mark.parametrize(("name", "field"), FIRST.items())
def test_a_plain_value_sets_the_first_field(name: str, field: str | None) -> None:
    assert OPS[name].first_field() == field


def test_ops_are_values() -> None:
    conv = OPS["conv"]
    assert conv(out_channels=8, kernel_size=[3, 3]) == conv(out_channels=8, kernel_size=3)
    assert len({conv(out_channels=8), conv(out_channels=8, stride=1), conv(out_channels=9)}) == 2
    assert conv(out_channels=8, kernel_size=3, stride=1).changed() == {"out_channels": 8, "kernel_size": 3}
    with pytest.raises(ValidationError):
        conv(out_channels=8).out_channels = 9  # type: ignore[attr-defined]


def test_no_op_knows_torch() -> None:
    for path in Path(archdsl.ops.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "torch" for name in names), path
            assert all(name.startswith("archdsl.ops") for name in names if name.startswith("archdsl")), path
