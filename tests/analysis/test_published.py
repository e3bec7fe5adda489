"""Published figures beside counted ones."""

from __future__ import annotations

import pytest

import archdsl
from archdsl.analysis.cost import analyze
from archdsl.analysis.published import compare_published, read_figure, verdict_of

NET = """
archdsl: 1
input: [3, 8, 8]
net: [{conv: {out_channels: 100, kernel_size: 3, bias: true}}, batch_norm, global_avg_pool, {linear: 10}]
"""
PARAMS, WEIGHTS, NORMS = 2800 + 200 + 1010, 2700 + 1000, 200


@pytest.mark.parametrize(
    ("printed", "value", "digit"),
    [
        ("36.5M", 36_500_000, 100_000),
        ("11M", 11_000_000, 1_000_000),
        ("~1.3M", 1_300_000, 100_000),
        ("0.27M", 270_000, 10_000),
        ("39K", 39_000, 1000),
        ("4.2G", 4_200_000_000, 100_000_000),
        ("25,557,032", 25_557_032, 0),
        (25_557_032, 25_557_032, 0),
    ],
)
def test_figures_are_read_with_their_precision(printed: str | int, value: int, digit: int) -> None:
    figure = read_figure(printed)
    assert figure is not None
    assert (figure.value, figure.digit) == (value, digit)


@pytest.mark.parametrize("printed", ["about 3", "3 M params", "", "M", "1.2.3", True])
def test_other_texts_are_no_figures(printed: str) -> None:
    assert read_figure(printed) is None


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        ({}, "unpublished"),
        ({"c10_error": 4.0}, "unpublished"),
        ({"params": PARAMS}, "agrees"),
        ({"params": "4.0K"}, "agrees"),
        ({"params": "4K"}, "agrees"),
        ({"params": PARAMS - 1}, "differs"),
        ({"params": "4.1K"}, "differs"),
        ({"params": "many"}, "differs"),
        ({"params": WEIGHTS, "rule": "weights_only"}, "explained"),
        ({"params": WEIGHTS, "rule": "without_norms"}, "differs"),
        ({"params": PARAMS - NORMS, "rule": "without_norms"}, "explained"),
        ({"params": "3.8K", "rule": "without_norms"}, "explained"),
        ({"params": "4.3K", "rule": "approximate"}, "explained"),
        ({"params": "5.3K", "rule": "approximate"}, "differs"),
        ({"params": "4.01K", "rule": "truncated"}, "agrees"),
        ({"params": "4M", "rule": "truncated"}, "differs"),
        ({"params": "9K", "rule": "misprint"}, "differs"),
        ({"params": "9K", "rule": "misprint", "note": "a digit is wrong"}, "explained"),
        ({"params": "9K", "rule": "whatever", "note": "a digit is wrong"}, "differs"),
        ({"params": PARAMS, "macs": 1}, "differs"),
    ],
)
def test_verdicts(published: dict[str, object], verdict: str) -> None:
    cost = analyze(archdsl.load(NET))
    assert (cost.params, cost.weights) == (PARAMS, WEIGHTS)
    assert verdict_of(compare_published(published, cost)) == verdict


def test_truncation() -> None:
    figure = read_figure("39K")
    assert figure is not None
    assert figure.truncates_from(39_999)
    assert not figure.rounds_from(39_999)
    assert not figure.truncates_from(38_999)
