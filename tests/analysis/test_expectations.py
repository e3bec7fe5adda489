"""What documents expect: which counts, how far off, and where it says so."""

from __future__ import annotations

import pytest

import archdsl
from archdsl.analysis.cost import analyze
from archdsl.analysis.expectations import check_expectations
from archdsl.source import Source

NET = "archdsl: 1\nname: tiny\ninput: [8]\nvars: {n: 10}\nnet: [{linear: $n}]\n"


def findings(text: str, variant: str | None = None) -> list[str]:
    arch = archdsl.load(Source("net.yaml", text), variant)
    return [f"{each.code} {each.span.line}:{each.span.column} {each.message}" for each in check_expectations(arch) if each.span]


@pytest.mark.parametrize(
    "expect",
    [
        "{params: 90, weights: 80, macs: 80, flops: 160, activations: 10, nodes: 2, output: [10]}",
        "{params: {min: 90, max: 90}}",
        "{params: {max: 1e6}, macs: {min: 80}}",
        "{params: $(9 * n), output: [$n], macs: {max: $(8 * n)}}",
        "{params: 9e1}",
        "{}",
    ],
)
def test_what_holds_is_silent(expect: str) -> None:
    assert findings(NET + f"expect: {expect}") == []


@pytest.mark.parametrize(
    ("expect", "found"),
    [
        ("{params: 91}", "E501 6:10 `params` of `tiny` is 90, expected 91: 1 less"),
        ("{macs: 70}", "E501 6:10 `macs` of `tiny` is 80, expected 70: 10 more"),
        ("{output: [10], params: 90000}", "E501 6:24 `params` of `tiny` is 90, expected 90,000: 89,910 less"),
        ("{params: {max: 80}}", "E501 6:10 `params` of `tiny` is 90, expected at most 80: 10 more"),
        ("{params: {max: 1e6, min: 100}}", "E501 6:10 `params` of `tiny` is 90, expected at least 100: 10 less"),
        ("{params: $(n)}", "E501 6:10 `params` of `tiny` is 90, expected 10: 80 more"),
        ("{params: 90.5}", "E501 6:10 `params` of `tiny` is 90, expected 90.5: 0.5 less"),
        ("{output: [11]}", "E502 6:10 the output of `tiny` has the shape [10], expected [11]"),
        ("{output: 10}", "E502 6:10 the output of `tiny` has the shape [10], expected 10"),
        ("{params: {max: '$([n])'}}", "E103 6:10 `params` of `expect` must be a number, got `[10]`"),
    ],
)
def test_what_does_not_hold_is_found(expect: str, found: str) -> None:
    assert findings(NET + f"expect: {expect}") == [found]


def test_another_count_is_pointed_out() -> None:
    (found,) = check_expectations(archdsl.load(NET + "expect: {params: 80}"))
    assert found.help == "`weights` is 80: the parameters without biases and norms"


VARIANTS = """
expect: {params: 90}
variants:
  same: {}
  wide: {vars: {n: 20}}
  wider: {vars: {n: 30}, expect: {params: 271}}
  long: {input: [9]}
"""


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        ("same", []),
        ("wide", []),
        ("wider", ["E501 11:35 `params` of `wider` is 270, expected 271: 1 less"]),
        ("long", []),
    ],
)
def test_a_variant_that_sets_something_has_its_own(variant: str, found: list[str]) -> None:
    assert findings(NET + VARIANTS, variant) == found


def test_settings_leave_none() -> None:
    assert check_expectations(archdsl.load(NET + "expect: {params: 1}", n=3)) == []


def test_several_networks() -> None:
    text = """archdsl: 1
name: pair
networks:
  encoder: {input: [4], net: [{linear: 8}], expect: {params: 40, output: [8]}}
  head: {input: [8], net: [{linear: 2}], expect: {params: 19}}
expect: {params: 58, output: [2]}
"""
    assert findings(text) == [
        "E501 5:51 `params` of `head` is 18, expected 19: 1 less",
        "E502 6:22 `pair` has several networks",
    ]


def test_several_networks_of_a_variant() -> None:
    text = """archdsl: 1
name: pair
vars: {width: 8}
networks:
  encoder: {input: [4], net: [{linear: $width}], expect: {params: 40}}
  head: {input: [8], net: [{linear: 2}], expect: {params: 18}}
variants:
  wide: {vars: {width: 9}, expect: {params: 63, networks: {encoder: {params: 46}, head: {output: [2]}}}}
"""
    assert findings(text) == []
    assert findings(text, "wide") == ["E501 8:70 `params` of `encoder` is 45, expected 46: 1 less"]


def test_several_outputs() -> None:
    text = "archdsl: 1\nname: two\ninput: [4]\nnet: [{linear: 8, as: a}, {linear: 2, as: b}]\noutputs: [a, b]\n"
    assert findings(text + "expect: {output: [[8], [2]]}") == []
    assert findings(text + "expect: {output: [8]}") == ["E502 6:10 the outputs of `two` have the shapes [[8], [2]], expected [8]"]


def test_a_known_cost_is_not_counted_again() -> None:
    arch = archdsl.load(NET + "expect: {params: 90}")
    assert check_expectations(arch, analyze(arch)) == []
