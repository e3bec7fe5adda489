"""Spaces, and what is drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.analysis.cost import analyze
from archdsl.analysis.fingerprint import fingerprint
from archdsl.errors import ExpansionError, ExpectationError, SourceError, SpecError
from archdsl.searching.obstacles import word_of
from archdsl.searching.sampling import Sampler
from archdsl.searching.space import Sample, Space
from archdsl.spec.catalogue import shipped_folder

SHIPPED = sorted(path.stem for path in (shipped_folder() / "spaces").glob("*.yaml"))

SMALL = """
archdsl: 1
name: small
input: [3, 8, 8]
vars: {n: {choice: [2, 4]}}
net: [{conv: $n}, {choice: [[relu], [{conv: {out_channels: $n, kernel_size: {choice: [1, 3]}}}]]}]
variants: {four: {vars: {n: 4}}}
"""


def first_of(space: Space) -> Sample:
    """Return what the first seed draws that draws something that fits."""
    return next(Sampler(space).take(1))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_seed_draws_the_same_every_time(name: str) -> None:
    first, second = (first_of(Space.load(name)) for _ in range(2))
    assert first.draws == second.draws
    assert first.fingerprint == second.fingerprint
    assert first.text() == second.text()


@pytest.mark.parametrize("name", SHIPPED)
def test_what_was_drawn_can_be_drawn_again_from_any_seed(name: str) -> None:
    space = Space.load(name)
    sample = first_of(space)
    again = space.draw(4, {draw.address: draw.value for draw in sample.draws})
    assert [draw.value for draw in again.draws] == [draw.value for draw in sample.draws]
    assert again.fingerprint == sample.fingerprint


def test_a_fixed_draw_leaves_the_others_alone() -> None:
    space = Space.load("nasbench201")
    before = space.draw(0)
    chosen = before.draws[2]
    after = space.draw(0, {chosen.address: 0})
    assert after.draws[2].value == 0
    assert [draw for draw in after.draws if draw.address != chosen.address] == [draw for draw in before.draws if draw.address != chosen.address]


def test_a_space_by_text_path_name_and_variant(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    assert Space.load(SMALL).draw(1).fingerprint == Space.load(str(path)).draw(1).fingerprint == Space.load(path).draw(1).fingerprint
    assert Space.load(f"{path}#four").draw(1).architecture.vars == {"n": 4}
    assert Space.load(SMALL, "four").name == "four"
    assert Space.load(SMALL, set={"n": 2}).draw(1).architecture.vars == {"n": 2}
    assert Space.load("nasbench201").name == "nas-bench-201"


def test_the_cost_is_that_of_the_pruned_graph() -> None:
    text = "{archdsl: 1, input: [4, 8, 8], vars: {op: {choice: [zero]}}, net: [{skip: [{conv: 4}, $op]}]}"
    sample = Space.load(text).draw(0)
    assert (sample.cost.params, analyze(sample.architecture).params) == (0, 16)
    assert sample.fingerprint == fingerprint(sample.architecture.graph)


def test_several_networks_are_counted_together() -> None:
    net = "{input: [4, 8, 8], net: [{conv: {choice: [4, 8]}}]}"
    sample = Space.load(f"{{archdsl: 1, networks: {{a: {net}, b: {net}}}}}").draw(0)
    assert sample.cost.params == analyze(sample.architecture).params
    assert len(sample.fingerprint) == 32


@pytest.mark.parametrize(
    ("source", "error", "code"),
    [
        ("resnet50", SpecError, "E951"),
        ("{archdsl: 1, input: [3, 8, 8], net: [relu]}", SpecError, "E951"),
        ("{archdsl: 1, input: [3, 8, 8], net: [{choice: []}]}", SpecError, "E103"),
        ("no-such-space", SourceError, "E001"),
        ("specs/spaces/no.yaml", SourceError, "E001"),
    ],
)
def test_what_is_no_space(source: str, error: type[Exception], code: str) -> None:
    with pytest.raises(error) as caught:
        Space.load(source)
    assert caught.value.diagnostics[0].code == code  # type: ignore[attr-defined]


def test_samples_are_rejected_by_shapes() -> None:
    space = Space.load("{archdsl: 1, input: [3, 8, 8], net: [{skip: {body: [{conv: {choice: [3, 4]}}], shortcut: identity}}]}")
    address = ".0/body.0|net/1"
    assert space.draw(0, {address: 0}).draws[0].address == address
    with pytest.raises(ExpansionError, match="E303"):
        space.draw(0, {address: 1})


def test_samples_are_rejected_by_expect() -> None:
    space = Space.load("{archdsl: 1, input: [3, 8, 8], net: [{conv: {int: [1, 9]}}], expect: {params: {max: 12}}}")
    assert [space.draw(0, {".0|net/1": number}).cost.params for number in range(4)] == [3, 6, 9, 12]
    for number in range(4, 9):
        with pytest.raises(ExpectationError, match="E501"):
            space.draw(0, {".0|net/1": number})


def test_options_have_the_words_of_the_document() -> None:
    vars = "{ops: [relu, tanh], a: {choice: $ops}, b: {choice: [[dense, {choice: [2, 4]}], [plain, 1]]}}"
    choices = Space.load(f"{{archdsl: 1, input: [4, 8, 8], vars: {vars}, net: [$a]}}").choices
    assert [(each.name, [word_of(number, each) for number in (0, 1)]) for each in choices] == [
        ("a", ["relu", "tanh"]),
        ("b", ["dense", "plain"]),
        ("b.dense", ["2", "4"]),
    ]


def test_what_a_pattern_has_no_use_for_is_not_drawn() -> None:
    space = Space.load("branch_patterns")
    for option, draws in ((0, 0), (3, 2), (5, 1), (9, 2), (11, 1)):
        sample = space.draw(0, {f"|vars/1.{stage}": option for stage in range(3)})
        assert sum(draw.address.startswith("*") for draw in sample.draws) == 3 * draws
