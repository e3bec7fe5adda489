"""What a compiled module can do beside computing: copy, pickle, move, change its input size, and be compiled again."""

from __future__ import annotations

import copy
import gc
import io
import json
import linecache
import pickle

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_architecture, run_source
from archdsl.backend.source import write_source
from archdsl.errors import UsageError

HEAD = "archdsl: 1\ninput: [3, 16, 16]\n"
SMALL = f"""{HEAD}
blocks:
  unit: {{args: {{width: }}, body: [{{conv: {{out_channels: $width, kernel_size: 3}}}}, batch_norm, relu]}}
net:
  - unit: 8
  - skip: [unit: 8, {{conv: {{out_channels: 8, kernel_size: 3}}}}]
  - branch:
      split: channels
      times: 4
      index: i
      chain: {{merge: add, when: $(i > 0)}}
      path: [{{conv: {{out_channels: 2, kernel_size: 3}}}}]
      merge: concat
  - {{max_pool: 2}}
  - skip: {{body: [{{conv: {{out_channels: 16, kernel_size: 3, stride: 2}}}}], shortcut: pad}}
  - global_avg_pool
  - linear: 10
"""


def compiled(text: str, **options: object) -> torch.nn.Module:
    return compile_architecture(archdsl.load(text), **options)  # type: ignore[arg-type]


@pytest.fixture
def model() -> torch.nn.Module:
    return compiled(SMALL, seed=0)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_state_dict_has_the_hierarchical_names(model: torch.nn.Module) -> None:
    names = [name for name, _ in model.named_parameters()]
    assert names == [
        "unit.conv.weight",
        "unit.batch_norm.weight",
        "unit.batch_norm.bias",
        "unit_2.conv.weight",
        "unit_2.batch_norm.weight",
        "unit_2.batch_norm.bias",
        "conv.weight",
        "i0.conv.weight",
        "i1.conv.weight",
        "i2.conv.weight",
        "i3.conv.weight",
        "conv_2.weight",
        "linear.weight",
        "linear.bias",
    ]


def test_deep_copies_are_independent(model: torch.nn.Module, images: torch.Tensor) -> None:
    twin = copy.deepcopy(model)
    assert torch.equal(twin(images), model(images))
    with torch.no_grad():
        next(twin.parameters()).zero_()
    assert not torch.equal(twin(images), model(images))


def test_pickles(model: torch.nn.Module, images: torch.Tensor) -> None:
    again = pickle.loads(pickle.dumps(model.eval()))
    assert not again.training
    assert torch.equal(again(images), model(images))


def test_saves_and_loads_weights(model: torch.nn.Module, images: torch.Tensor) -> None:
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other = compiled(SMALL, seed=5)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(images), model(images))


@pytest.mark.parametrize("size", [(16, 16), (24, 40), (33, 17)])
def test_takes_other_input_sizes(model: torch.nn.Module, size: tuple[int, int]) -> None:
    assert model(torch.zeros(1, 3, *size)).shape == (1, 10)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_moves_to_other_types(dtype: torch.dtype, images: torch.Tensor) -> None:
    assert compiled(SMALL, dtype=dtype)(images.to(dtype)).dtype == dtype


def test_meta_device_allocates_nothing() -> None:
    model = compiled(SMALL, device="meta")
    assert all(parameter.is_meta for parameter in model.parameters())
    assert model(torch.zeros(4, 3, 16, 16, device="meta")).shape == (4, 10)


def test_equal_seeds_give_equal_weights() -> None:
    first, second, other = (compiled(SMALL, seed=seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters()))
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters()))


def test_torch_export(model: torch.nn.Module, images: torch.Tensor) -> None:
    exported = torch.export.export(model.eval(), (images,)).module()
    torch.testing.assert_close(exported(images), model(images))


