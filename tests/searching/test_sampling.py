"""Sampling: budgets, duplicates, principles, and what is said when a space does not give what is asked."""

from __future__ import annotations

import pytest

from archdsl.errors import SearchError, UsageError
from archdsl.principles.report import lint
from archdsl.searching.budgets import Budget, read_amount
from archdsl.searching.sampling import Sampler, sample
from archdsl.searching.space import Space

FEW = "{archdsl: 1, name: few, input: [4, 8, 8], net: [{choice: [[relu], [relu, identity], [{conv: {choice: [4, 8]}}]]}]}"
"""A space of four draws and three structures."""


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1M", 10**6),
        ("200k", 200_000),
        ("1.5G", 1_500_000_000),
        ("1.5g", 1_500_000_000),
        ("0", 0),
        (".5k", 500),
        ("2e6", 2 * 10**6),
        ("1.25e3", 1250),
        ("12,345,678", 12_345_678),
        ("1_000", 1000),
        (" 7 K ", 7000),
        ("1T", 10**12),
        ("0.1", 0),
    ],
)
def test_amounts(text: str, amount: int) -> None:
    assert read_amount(text) == amount


@pytest.mark.parametrize("text", ["", "M", "1MM", "-1", "1x", "1.2.3", "e6", "1 000", "12,34", "nan", "inf", "1e999"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(UsageError, match="E952"):
        read_amount(text)


def test_a_budget_that_nothing_can_meet_is_refused() -> None:
    with pytest.raises(UsageError, match="above the most"):
        Budget.of(max_params=10, min_params=11)


@pytest.mark.parametrize("name", ["nasbench201", "branch_patterns"])
def test_networks_keep_to_the_budget_and_are_distinct(name: str) -> None:
    found = sample(name, 12, seed=3, max_params=400_000, min_macs=10_000_000)
    assert all(each.cost.params <= 400_000 and each.cost.macs >= 10_000_000 for each in found)
    assert len({each.fingerprint for each in found}) == 12


def test_seeds_give_other_networks_and_the_same_ones_again() -> None:
    first, again, other = (sample("branch_patterns", 4, seed=seed) for seed in (1, 1, 2))
    assert [each.text() for each in first] == [each.text() for each in again]
    assert not {each.fingerprint for each in first} & {each.fingerprint for each in other}


def test_a_longer_sample_begins_with_the_shorter_one() -> None:
    assert [each.fingerprint for each in sample("nasbench201", 9)][:4] == [each.fingerprint for each in sample("nasbench201", 4)]


def test_everything_is_accounted_for() -> None:
    sampler = Sampler(Space.load(FEW), patience=50)
    with pytest.raises(SearchError) as caught:
        list(sampler.take(9))
    assert sampler.kept == 3
    assert sampler.drawn == sampler.kept + sampler.refused.total() == sampler.kept + sampler.refused["duplicate"]
    assert caught.value.diagnostics[0].message == f"`few` gave 3 of 9 networks in {sampler.drawn} draws, none in the last 50"
    assert sampler.account() == f"3 of {sampler.drawn} draws kept; thrown away: {sampler.drawn - 3} duplicates"


def test_duplicates_are_kept_when_they_are_wanted() -> None:
    sampler = Sampler(Space.load(FEW), distinct=False, patience=50)
    assert len(list(sampler.take(40))) == 40 == sampler.drawn


def test_an_impossible_budget_names_the_choice_that_stands_in_the_way() -> None:
    text = "{archdsl: 1, name: wide, input: [3, 8, 8], vars: {width: {choice: [64, 128]}, k: {choice: [1, 3]}}, \
             net: [{conv: {out_channels: $width, kernel_size: $k}}, {choice: [[relu], [tanh]]}]}"
    with pytest.raises(SearchError) as caught:
        sample(text, 1, max_params=100)
    found = caught.value.diagnostics[0]
    assert found.message == "`wide` gave 0 of 1 networks in 2,000 draws, none in the last 2,000"
    assert found.notes[1:] == (
        "the smallest of 2,000 networks has 192 parameters; the budget is 100",
        "by `k` (<text>:1): at least 192 (1) to 1,728 (3) parameters",
        "by `width` (<text>:1): at least 192 (64) to 384 (128) parameters",
    )


def test_shapes_that_never_fit_are_said() -> None:
    text = "{archdsl: 1, name: tight, input: [3, 4, 4], net: [{conv: {out_channels: 3, kernel_size: {choice: [5, 7]}, padding: 0}}]}"
    sampler = Sampler(Space.load(text), patience=20)
    with pytest.raises(SearchError, match="the kernel of `conv` reaches over 7 positions"):
        list(sampler.take(1))
    assert sampler.refused == {"shape": 20}


def test_expect_rejects() -> None:
    text = "{archdsl: 1, input: [3, 8, 8], net: [{conv: {int: [1, 9]}}], expect: {params: {max: 12}}}"
    sampler = Sampler(Space.load(text), distinct=False)
    found = list(sampler.take(20))
    assert max(each.cost.params for each in found) == 12
    assert sampler.refused["expect"] == sampler.drawn - 20 > 0


def test_principles_filter() -> None:
    sampler = Sampler(Space.load("branch_patterns"), principles=["small-filters", "factorised-filters"])
    for each in sampler.take(2):
        verdicts = {finding.id: finding.verdict for finding in lint(each.architecture).findings}
        assert verdicts["small-filters"] == "met"
    assert sampler.refused["principle"] > 0


@pytest.mark.parametrize("id", ["smal-filters", "nothing", "shared-blocks"])
def test_unknown_principles(id: str) -> None:
    with pytest.raises(UsageError, match="E954"):
        Sampler(Space.load(FEW), principles=[id])
