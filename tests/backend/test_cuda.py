"""Compiled networks on an accelerator, beside the same on the CPU; skipped where there is none."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_graph
from archdsl.ir.graph import Graph
from archdsl.spec.catalogue import entries
from tests.catalogue.test_on_meta import networks

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator")

LARGEST = 30_000_000
"""Parameters of the largest network that is run; the wider ones of a family have the same ops."""


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)


def inputs_of(graph: Graph) -> list[torch.Tensor]:
    """Return two samples for each input, in eval mode's double precision."""
    draw = torch.Generator().manual_seed(0)
    found = []
    for node in graph.inputs:
        if node.shape.kind == "index":
            found.append(torch.arange(node.shape.dims[0]).expand(2, -1))
        else:
            found.append(torch.randn(2, *node.shape.dims, generator=draw, dtype=torch.float64))
    return found


@pytest.mark.parametrize("stem", sorted({entry.path.stem for entry in entries().values()}))
def test_outputs_are_those_of_the_cpu(stem: str) -> None:
    for name, graph in networks(stem).items():
        if archdsl.analyze(graph).params > LARGEST:
            continue
        model = compile_graph(graph).double().eval()
        images = inputs_of(graph)
        with torch.no_grad():
            here = model(*images)
            there = model.cuda()(*(each.cuda() for each in images))
        for mine, wanted in zip(*(each if isinstance(each, tuple) else (each,) for each in (there, here))):
            torch.testing.assert_close(mine.cpu(), wanted, rtol=1e-7, atol=1e-7, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("name", ["resnet20-cifar", "densenet-l40-k12", "convnext-tiny", "resnext29-8x64d", "fractalnet-20-column-2"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_gradients_are_those_of_the_cpu(name: str, layout: torch.memory_format) -> None:
    graph = archdsl.load(name).graph
    model = compile_graph(graph).double().eval()
    images = inputs_of(graph)[0]
    model(images).square().sum().backward()
    wanted = {key: each.grad.clone() for key, each in model.named_parameters()}
    model.zero_grad()
    model.cuda().to(memory_format=layout)(images.cuda()).square().sum().backward()
    for key, each in model.named_parameters():
        torch.testing.assert_close(each.grad.cpu(), wanted[key], rtol=1e-6, atol=1e-7, msg=lambda text, key=key: f"{key}: {text}")


def test_half_precision_comes_near() -> None:
    model = archdsl.compile(archdsl.load("resnet20-cifar")).eval().cuda()
    images = torch.randn(4, 3, 32, 32, device="cuda")
    with torch.no_grad():
        wanted = model(images)
        with torch.autocast("cuda", torch.bfloat16):
            torch.testing.assert_close(model(images).float(), wanted, rtol=0.1, atol=0.1 * float(wanted.abs().max()))


def test_weights_are_made_on_the_accelerator() -> None:
    model = archdsl.compile(archdsl.load("resnet20-cifar"), device="cuda", seed=3)
    assert {each.device.type for each in model.state_dict().values()} == {"cuda"}
    assert model(torch.zeros(1, 3, 32, 32, device="cuda")).isfinite().all()