def test_torch_compile(model: torch.nn.Module, images: torch.Tensor) -> None:
    fast = torch.compile(model.eval(), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(fast(images), model(images))


def test_source_runs_by_itself(model: torch.nn.Module, images: torch.Tensor) -> None:
    alone = run_source(write_source(archdsl.load(SMALL).graph))()
    alone.load_state_dict(model.state_dict())
    assert torch.equal(alone(images), model(images))


def test_input_is_left_alone(model: torch.nn.Module, images: torch.Tensor) -> None:
    kept = images.clone()
    compiled(f"{HEAD}net: [relu, {{merge: add, from: [input, input]}}, relu]")(images)
    model(images)
    assert torch.equal(images, kept)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[{as: a}, relu, {as: b}, {scale: 2}, {merge: add, from: [a, b]}]", lambda x: x + x.relu()),
        ("[{conv: 3, as: c, init: 1}, relu, {merge: add, from: [c, c]}]", None),
        ("[{where: {F: [{scale: 3}]}}, {branch: {paths: [[F], [F, F]], merge: add}}]", lambda x: 3 * x + 9 * x),
        ("[{skip: {body: [{scale: 2}], merge: {gate: [zero]}}}]", lambda x: x),
        ("[{repeat: {times: 3, body: [{skip: [relu]}]}}]", lambda x: x + x.relu() + (x + x.relu()).relu() + (2 * (x + x.relu()).relu() + 0 * x)),
    ],
)
def test_computes_what_the_document_says(body: str, expected: object, images: torch.Tensor) -> None:
    if expected is None:
        with pytest.raises(archdsl.ArchError):
            archdsl.load(f"{HEAD}net: {body}")
        return
    torch.testing.assert_close(compiled(f"{HEAD}net: {body}")(images), expected(images))  # type: ignore[operator]


def test_shared_weights_are_one_tensor(images: torch.Tensor) -> None:
    model = compiled(f"{HEAD}net: [{{where: {{F: [{{conv: {{out_channels: 3, kernel_size: 3}}}}]}}}}, F, relu, F]")
    assert [name for name, _ in model.named_parameters()] == ["F.conv.weight"]
    weight = model.get_parameter("F.conv.weight")
    by_hand = torch.nn.functional.conv2d(torch.nn.functional.conv2d(images, weight, padding=1).relu(), weight, padding=1)
    torch.testing.assert_close(model(images), by_hand)


@pytest.mark.parametrize(
    ("init", "check"),
    [
        ("he_fan_out", lambda w: abs(w.std().item() - (2 / (64 * 9)) ** 0.5) < 0.002),
        ("he_fan_in", lambda w: abs(w.std().item() - (2 / (32 * 9)) ** 0.5) < 0.003),
        ("xavier", lambda w: abs(w.abs().max().item() - (6 / (96 * 9)) ** 0.5) < 0.002),
        ("trunc_normal", lambda w: w.abs().max().item() <= 0.04 and 0.015 < w.std().item() < 0.02),
        ("{weight: {normal: 0.5}}", lambda w: abs(w.mean().item()) < 0.02 and abs(w.std().item() - 0.5) < 0.02),
        ("0.25", lambda w: bool((w == 0.25).all())),
        ("zeros", lambda w: not w.any()),
    ],
)
def test_initialization(init: str, check: object) -> None:
    text = f"archdsl: 1\ninput: [32, 8, 8]\nnet: [{{conv: {{out_channels: 64, kernel_size: 3, init: {init}}}}}]"
    assert check(compiled(text, seed=0).get_parameter("conv.weight"))  # type: ignore[operator]


def test_document_wide_initialization_and_zero_last_norm() -> None:
    net = "[{skip: [{conv: 3}, batch_norm]}, batch_norm, {conv: {out_channels: 2, init: ones}}]"
    model = compiled(f"{HEAD}init: {{conv: zeros, zero_last_norm: true}}\nnet: {net}")
    assert not model.get_parameter("conv.weight").any()
    assert not model.get_parameter("batch_norm.weight").any()
    assert model.get_parameter("batch_norm_2.weight").all()
    assert model.get_parameter("conv_2.weight").all()


@pytest.mark.parametrize("init", ["{bias: [1, 2]}", "{weight: [1, 2, 3]}"])
def test_lists_of_the_wrong_length_are_refused(init: str) -> None:
    with pytest.raises(UsageError, match="E307"):
        compiled(f"archdsl: 1\ninput: [4]\nnet: [{{linear: {{out_features: 3, init: {init}}}}}]")


