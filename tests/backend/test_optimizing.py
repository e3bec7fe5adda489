"""Networks made for inference compute what they did, and do less."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import archdsl
from archdsl.backend.bundling import bundle_paths
from archdsl.backend.compiling import compile_architecture, compile_graph
from archdsl.backend.folding import fold_norms
from archdsl.backend.optimizing import STEPS, optimize
from archdsl.backend.quieting import drop_noise
from archdsl.backend.trained import Trained
from archdsl.expansion.architecture import Architecture
from archdsl.spec.catalogue import shipped_folder
from tests.catalogue.same_function import scrambled

HEAD = "archdsl: 1\ninput: [6, 8, 8]\n"
SMALL = {"input": [3, 32, 32]}
FAMILIES: list[tuple[str, dict[str, Any]]] = [
    ("resnet50", {**SMALL, "widths": [4, 8, 8, 8]}),
    ("preresnet18", {**SMALL, "widths": [8, 8, 8, 8]}),
    ("mobilenet-v1", SMALL),
    ("res2net50-26w-4s", {**SMALL, "widths": [8, 8, 8, 8], "base_width": 32}),
    ("googlenet", {"input": [3, 64, 64]}),
    ("multiresnet-50-2-imagenet", {**SMALL, "depths": [1, 1, 1, 1], "widths": [8, 8, 16, 16]}),
    ("fractalnet-20", {"widths": [8, 8, 16, 16, 16]}),
    ("stochastic-depth-110", {}),
    ("convnext-tiny", {**SMALL, "depths": [1, 1, 1, 1], "widths": [8, 16, 16, 32]}),
    ("dla34", SMALL),
    ("se-resnet18", SMALL),
    ("nin-cifar10", {}),
]


def trained_of(arch: Architecture) -> Trained:
    torch.manual_seed(0)
    return Trained(arch.graph, scrambled(compile_architecture(arch)).double().eval().state_dict())


def assert_same(before: Trained, after: Trained) -> None:
    """Both have a well-formed graph, weights that fit it, and one function."""
    outputs = []
    images = torch.randn(2, *before.graph.inputs[0].shape.dims, dtype=torch.float64)
    for trained in (before, after):
        trained.graph.verify()
        module = compile_graph(trained.graph).double().eval()
        module.load_state_dict(dict(trained.state))
        with torch.no_grad():
            given = module(images)
        outputs.append(given if isinstance(given, tuple) else (given,))
    for expected, given in zip(*outputs, strict=True):
        torch.testing.assert_close(given, expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))


@pytest.mark.parametrize(("name", "settings"), FAMILIES, ids=[name for name, _ in FAMILIES])
def test_every_step_keeps_the_function(name: str, settings: dict[str, Any]) -> None:
    trained = trained_of(archdsl.load(name, set=settings))
    for step in STEPS:
        after = step(trained)
        if after is not trained:
            assert_same(trained, after)
        trained = after


@pytest.mark.parametrize("seed", range(12))
def test_drawn_branch_patterns_keep_their_function(seed: int) -> None:
    arch = archdsl.load(str(shipped_folder() / "spaces" / "branch_patterns.yaml"), seed=seed, set={"widths": [8, 16, 8], "input": [3, 16, 16]})
    trained = after = trained_of(arch)
    for step in STEPS:
        after = step(after)
    assert_same(trained, after)


def test_weights_keep_their_type_and_stay_the_owners_own() -> None:
    arch = archdsl.load("resnet8-digits")
    module = compile_architecture(arch, seed=0, dtype=torch.float64)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    fast = optimize(arch, module)
    assert {value.dtype for value in fast.parameters()} == {torch.float64} and not fast.training
    for value in fast.parameters():
        value.data.zero_()
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_the_generator_of_the_caller_stays_as_it_is() -> None:
    arch = archdsl.load("resnet8-digits")
    module = compile_architecture(arch, seed=0)
    before = torch.get_rng_state()
    optimize(arch, module)
    assert torch.equal(torch.get_rng_state(), before)


NOISY = "{where: {F: [{dropout: 0.5}]}}, {as: x}, {conv: 6}"


@pytest.mark.parametrize(
    ("net", "count"),
    [
        (f"{NOISY}, F, {{as: y}}, {{from: x, F: , as: z}}, {{merge: add, from: [y, z]}}", 2),
        (f"{NOISY}, F, F", 0),
        ("{as: x}, {dropout: 0.5, as: y}, {dropout: 0.5}, {conv: 6}", 1),
    ],
)
def test_noise_on_an_input_stays_with_all_that_share_its_module(net: str, count: int) -> None:
    trained = trained_of(archdsl.load(f"{HEAD}net: [{net}]"))
    after = drop_noise(trained)
    assert [node.op.name for node in after.graph.nodes].count("dropout") == count
    assert_same(trained, after)


@pytest.mark.parametrize("name", ["googlenet", "se-resnet18", "fractalnet-20"])
def test_channels_last_is_a_layout_and_nothing_else(name: str) -> None:
    torch.manual_seed(0)
    arch = archdsl.load(name, set={"widths": [8, 8, 16, 16, 16]} if name == "fractalnet-20" else {"input": [3, 64, 64]})
    module = scrambled(compile_architecture(arch)).eval()
    plain, last = optimize(arch, module), optimize(arch, module, channels_last=True)
    images = torch.randn(2, *arch.graph.inputs[0].shape.dims)
    given = []
    first = next(each for each in last.modules() if isinstance(each, torch.nn.Conv2d))
    first.register_forward_hook(lambda _, __, output: given.append(output))
    with torch.inference_mode():
        expected = plain(images)
        torch.testing.assert_close(last(images), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
    assert given[0].is_contiguous(memory_format=torch.channels_last) and not given[0].is_contiguous()


def branch(path: str, merge: str = "add", more: str = "") -> str:
    return f"{HEAD}net: [{{conv: 6, as: x}}, {{branch: {{times: 3, path: [{path}], merge: {merge}}}}}{more}]"


TWO = "{conv: 4}, relu, {conv: 6}"
THREE = "{conv: 4}, batch_norm, relu, {conv: {out_channels: 4, kernel_size: 3, stride: 2}}, batch_norm, relu, {conv: 8}"
BUNDLED: list[tuple[str, dict[str, int]]] = [
    (branch(TWO), {"conv": 3, "add": 0}),
    (branch(THREE), {"conv": 4, "batch_norm": 0, "add": 0}),
    (branch(THREE, "mean"), {"conv": 4, "batch_norm": 0, "mean": 0}),
    (branch(THREE, "concat"), {"conv": 4, "batch_norm": 0, "concat": 0}),
    (branch("{conv: 4}, gelu, batch_norm, {conv: 6}"), {"conv": 3, "batch_norm": 1, "add": 0}),
    (branch("{conv: {out_channels: 6, kernel_size: 3}}"), {"conv": 2, "add": 0}),
    (branch("{conv: {out_channels: 6, bias: true}}", "mean"), {"conv": 2, "mean": 0}),
    (
        branch("{conv: 4}, {max_pool: {kernel_size: 3, stride: 2, padding: 1}}, {depthwise_conv: {multiplier: 2}}, sigmoid", "concat"),
        {"conv": 2, "depthwise_conv": 1},
    ),
    (branch("{conv: 4}, {conv: {out_channels: 4, groups: 2, kernel_size: 3}}, {conv: 6}"), {"conv": 4, "add": 0}),
    (branch("{conv: 4}, relu", "concat", ", {conv: 6}"), {"conv": 3, "relu": 1}),
    (HEAD + f"net: [{{skip: [{{branch: {{times: 2, path: [{TWO}], merge: add}}}}, batch_norm]}}]", {"conv": 2, "batch_norm": 1}),
    (HEAD + f"net: [{{branch: {{paths: [[], [{TWO}], [{{conv: 6}}], [{TWO}]], merge: add}}}}]", {"conv": 3, "add": 1}),
    (HEAD + f"net: [{{branch: {{paths: [[{TWO}], [{TWO}], [relu], [{TWO}], [{TWO}]], merge: concat}}}}]", {"conv": 4, "concat": 1}),
    (
        HEAD + "net: [{branch: {times: 2, path: [{branch: {times: 2, path: [{conv: 6}], merge: add}}, relu, {conv: 6}], merge: add}}]",
        {"conv": 2, "add": 0},
    ),
]


def test_tensors_are_known_by_their_modules() -> None:
    graph = archdsl.load("{archdsl: 1, input: [4], net: [{linear: 2, as: a}]}").graph
    trained = Trained(graph, {"a.weight": torch.ones(2, 4), "b.c.bias": torch.ones(1)})
    assert {module: list(each) for module, each in trained.tensors().items()} == {"a": ["weight"], "b.c": ["bias"]}


OTHERS = "{from: [p, q], merge: add, as: s}, {from: [a, b, s], merge: add}"
KEPT = [
    branch("{conv: 4}, relu"),  # what is added is no convolution
    branch("{conv: {out_channels: 6, groups: 2}}"),  # the input would be needed thrice
    branch("{conv: 4}, {conv: {out_channels: 6, groups: 2}}"),
    branch("{conv: 4}, prelu, {conv: 6}"),
    branch("{conv: 6}", "mul"),
    branch("{conv: 4}, relu", "{concat: {dim: 1}}"),
    HEAD + f"net: [{{where: {{F: [{TWO}]}}}}, {{branch: {{times: 2, path: [F], merge: add}}}}]",  # one value, added to itself
    HEAD + "net: [{where: {F: [{conv: 6}]}}, {branch: {paths: [[F, relu, {conv: 6}], [F, relu, {conv: 6}]], merge: add}}]",
    HEAD + "net: [{branch: {paths: [[{conv: 6}, relu, {conv: 6}], [{conv: 4}, relu, {conv: 6}]], merge: add}}]",
    HEAD + "net: [{branch: {paths: [[{conv: 6}, relu, {conv: 6}], [{conv: 6}, gelu, {conv: 6}]], merge: add}}]",
    HEAD + "net: [{branch: {paths: [[{conv: 6}], [{conv: 6}], [relu]], merge: mean}}]",
    HEAD + "net: [{branch: {paths: [[{conv: 6}], [relu], [{conv: 6}]], merge: concat}}]",
    HEAD + f"net: [{{as: x}}, {{conv: 6, as: a}}, relu, {{conv: 6, as: p}}, {{from: x, conv: 6, as: b}}, relu, {{conv: 6, as: q}}, {OTHERS}]",
    HEAD + "net: [{as: x}, {conv: 6, as: a}, {from: x, conv: 6, as: b}, {from: [a, b], merge: add, as: c}]\noutputs: [a, b, c]",
]


@pytest.mark.parametrize(("text", "counts"), BUNDLED)
def test_equal_paths_become_one(text: str, counts: dict[str, int]) -> None:
    trained = fold_norms(trained_of(archdsl.load(text)))
    after = bundle_paths(trained)
    ops = [node.op.name for node in after.graph.nodes]
    assert {name: ops.count(name) for name in counts} == counts
    assert_same(trained, after)


@pytest.mark.parametrize("text", KEPT)
def test_other_paths_stay(text: str) -> None:
    trained = fold_norms(trained_of(archdsl.load(text)))
    assert bundle_paths(trained) is trained


@pytest.mark.parametrize("form", ["aggregated", "early_concatenation"])
def test_the_forms_of_resnext_become_the_grouped_one(form: str) -> None:
    block = f"{{{form}: {{width: 8, cardinality: 4, path_width: 3}}}}"
    trained = trained_of(archdsl.load(f"archdsl: 1\nimport: blocks/resnext.yaml\ninput: [32, 6, 6]\nnet: [{block}]"))
    after = trained
    for step in STEPS:
        after = step(after)
    convs = [(node.op.out_channels, node.op.groups) for node in after.graph.nodes if node.op.name == "conv"]  # type: ignore[attr-defined]
    assert convs == [(12, 1), (12, 4), (32, 1)]
    assert_same(trained, after)
