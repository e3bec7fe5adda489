"""Fingerprints that tell a structure from all others, and those that may not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.analysis.fingerprint import fingerprint, is_exact, is_isomorphic
from archdsl.ir.graph import Graph
from archdsl.passes.canonicalize import canonicalize

PAIRS = st.lists(st.sampled_from(["a, a", "a, b", "b, b"]), min_size=2, max_size=4)
HEAD = "{conv: 4, as: a}, {from: x, conv: 4, as: b}"


def graph_of(net: str) -> Graph:
    return canonicalize(archdsl.load(f"{{archdsl: 1, inputs: {{x: [4, 8, 8]}}, net: [{net}]}}").graph)


def sums(*pairs: str) -> str:
    """Return two convolutions of one value, sums of them, and a sum of what an activation gives of each."""
    made = ", ".join(f"{{merge: add, from: [{pair}]}}, {{relu: , as: r{number}}}" for number, pair in enumerate(pairs))
    return f"{HEAD}, {made}, {{merge: add, from: [{', '.join(f'r{number}' for number in range(len(pairs)))}]}}"


@pytest.mark.parametrize(
    ("net", "exact"),
    [
        ("{conv: 4}, relu", True),
        ("{skip: [{conv: 4}]}", True),
        ("{branch: {times: 5, path: [{conv: 4}, relu], merge: add}}", True),
        (sums("a, b", "a, a"), True),
        (sums("a, b", "a, b"), False),
        (sums("a, a", "b, b"), False),
    ],
)
def test_what_is_exact(net: str, exact: bool) -> None:
    assert is_exact(graph_of(net)) is exact


def test_where_it_is_not_exact_two_structures_may_have_one_fingerprint() -> None:
    left, right = graph_of(sums("a, b", "a, b")), graph_of(sums("a, a", "b, b"))
    assert fingerprint(left) == fingerprint(right)
    assert not is_isomorphic(left, right)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(PAIRS, PAIRS)
def test_equal_fingerprints_that_are_exact_belong_to_one_structure(one: list[str], other: list[str]) -> None:
    left, right = graph_of(sums(*one)), graph_of(sums(*other))
    if is_exact(left) and fingerprint(left) == fingerprint(right):
        assert is_isomorphic(left, right)
