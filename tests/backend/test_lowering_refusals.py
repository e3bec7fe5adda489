"""What a shape rule refuses, torch refuses too: the same settings given to torch directly."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from archdsl.ops.shape import ShapeError
from tests.backend.lowering_cases import draw_any


def _of(family: str, x: torch.Tensor) -> Any:
    """Return torch's function or module for as many axes."""
    return getattr(nn if family[0].isupper() else F, f"{family}{x.dim() - 2}d")


def _padding(op: Any, axes: int) -> Any:
    if op.padding is None:
        kernel = [op.kernel_size] * axes if isinstance(op.kernel_size, int) else op.kernel_size
        dilation = [op.dilation] * axes if isinstance(op.dilation, int) else op.dilation
        return tuple(d * (k - 1) // 2 if k % 2 else 0 for k, d in zip(kernel, dilation))
    return op.padding


def _conv(op: Any, x: torch.Tensor) -> torch.Tensor:
    groups = x.shape[1] if op.name == "depthwise_conv" else op.groups
    out = op.multiplier * x.shape[1] if op.name == "depthwise_conv" else op.out_channels
    return _of("Conv", x)(x.shape[1], out, op.kernel_size, op.stride, _padding(op, x.dim() - 2), op.dilation, groups, op.bias)(x)


def _conv_transpose(op: Any, x: torch.Tensor) -> torch.Tensor:
    settings = (op.kernel_size, op.stride, op.padding, op.output_padding, op.groups, op.bias, op.dilation)
    return _of("ConvTranspose", x)(x.shape[1], op.out_channels, *settings)(x)


def _max_pool(op: Any, x: torch.Tensor) -> torch.Tensor:
    return _of("max_pool", x)(x, op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode)


def _avg_pool(op: Any, x: torch.Tensor) -> torch.Tensor:
    return _of("avg_pool", x)(x, op.kernel_size, op.stride, op.padding, op.ceil_mode, op.count_include_pad)


TORCH: dict[str, Callable[..., torch.Tensor]] = {
    "conv": _conv,
    "depthwise_conv": _conv,
    "conv_transpose": _conv_transpose,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "lp_pool": lambda op, x: _of("lp_pool", x)(x, op.norm_type, op.kernel_size, op.stride),
    "group_norm": lambda op, x: F.group_norm(x, op.num_groups),
    "instance_norm": lambda op, x: F.instance_norm(x),
    "softmax": lambda op, x: x.softmax(op.dim + 1),
    "maxout": lambda op, x: x.transpose(1, _channel(op, x)).unflatten(1, (-1, op.pieces)),
    "channel_shuffle": lambda op, x: x.transpose(1, _channel(op, x)).unflatten(1, (op.groups, -1)),
    "reshape": lambda op, x: x.reshape(x.shape[0], *op.shape),
    "concat": lambda op, *xs: torch.cat(xs, _channel(op, xs[0]) if op.dim is None else op.dim + 1),
    "attention": lambda op, *xs: nn.MultiheadAttention(xs[0].shape[-1], op.heads)(xs[0], xs[0], xs[0])[0],
}


def _channel(op: Any, x: torch.Tensor) -> int:
    return 2 if x.dim() == 3 and x.kind == "tokens" else 1


STRICTER = {"group_norm": "one value each", "conv_transpose": "cuts away all", "attention": "not both"}
"""Where a rule also refuses what torch computes (zeros, an empty map), words of its message."""


@pytest.mark.parametrize("name", TORCH)
def test_torch_refuses_it_too(name: str) -> None:
    random, refused = Random(name), 0
    for _ in range(400):
        op, inputs = draw_any(name, random)
        try:
            op.infer(*inputs)
        except ShapeError as error:
            if STRICTER.get(name, "?") in error.message:
                continue
            refused += 1
        else:
            continue
        values = [torch.randn(2, *shape.dims) for shape in inputs]
        for value, shape in zip(values, inputs):
            value.kind = shape.kind
        with pytest.raises((RuntimeError, ValueError, IndexError, AssertionError, TypeError)):
            TORCH[name](op, *values)
            print("torch accepts", op, inputs)
    assert refused > 0