def test_several_networks() -> None:
    text = "archdsl: 1\nnetworks: {a: {input: [4], net: [{linear: 2}]}, b: {input: [2], net: [{linear: 1}]}}"
    both = compiled(text)
    assert sorted(both) == ["a", "b"]  # type: ignore[call-overload]
    assert compiled(text, network="b")(torch.zeros(5, 2)).shape == (5, 1)
    with pytest.raises(UsageError, match="no network `c`"):
        compiled(text, network="c")


def test_sources_are_forgotten_with_their_classes() -> None:
    made = run_source(write_source(archdsl.load("{archdsl: 1, input: [3, 8, 8], net: [{conv: 1234}, relu]}").graph))
    file = made.forward.__code__.co_filename
    assert "self.conv" in linecache.getline(file, 9) + linecache.getline(file, 10) + linecache.getline(file, 11)
    del made
    gc.collect()
    assert file not in linecache.cache


def test_a_device_of_number_0_is_a_device() -> None:
    if torch.accelerator.is_available():
        assert next(compiled(SMALL, device=0).parameters()).device.index == 0
    else:
        with pytest.raises(RuntimeError, match="accelerator"):
            compiled(SMALL, device=0)


@pytest.mark.parametrize("indices", [(0, 0, 1), (0, 1, 0), (1, 1, 0, 0), (1, 1)])
def test_slices_may_be_taken_twice(indices: tuple[int, ...], images: torch.Tensor) -> None:
    parts = "".join(f"{{from: x, split: {{sections: 3, index: {index}}}, as: p{number}}}, " for number, index in enumerate(indices))
    names = ", ".join(f"p{number}" for number in range(len(indices)))
    model = compiled(f"{HEAD}net: [{{scale: 2, as: x}}, {parts}{{merge: concat, from: [{names}]}}]")
    assert torch.equal(model(images), 2 * images[:, list(indices)])


@pytest.mark.parametrize("name", ["root", "same_pad", "largest", "sample_affine"])
def test_names_of_helpers_are_harmless(name: str, images: torch.Tensor) -> None:
    conv = "{conv: {out_channels: 3, kernel_size: 3, stride: 2, padding: same}}"
    inside = f"[{conv}, batch_norm, {{lp_pool: 2}}, {{from: [it, it, it], merge: max}}]".replace("{from", "{as: it}, {from")
    assert compiled(f"{HEAD}blocks: {{{name}: {{args: {{}}, body: {inside}}}}}\nnet: [{name}]")(images).shape == (2, 3, 4, 4)


HOSTILE = ["x", "x1", "torch", "nn", "F", "input_", "math", "print", "relu", "conv", "Tensor", "super_"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_python_and_torch_are_harmless(name: str, images: torch.Tensor) -> None:
    body = f"[{{conv: 4, as: {name}}}, relu, {{as: y}}, {{seq: [{{conv: 4}}, relu], as: {name}}}, {{merge: add, from: [y, {name}]}}]"
    model = compiled(f"{HEAD}net: {body}")
    first, second = dict.fromkeys(key.split(".")[0] for key in model.state_dict())
    assert first == name
    assert second.startswith(f"{name}_")
    assert model(images).shape == (2, 4, 16, 16)


@pytest.mark.parametrize("name", ["x; import os", "</script>", '"""', "class", "__init__", "2", "f", "Nn", "\N{SNOWMAN}"])
def test_names_of_networks_are_harmless(name: str, images: torch.Tensor) -> None:
    assert compiled(f"archdsl: 1\nname: {json.dumps(name)}\ninput: [3, 16, 16]\nnet: [relu]")(images).shape == images.shape


@pytest.mark.parametrize("name", ["torch", "nn", "F", "x", "x1", "stem", "input"])
def test_names_of_inputs_are_harmless(name: str, images: torch.Tensor) -> None:
    net = f"[{{merge: add, from: [{name}, other]}}, {{seq: [{{conv: 2}}, relu], as: stem2}}]"
    text = f"archdsl: 1\ninputs: {{{name}: [3, 16, 16], other: [3, 16, 16]}}\nnet: {net}"
    assert compiled(text)(images, images).shape == (2, 2, 16, 16)
