"""Zero-cost proxies: finite, the same for the same seed, and what they stand for holds on small networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import archdsl
from archdsl.searching.evaluation.base import Failure
from archdsl.searching.evaluation.proxies import PROXIES
from archdsl.searching.evaluation.proxies.base import Subject, weights
from archdsl.searching.evaluation.proxies.zen import trunk
from archdsl.searching.study import search

NET = """
archdsl: 1
input: [3, 8, 8]
vars: {width: 8, depth: 1, act: relu}
net:
  - conv: $width
  - repeat: {times: $depth, body: [{conv: {out_channels: $width, kernel_size: 3}}, batch_norm, $act]}
  - global_avg_pool
  - linear: 10
"""


def subject(seed: int = 0, **settings: object) -> Subject:
    return Subject(archdsl.load(NET, set=settings).graph, seed)


@pytest.mark.parametrize("name", PROXIES)
def test_scores_are_finite_and_follow_the_seed(name: str) -> None:
    score = PROXIES[name]
    state = torch.random.get_rng_state()
    assert score(subject(1)) == score(subject(1))
    if name != "synflow":
        assert score(subject(1)) != score(subject(2))
    assert torch.isfinite(torch.tensor(score(subject(1, act="silu"))))
    torch.random.set_rng_state(state)


@pytest.mark.parametrize("name", ["synflow", "naswot", "zen"])
def test_larger_networks_have_higher_scores(name: str) -> None:
    assert PROXIES[name](subject(width=32, depth=3)) > PROXIES[name](subject(width=4, depth=1))


def test_synflow_is_what_its_definition_says() -> None:
    found = PROXIES["synflow"](subject())
    module = subject().module().double().eval()
    first, second, last = (each.weight.abs() for each in module.modules() if isinstance(each, (nn.Conv2d, nn.Linear)))
    assert len(list(weights(module))) == 3
    bias = next(each.bias for each in module.modules() if isinstance(each, nn.Linear)).abs().sum()
    x = nn.functional.conv2d(torch.ones(1, 3, 8, 8, dtype=torch.float64), first)
    x = nn.functional.conv2d(x, second, padding=1) / (1 + 1e-5) ** 0.5
    total = nn.functional.linear(x.mean((2, 3)), last).sum()
    assert bias > 0
    assert 10**found == pytest.approx(float(3 * total.detach()), rel=1e-6)  # each of three layers sees the whole flow


def test_naswot_counts_how_images_switch_activations() -> None:
    module = subject().module()
    on: list[torch.Tensor] = []
    x = subject().images
    conv, second = (each for each in module.modules() if isinstance(each, nn.Conv2d))
    norm = next(each for each in module.modules() if isinstance(each, nn.BatchNorm2d))
    with torch.no_grad():
        on.append((norm(second(conv(x))).flatten(1) > 0).double())
    kernel = sum(each @ each.T + (1 - each) @ (1 - each).T for each in on)
    assert PROXIES["naswot"](subject()) == pytest.approx(float(torch.linalg.slogdet(torch.as_tensor(kernel)).logabsdet), rel=1e-6)


@pytest.mark.parametrize("act", ["tanh", "sigmoid", "hardsigmoid", "softplus", "elu", "leaky_relu", "prelu"])
def test_naswot_sees_every_activation_that_tells_signs_apart(act: str) -> None:
    assert PROXIES["naswot"](subject(act=act)) == PROXIES["naswot"](subject())


def test_naswot_wants_an_activation() -> None:
    with pytest.raises(Failure, match="the network has none"):
        PROXIES["naswot"](subject(act="identity"))


def test_every_proxy_is_an_evaluation_and_an_objective() -> None:
    from archdsl.searching.evaluation import catalogue
    from archdsl.searching.objectives import KNOWN

    assert tuple(PROXIES) == catalogue.PROXIES
    assert all(KNOWN[name] == "maximize" for name in PROXIES)


def test_zen_looks_at_the_last_map() -> None:
    graph = trunk(subject().graph)
    graph.verify()
    assert graph.outputs[0].shape.kind == "map"
    assert not any(node.op.name in ("global_avg_pool", "linear") for node in graph.nodes)


def test_what_is_dropped_does_not_move_the_last_map() -> None:
    def score(p: float) -> float:
        net = f"[{{conv: 8}}, relu, {{dropout: {p}}}, {{conv: 8}}, relu, global_avg_pool, {{linear: 10}}]"
        return PROXIES["zen"](Subject(archdsl.load(f"{{archdsl: 1, input: [3, 8, 8], net: {net}}}").graph, 0))

    assert abs(score(0.2) - score(0.0)) < 0.5


LEARNED = "{embedding: {num_embeddings: 5, embedding_dim: 8}}"
GATHERED = "{from: [], parameter: [5, 8], as: table}, {merge: gather, from: {values: table, index: input}}"


def words(table: str) -> Subject:
    net = f"{table}, {{linear: 8}}, to_map, {{conv: 8}}, batch_norm, relu, global_avg_pool, {{linear: 10}}"
    return Subject(archdsl.load(f"{{archdsl: 1, input: {{shape: [16], kind: index}}, net: [{net}]}}").graph, 0)


@pytest.mark.parametrize("table", [LEARNED, GATHERED])
@pytest.mark.parametrize("name", ["synflow", "naswot", "grad_norm", "snip"])
def test_indices_point_into_their_table(name: str, table: str) -> None:
    assert set(words(table).images.unique().tolist()) == set(range(5))
    assert torch.isfinite(torch.tensor(PROXIES[name](words(table))))


@pytest.mark.parametrize("name", ["jacob_cov", "zen"])
def test_indices_do_not_change_a_little(name: str) -> None:
    with pytest.raises(Failure, match=f"`{name}` .* indices"):
        PROXIES[name](words(LEARNED))


def test_dead_networks_have_no_correlation() -> None:
    dead = "{conv: {out_channels: 4, bias: true, init: {weight: 0, bias: -1}}}"
    graph = archdsl.load(f"{{archdsl: 1, input: [3, 8, 8], net: [{dead}, relu, global_avg_pool, {{linear: 10}}]}}").graph
    with pytest.raises(Failure, match="same at every pixel"):
        PROXIES["jacob_cov"](Subject(graph, 0))


def test_a_search_by_a_proxy_has_the_costs_beside_it(tmp_path: Path) -> None:
    space = NET.replace("width: 8", "width: {int: [2, 60]}")
    found = search(space, 8, storage=tmp_path / "s.db", evaluate="synflow", objectives=["synflow", "naswot", "params"])
    assert all({"synflow", "naswot", "params", "macs"} <= set(each.measures) for each in found.complete)
    assert found.best.measures["synflow"] == max(each.measures["synflow"] for each in found.complete)


def test_what_is_no_classifier_fails_with_a_text(tmp_path: Path) -> None:
    space = "{archdsl: 1, name: maps, input: [3, 8, 8], vars: {n: {int: [1, 99]}}, net: [{conv: $n}]}"
    found = search(space, 2, storage=tmp_path / "s.db", evaluate="naswot")
    assert {each.failure for each in found.trials} == {"proxies are for classifiers with one input and one vector of scores"}
