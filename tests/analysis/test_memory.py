"""Memory as counted beside what torch keeps."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.analysis.memory import measure_memory
from archdsl.backend.compiling import compile_architecture


def kept_by_torch(model: torch.nn.Module, images: torch.Tensor) -> int:
    """Return the bytes that torch keeps for the backward pass, parameters and buffers apart."""
    own = {each.untyped_storage().data_ptr() for each in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = model(images).sum()
    del result
    return sum(kept.values())


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "densenet121", "res2net50-26w-4s", "dla34"])
def test_what_training_keeps_is_within_a_twelfth(name: str) -> None:
    arch = archdsl.load(name, set={"input": [3, 64, 64]})
    model = compile_architecture(arch).train()
    counted = measure_memory(arch.graph, batch=2).saved
    assert counted == pytest.approx(kept_by_torch(model, torch.randn(2, 3, 64, 64)), rel=1 / 12)


def test_parts_add_up() -> None:
    arch = archdsl.load("{archdsl: 1, input: [3], net: [{linear: 5}, relu, {linear: 2}]}")
    memory = measure_memory(arch.graph, batch=10, states=2)
    params = 3 * 5 + 5 + 5 * 2 + 2
    assert memory.parameters == 4 * params
    assert memory.saved == 4 * 10 * (3 + 5)
    assert memory.training == 4 * 4 * params + memory.saved
    assert memory.inference == 4 * 10 * (3 + 5 + 2)
