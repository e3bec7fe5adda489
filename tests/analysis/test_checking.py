"""Checking a document with its defaults and all its variants."""

from __future__ import annotations

import pytest

from archdsl.analysis.checking import Report, check
from archdsl.source import Source


def report(text: str, **options: bool) -> Report:
    return check(Source("net.yaml", "archdsl: 1\n" + text), **options)


NET = "input: [8]\nvars: {n: 10}\nnet: [{linear: $n}]\n"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (NET, "net.yaml: ok"),
        (NET + "variants: {a: {vars: {n: 3}}, b: {vars: {n: 4}}}", "net.yaml: ok (2 variants)"),
        (NET + "variants: {a: {vars: {n: 3}}}", "net.yaml: ok (1 variant)"),
        (NET + "expect: {params: 91}", "net.yaml: 1 error"),
        (NET + "expect: {params: 91, macs: 1}", "net.yaml: 2 errors"),
        ("blocks: {a: {body: [relu]}, b: {body: [a]}}", "net.yaml: ok (a library of 2 blocks)"),
        ("input: [8]\nnet: [{as: x}, relu, {from: x}, {linear: 3}]", "net.yaml: ok, 1 warning"),
        ("input: [8]\nnet: [rellu]", "net.yaml: 1 error"),
        ("input: [8]\nnet: [relu", "net.yaml: 1 error"),
    ],
)
def test_summaries(text: str, summary: str) -> None:
    assert report(text).summary() == summary


def test_every_variant_is_expanded_and_expected() -> None:
    text = NET + "variants: {a: {vars: {n: 0}}, b: {vars: {n: 3}, expect: {params: 26}}, c: {vars: {n: 3}, expect: {params: 27}}}"
    found = report(text)
    assert [(each.code, each.notes) for each in found.diagnostics] == [("E103", ("in variant `a`",)), ("E501", ("in variant `b`",))]
    assert found.summary() == "net.yaml: 2 errors (3 variants)"


def test_what_is_found_everywhere_is_said_once() -> None:
    text = "input: [8]\nvars: {n: 10}\nnet: [{conv: $n}]\nvariants: {a: {vars: {n: 3}}, b: {vars: {n: 4}}}"
    (found,) = report(text).diagnostics
    assert found.code == "E301"
    assert not any("variant" in note for note in found.notes)


def test_many_variants_are_not_all_named() -> None:
    variants = ", ".join(f"v{number}: {{vars: {{n: 0}}}}" for number in range(7))
    (found,) = report(NET + f"variants: {{{variants}}}").diagnostics
    assert found.notes == ("in variants `v0`, `v1`, `v2`, `v3` and 3 more",)


def test_strict_makes_warnings_errors() -> None:
    text = "input: [8]\nnet: [{as: x}, relu, {from: x}, {linear: 3}]"
    assert report(text).ok
    assert not report(text, strict=True).ok
    assert [each.severity for each in report(text, strict=True).diagnostics] == ["error"]


def test_one_variant_by_its_name() -> None:
    found = check("resnet50")
    assert found.summary() == "resnet50: ok"


def test_what_is_missing_is_reported() -> None:
    found = check("no-such-net.yaml")
    assert found.summary() == "no-such-net.yaml: 1 error"
    assert found.document is None


def test_bounds_of_a_space_reject_samples_and_are_no_error() -> None:
    text = "input: [8]\nvars: {n: {int: [10, 20]}}\nnet: [{linear: $n}]\nexpect: {params: {max: 3}}"
    assert report(text).ok
