"""Every op through ``torch.compile`` and ``torch.export``, with a batch size that is not fixed."""

from __future__ import annotations

from random import Random

import pytest
import torch
import torch.nn as nn

from archdsl.ops.catalogue import OPS
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
