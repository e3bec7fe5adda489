"""Every op's shape rule, parameters, costs and torch form against each other, over drawn settings."""

from __future__ import annotations

import pickle
from random import Random

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from archdsl.backend.lowering.catalogue import LOWERINGS
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape, ShapeError
from tests.backend.lowering_cases import Built, draw

FIXED_SIZE = {"to_map", "expand", "parameter", "position_table"}
"""Ops that are about one size; that of `to_map` may follow from the number of tokens, which `test_to_map_follows_the_tokens` checks."""

every_op = pytest.mark.parametrize("name", OPS)


def cases(name: str, count: int, seed: int = 0) -> list[Built]:
    random = Random(f"{name} {seed}")
    return [Built(*draw(name, random)) for _ in range(count)]


def test_every_op_has_a_lowering() -> None:
    assert set(LOWERINGS) == set(OPS.values())


@every_op
def test_counts_agree_with_torch(name: str) -> None:
    for built in _on_meta(name, 60):
        op, inputs, output = built.op, built.inputs, built.output
        with FlopCounterMode(display=False) as counter:
            result = built(*built.values(batch=1, device="meta"))
        named = {key.removeprefix("m."): tuple(value.shape) for key, value in built.named_parameters()}
        assert result.shape == (1, *output.dims), op
        assert named == op.parameters(*inputs), op
        assert sum(value.numel() for value in built.parameters()) == op.count_params(*inputs), op
        assert counter.get_total_flops() == 2 * op.macs(inputs, output), op
        assert 0 <= op.product_macs(inputs, output) <= op.macs(inputs, output), op


def _on_meta(name: str, count: int) -> list[Built]:
    with torch.device("meta"):
        return [built.eval() for built in cases(name, count)]


@every_op
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_overwriting_gives_the_same_values_and_gradients(name: str, training: bool) -> None:
    for built in cases(name, 25, seed=1):
        if built.overwrite is None:
            continue
        built.train(training)
        plain, grads = _run(built, built.call)
        over, over_grads = _run(built, built.overwrite)
        torch.testing.assert_close(over, plain)
        torch.testing.assert_close(over_grads, grads)


@every_op
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_a_fresh_result_may_be_written_over(name: str, training: bool) -> None:
    for built in cases(name, 25, seed=2):
        if not built.lowered.fresh:
            continue
        built.train(training)
        plain, grads = _run(built, built.call, lambda out: out * 3)
        for function in filter(None, (built.call, built.overwrite)):
            written, written_grads = _run(built, function, lambda out: out.mul_(3))
            torch.testing.assert_close(written, plain)
            torch.testing.assert_close(written_grads, grads)
        _assert_new_memory(built)


def _assert_new_memory(built: Built) -> None:
    values = _values(built, batch=4)
    theirs = {each.untyped_storage().data_ptr() for each in (*values, *built.parameters(), *built.buffers())}
    assert built(*values).untyped_storage().data_ptr() not in theirs, built.op


def _values(built: Built, batch: int) -> list[torch.Tensor]:
    torch.manual_seed(0)
    return built.values(batch, dtype=torch.float64)


def _run(built: Built, function, then=lambda out: out):
    """Return the result and the gradients of operands and parameters; the operands are no leaves, as inside a network."""
    built.double().zero_grad()
    leaves = [each.requires_grad_() if each.is_floating_point() else each for each in _values(built, batch=4)]
    torch.manual_seed(1)
    out = then(function(built.m, *(each.clone() for each in leaves)))
    if out.requires_grad:
        (out * torch.linspace(0.5, 1.5, out.numel()).reshape(out.shape)).sum().backward()
    return out.detach().clone(), [None if each.grad is None else each.grad.clone() for each in (*leaves, *built.parameters())]


@every_op
def test_another_input_size_works(name: str) -> None:
    if name in FIXED_SIZE:
        pytest.skip("is about one size")
    for built in cases(name, 25, seed=3):
        built.eval()
        larger = tuple(_larger(shape) for shape in built.inputs)
        try:
            expected = built.op.infer(*larger)
        except ShapeError:
            continue
        values = Built(built.op, larger).values(batch=3)
        assert built(*values).shape == (3 if larger else 1, *expected.dims), (built.op, larger)


