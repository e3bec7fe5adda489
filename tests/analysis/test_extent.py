"""Receptive fields against gradients."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.analysis.extent import extents

SIZE = 48


def conv(kernel: int, **more: int) -> str:
    return f"{{conv: {{out_channels: 1, kernel_size: {kernel}{''.join(f', {key}: {value}' for key, value in more.items())}}}}}"


def grown(kernel: int, stride: int) -> str:
    return f"{{conv_transpose: {{out_channels: 1, kernel_size: {kernel}, stride: {stride}}}}}"


@pytest.mark.parametrize(
    "net",
    [
        f"[{conv(3)}, {conv(3)}]",
        f"[{conv(3, stride=2)}, {conv(3, dilation=2, padding=2)}, {conv(5)}]",
        f"[{{avg_pool: 2}}, {conv(3)}]",
        f"[{grown(2, 2)}]",
        f"[{grown(4, 2)}, {conv(3)}]",
        f"[{grown(5, 3)}]",
        f"[{{upsample: 2}}, {conv(3)}]",
        f"[{{upsample: 4}}, {conv(3)}, {conv(3)}]",
        f"[{{avg_pool: 2}}, {{upsample: 2}}, {conv(3)}, {conv(3)}]",
        "[{upsample: {scale_factor: 2, mode: bilinear}}]",
    ],
)
def test_fields_are_what_gradients_reach(net: str) -> None:
    arch = archdsl.load(f"{{archdsl: 1, input: [1, {SIZE}, {SIZE}], net: {net}}}")
    module = archdsl.compile(arch).double().eval()  # type: ignore[attr-defined]
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.0)
    images = torch.rand(1, 1, SIZE, SIZE, dtype=torch.double, requires_grad=True)
    values = module(images)
    middle = values.shape[2] // 2
    found = set()
    for row in range(middle, middle + 8):
        (gradient,) = torch.autograd.grad(values[0, 0, row, middle], images, retain_graph=True)
        rows = gradient[0, 0].abs().sum(1).nonzero()[:, 0]
        found.add(int(rows.max() - rows.min()) + 1)
    assert extents(arch.graph)[arch.graph.outputs[0].name].field == max(found)
