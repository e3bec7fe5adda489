"""Every op through ``torch.compile`` and ``torch.export``, with a batch size that is not fixed."""

from __future__ import annotations

from random import Random

import pytest
import torch
import torch.nn as nn

from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape
from tests.backend.lowering_cases import Built, draw

GROUPS = 6


class Several(nn.Module):
    """Every so many-th op of the catalogue side by side, each on its own operands."""

    def __init__(self, start: int) -> None:
        super().__init__()
        random = Random(start)
        self.ops = nn.ModuleList(Built(*draw(name, random)) for name in list(OPS)[start::GROUPS])

    def values(self, batch: int) -> list[torch.Tensor]:
        """Return the operands of all ops."""
        return [value for built in self.ops for value in built.values(batch)]

    def forward(self, *values: torch.Tensor) -> list[torch.Tensor]:
        """Return the results of all ops."""
        left = list(values)
        return [built(*(left.pop(0) for _ in built.inputs)) for built in self.ops]


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("start", range(GROUPS))
def test_compile_in_one_graph(start: int, training: bool) -> None:
    torch.compiler.reset()
    model = Several(start).train(training)
    compiled = torch.compile(model, backend="eager", fullgraph=True, dynamic=True)
    for batch in (2, 5):
        values = model.values(batch)
        results = compiled(*values)
        assert [each.shape for each in results] == [each.shape for each in model(*values)]
        if not training:
            torch.testing.assert_close(results, model(*values))


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", OPS)
def test_export_with_any_batch(name: str, training: bool) -> None:
    built = Built(*draw(name, Random(name))).train(training)
    batch = torch.export.Dim("batch", min=2, max=4096)
    values = built.values(3)
    dynamic = (tuple({0: batch} for _ in values),) if values else None
    exported = torch.export.export(built, tuple(values), dynamic_shapes=dynamic, strict=False)
    other = built.values(7)
    result = exported.module()(*other)
    assert result.shape[0] == (7 if values else 1)
    if not training:
        torch.testing.assert_close(result, built(*other))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("conv", {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": "same"}),
        ("conv", {"out_channels": 4, "kernel_size": 3, "stride": 2}),
        ("max_pool", {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("upsample", {"mode": "bilinear"}),
        ("layer_norm", {}),
        ("shift", {"dx": 1, "dy": -2}),
        ("split", {"sections": 2, "index": 1, "dim": 1}),
        ("to_tokens", {}),
    ],
)
def test_export_with_any_size(name: str, settings: dict[str, object]) -> None:
    built = Built(OPS[name](**settings), (Shape((4, 20, 30)),)).eval()
    free = torch.export.Dim.DYNAMIC
    exported = torch.export.export(built, (torch.randn(3, 4, 20, 30),), dynamic_shapes=(({0: free, 2: free, 3: free},),), strict=False)
    other = torch.randn(2, 4, 26, 31)
    torch.testing.assert_close(exported.module()(other), built(other))