def _larger(shape: Shape) -> Shape:
    """Return the shape with more positions or tokens; sizes of 1 may be there to be repeated and stay."""
    if shape.kind == "map":
        return Shape((shape.dims[0], *(size + 3 if size > 1 else 1 for size in shape.spatial)), "map")
    return Shape((shape.dims[0] + 3, shape.dims[1]), "tokens") if shape.kind == "tokens" and shape.dims[0] > 1 else shape


def test_to_map_follows_the_tokens() -> None:
    built = Built(OPS["to_map"](height=3), (Shape((12, 5)),))
    assert built(torch.zeros(2, 21, 5)).shape == (2, 5, 3, 7)


@every_op
def test_a_value_without_a_batch_stands_beside_others(name: str) -> None:
    for built in cases(name, 25, seed=4):
        if not built.lowered.broadcasts:
            continue
        built.eval()
        values = built.values(batch=3)
        for i in range(len(values)):
            mixed = [value[:1] if j == i else value for j, value in enumerate(values)]
            expected = built(*(value.expand(3, *value.shape[1:]) for value in mixed))
            torch.testing.assert_close(built(*mixed), expected)


DOUBLE_ONLY = {"avg_pool": 4, "lp_pool": 4, "local_response_norm": 3}
"""From how many axes on torch has no such op in low precision for the CPU: it pools over three axes."""


@every_op
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_low_and_high_precision(name: str, dtype: torch.dtype) -> None:
    for built in cases(name, 5, seed=5):
        if len(built.output.dims) >= DOUBLE_ONLY.get(name, 5) and dtype != torch.float64:
            continue
        for training in (False, True):
            built.train(training).to(dtype)
            result = built(*built.values(batch=4, dtype=dtype))
            assert result.dtype == dtype, built.op
            assert result.shape == (4 if built.inputs else 1, *built.output.dims), built.op


@every_op
def test_modules_pickle(name: str) -> None:
    for built in cases(name, 3, seed=6):
        if built.m is None:
            continue
        real = eval(built.lowered.module, {**built.names, **{each.__name__: each for each in built.lowered.uses}})
        copy = pickle.loads(pickle.dumps(real))
        assert copy.state_dict().keys() == real.state_dict().keys()


@every_op
def test_no_call_knows_the_batch(name: str) -> None:
    for built in cases(name, 5, seed=7):
        if not built.inputs:
            continue
        built.eval()
        for batch in (1, 5):
            assert built(*built.values(batch)).shape[0] == batch, built.op


@every_op
def test_operands_that_commute(name: str) -> None:
    for built in cases(name, 25, seed=8):
        if built.lowered.commutes:
            values = built.values()
            assert torch.equal(built.call(built.m, *reversed(values)), built(*values)), built.op


def test_all_slices_at_once() -> None:
    for built in cases("split", 25, seed=9):
        slices = built.lowered.slices
        (value,) = built.values()
        together = eval(slices.text.format("value"), {"value": value})
        assert len(together) == slices.count
        assert torch.equal(together[slices.index], built(value)), built.op


@every_op
def test_mixed_precision(name: str) -> None:
    """Under autocast some operands come in low precision and some do not."""
    for built in cases(name, 6, seed=10):
        if len(built.output.dims) >= DOUBLE_ONLY.get(name, 5):
            continue
        for low in (0, 1):
            values = [_half(value) if i % 2 == low else value for i, value in enumerate(built.values(batch=4))]
            for function in filter(None, (built.call, built.overwrite)):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    out = function(built.m, *(value.clone() for value in values))
                assert out.shape[1:] == built.output.dims, built.op
                if out.requires_grad:
                    out.float().sum().backward()


def _half(value: torch.Tensor) -> torch.Tensor:
    return value.bfloat16().requires_grad_() if value.is_floating_point() else value
