"""Exported programs compute what the module does, for other sizes of batch than they were recorded with."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_architecture
from archdsl.backend.programs import export_onnx, export_pt2
from archdsl.errors import UsageError
from archdsl.expansion.architecture import Architecture
from tests.catalogue.same_function import scrambled

SMALL = """
archdsl: 1
name: small
inputs: {image: [4, 8, 8], more: [6]}
net:
  - {from: image}
  - skip: [{conv: {out_channels: 8, kernel_size: 3}}, batch_norm, relu]
  - branch: {split: channels, times: 2, index: i, chain: {merge: add, when: $(i > 0)}, path: [{conv: 4}], merge: concat}
  - branch: {merge: mul, paths: [[], [global_avg_pool, {linear: 8}, sigmoid]]}
  - {max_pool: 2}
  - to_tokens
  - skip: [layer_norm, {attention: 2}]
  - {linear: 6, as: tokens}
  - {reshape: [96]}
  - {linear: 6, as: h}
  - {merge: concat, from: [h, more]}
  - {linear: 3}
"""
NETWORKS = [(SMALL, {}), ("resnet20-cifar", {}), ("distorted-mnist-st-cnn-tps", {})]


def prepared(source: str, settings: dict[str, Any]) -> tuple[Architecture, torch.nn.Module, list[torch.Tensor]]:
    """Return a network, a module of it with weights that let a difference show, and three samples."""
    torch.manual_seed(0)
    arch = archdsl.load(source, set=settings)
    return arch, scrambled(compile_architecture(arch)).eval(), [torch.randn(3, *node.shape.dims) for node in arch.graph.inputs]


@pytest.mark.parametrize(("source", "settings"), NETWORKS, ids=["small", "residual", "spatial transformer"])
def test_programs_of_torch(source: str, settings: dict[str, Any]) -> None:
    arch, model, values = prepared(source, settings)
    program = torch.export.load(io.BytesIO(export_pt2(arch, model.state_dict())))
    torch.testing.assert_close(program.module()(*values), model(*values))


@pytest.mark.parametrize(("source", "settings"), NETWORKS[:2], ids=["small", "residual"])
def test_onnx(source: str, settings: dict[str, Any]) -> None:
    runtime = pytest.importorskip("onnxruntime")
    arch, model, values = prepared(source, settings)
    session = runtime.InferenceSession(export_onnx(arch, model.state_dict()), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == [node.name for node in arch.graph.inputs]
    (found,) = session.run(None, {node.name: value.numpy() for node, value in zip(arch.graph.inputs, values)})
    torch.testing.assert_close(torch.from_numpy(found), model(*values).detach(), rtol=1e-4, atol=1e-4)


def test_weights_of_another_network_are_refused() -> None:
    weights = compile_architecture(archdsl.load("resnet20-cifar")).state_dict()
    with pytest.raises(UsageError, match="the weights are not those of `small`"):
        export_pt2(archdsl.load(SMALL), weights)


def test_several_networks_are_refused() -> None:
    arch = archdsl.load("archdsl: 1\nnetworks: {a: {input: [4], net: [relu]}, b: {input: [2], net: [relu]}}")
    with pytest.raises(UsageError, match="has several networks"):
        export_pt2(arch)


def test_equal_seeds_give_equal_weights() -> None:
    arch = archdsl.load("{archdsl: 1, input: [4], net: [{linear: 2}]}")
    one, two, other = (torch.export.load(io.BytesIO(export_pt2(arch, seed=seed))).state_dict["linear.weight"] for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_an_input_that_is_an_output_is_no_onnx() -> None:
    pytest.importorskip("onnxscript")
    arch = archdsl.load("archdsl: 1\ninputs: {p: [4], q: [4]}\nnet: [{from: [p, q], merge: add, as: s}]\noutputs: [s, q]")
    with pytest.raises(UsageError, match="torch cannot write as ONNX"):
        export_onnx(arch)
    assert len(torch.export.load(io.BytesIO(export_pt2(arch))).module()(torch.ones(3, 4), torch.ones(3, 4))) == 2
