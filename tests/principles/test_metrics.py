"""Metrics: the figures of known networks to their printed digits, and small networks made to measure."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest

import archdsl
from archdsl.analysis.cost import Count
from archdsl.principles.facts import Facts, Measured
from archdsl.principles.metrics import METRICS, measure, metrics

HEAD = "archdsl: 1\ninput: [4, 16, 16]\n"
THREE, FIVE = (f"{{out_channels: 4, kernel_size: {size}}}" for size in (3, 5))


@cache
def of(name: str) -> dict[str, Measured]:
    return measure(archdsl.load(name).graph)


def value(net: str, metric: str) -> Any:
    """Return a metric of a small network."""
    return measure(archdsl.load(f"{HEAD}net: {net}").graph, [metric])[metric].value


def share(metric: str, name: str) -> Fraction:
    """Return a share as the fraction that it is made of."""
    part, _, whole = of(name)[metric].detail.partition(" of ")
    return Fraction(int(part.replace(",", "")), int(whole.replace(",", "")))


def prints(number: float, printed: str) -> bool:
    """Tell whether a number is printed so when it is rounded."""
    digits = len(printed.partition(".")[2])
    return f"{number:.{digits}f}" == printed


@pytest.mark.parametrize(
    ("name", "shortest", "longest", "count", "mean", "coverage", "merge"),
    [
        ("vgg16", 16, 16, 1, "16", (0, 16), "none"),
        ("resnet18", 5, 18, 2**8, "11.5", (10, 18), "add"),
        ("resnet50", 6, 50, 2**16, "28", (36, 50), "add"),
        ("densenet121", 5, 121, 2**58, "63", (116, 121), "concat"),
        ("mobilenet-v1", 28, 28, 1, "28", (0, 28), "none"),
        ("fractalnet-20", 6, 21, 5**5, "14", (0, 21), "join"),
        ("fractalnet-40", 6, 41, 26**5, "26.19", (0, 41), "join"),
        ("convnext-tiny", 5, 59, 2**18, "32", (54, 59), "add"),
        ("fof", 2, 17, 905, "10.5", (0, 17), "join"),
    ],
)
def test_paths(name: str, shortest: int, longest: int, count: int, mean: str, coverage: tuple[int, int], merge: str) -> None:
    found = of(name)
    assert (found["shortest_path"].value, found["longest_path"].value) == (shortest, longest)
    assert Facts(archdsl.load(name).graph).paths.count == count
    assert prints(found["mean_path"].value, mean)  # type: ignore[arg-type]
    assert found["identity_coverage"].detail == f"{coverage[0]} of {coverage[1]}"
    assert found["merge_ops"].value == merge


@pytest.mark.parametrize(
    ("name", "ratio", "bits"),
    [
        ("vgg16", "1", "0"),
        ("resnet50", "0.56", "16"),
        ("densenet121", "0.52", "58"),
        ("mobilenet-v1", "1", "0"),
        ("fractalnet-20", "0.67", "11.6"),
        ("convnext-tiny", "0.54", "18"),
    ],
)
def test_ratios_of_paths(name: str, ratio: str, bits: str) -> None:
    assert prints(of(name)["mean_path_share"].value, ratio)  # type: ignore[arg-type]
    assert prints(of(name)["log2_paths"].value, bits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kernel", "stem", "factorised", "params", "macs", "dense", "linear"),
    [
        ("vgg16", "conv 3x3", 3, (0, 12), "0", "0", "0.992", "0.894"),
        ("resnet50", "conv 3x3", 7, (0, 16), "0.476", "0.518", "0.481", "0.080"),
        ("densenet121", "conv 3x3", 7, (0, 58), "0.598", "0.520", "0.480", "0.130"),
        ("mobilenet-v1", "conv dw 3x3", 3, (13, 13), "0.746", "0.949", "0.019", "0.243"),
        ("fractalnet-20", "conv 3x3", None, (0, 35), "0", "0", "1.000", "0.0002"),
        ("convnext-tiny", "conv dw 7x7", 4, (18, 21), "0.907", "0.934", "0.042", "0.027"),
        ("inception-v4", "conv 1x7", 3, (64, 87), "0.314", "0.259", "0.319", "0.036"),
        ("inception-resnet-v2", "conv 1x7", 3, (60, 103), "0.673", "0.536", "0.292", "0.028"),
    ],
)
def test_filters(name: str, kernel: str, stem: int | None, factorised: tuple[int, int], params: str, macs: str, dense: str, linear: str) -> None:
    found = of(name)
    assert found["largest_kernel"].detail == kernel
    assert found["stem_kernel"].value == stem
    assert found["factorised_share"].detail == f"{factorised[0]} of {factorised[1]}"
    assert prints(float(share("pointwise_params_share", name)), params)
    assert prints(float(share("pointwise_macs_share", name)), macs)
    assert prints(float(share("dense_spatial_macs_share", name)), dense)
    assert prints(float(share("linear_params_share", name)), linear)


@pytest.mark.parametrize(
    ("name", "bottlenecks", "inverted", "reductions", "separable", "beside"),
    [
        ("vgg16", 0, 0, 0, 0, "0 of 12"),
        ("resnet50", 16, 0, 0, 0, "16 of 16"),
        ("densenet121", 0, 0, 56, 0, "58 of 58"),  # the first two of a network widen, from 64 and 96 channels to 128
        ("mobilenet-v1", 0, 0, 0, 13, "13 of 13"),
        ("convnext-tiny", 0, 18, 0, 18, "18 of 21"),
        ("vit-b-16", 0, 12, 0, 0, ""),
    ],
)
def test_pointwise_convolutions(name: str, bottlenecks: int, inverted: int, reductions: int, separable: int, beside: str) -> None:
    found = of(name)
    names = ("bottlenecks", "inverted_bottlenecks", "reductions", "separable_convs")
    assert [found[each].value for each in names] == [bottlenecks, inverted, reductions, separable]
    assert found["pointwise_beside_spatial"].detail == beside


def test_patterns_of_smith_and_topin() -> None:
    assert of("inception-v4")["concat_at_downsampling"].value == 1
    assert of("resnet50")["concat_at_downsampling"].value == 0
    assert of("alexnet")["input_transition"].detail == "3 to 96"
    assert of("fractalnet-20")["noise_nodes"].value > 0  # type: ignore[operator]
    assert of("mobilenet-v1")["normalized_share"].value == 1
    assert of("unet")["longest_skip"].value == 18


def test_mobilenets_second_table() -> None:
    """Table 2 of arXiv:1704.04861 counts weights alone. It prints 1.19 % of the multiply-adds for `conv 3x3`: two digits of 1.91 changed places."""
    cost = archdsl.analyze(archdsl.load("mobilenet-v1"))
    printed = {"conv 1x1": ("94.86", "74.59"), "conv dw 3x3": ("3.06", "1.06"), "conv 3x3": ("1.91", "0.02"), "linear": ("0.18", "24.33")}
    for kind, (macs, weights) in printed.items():
        count: Count = cost.by_kind[kind]
        assert prints(100 * count.macs / cost.macs, macs)
        assert prints(100 * count.weights / cost.weights, weights)


# --- small networks -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "covered"),
    [
        ("[{skip: [{conv: 4}]}, {conv: 4}]", "1 of 2"),
        ("[{skip: {body: [{conv: 4}], merge: concat}}]", "1 of 1"),
        ("[{skip: [{conv: 4}], as: x}, {skip: {body: [{conv: 4}], shortcut: project}}]", "1 of 2"),
        ("[{branch: {paths: [[relu], [{conv: 4}]], merge: add}}]", "0 of 1"),
        ("[{branch: {paths: [[], [{conv: 4}]], merge: mul}}]", "0 of 1"),
        ("[{branch: {paths: [[{max_pool: {kernel_size: 3, stride: 1, padding: 1}}], [{conv: 4}]], merge: add}}]", "0 of 1"),
        ("[{skip: [{skip: [{conv: 4}]}, {conv: 4}]}]", "2 of 2"),
        ("[{skip: [{conv: 4}, {skip: {body: [{conv: 4}], shortcut: project}}]}]", "2 of 2"),
        ("[{branch: {paths: [[{dropout: 0.5}], [{conv: 4}]], merge: add}}]", "1 of 1"),
    ],
)
def test_identity_coverage(net: str, covered: str) -> None:
    assert measure(archdsl.load(f"{HEAD}net: {net}").graph, ["identity_coverage"])["identity_coverage"].detail == covered


@pytest.mark.parametrize(
    ("net", "metric", "expected"),
    [
        ("[relu]", "identity_coverage", None),
        ("[relu]", "mean_path_share", None),
        ("[relu]", "pointwise_macs_share", None),
        ("[flatten, {linear: 8}]", "largest_kernel", None),
        ("[flatten, {linear: 8}]", "stem_kernel", None),
        ("[flatten, {linear: 8}]", "factorised_share", None),
        ("[flatten, {linear: 8}]", "input_transition", None),
        ("[{conv: 4}, {conv: 4}]", "largest_kernel", 1),
        ("[{conv: 4}, {conv: {out_channels: 4, kernel_size: [1, 5]}}]", "largest_kernel", 5),
        ("[{conv: 4}, {conv: {out_channels: 4, kernel_size: [1, 5]}}]", "factorised_share", 1),
        ("[{conv: 4}, {conv: {out_channels: 4, kernel_size: 5, groups: 2}}]", "factorised_share", 1),
        ("[{skip: [{repeat: {times: 5, body: [{conv: 4}]}}]}]", "longest_skip", 5),
        ("[{skip: [{repeat: {times: 5, body: [{conv: 4}]}}]}]", "longest_skip_share", 1),
        ("[{skip: [{conv: 4}]}, {skip: [{conv: 4}, {conv: 4}]}]", "mean_skip", 1.5),
        ("[{branch: {paths: [[{conv: 4}], [{conv: 4}]], merge: max}}]", "max_share", None),
        (f"[{{branch: {{paths: [[{{conv: {THREE}}}], [{{conv: {FIVE}}}]], merge: max}}}}]", "max_share", 1),
        (f"[{{branch: {{paths: [[{{conv: {THREE}}}], [{{conv: {FIVE}}}]], merge: add}}}}]", "max_share", 0),
        ("[{conv: 8}, {conv: {out_channels: 4, kernel_size: 2, stride: 2}}]", "pyramid_share", 0),
        ("[{conv: 8}, {conv: {out_channels: 16, kernel_size: 2, stride: 2}}]", "pyramid_share", 1),
        ("[{conv: 8}, {conv: {out_channels: 32, kernel_size: 2, stride: 2}}]", "largest_width_step", 4),
        ("[{conv: 8}, batch_norm, {conv: 8}, relu, {conv: 8}]", "normalized_share", 2 / 3),
        ("[{conv: 8}, {dropout: 0.3}, {skip: [{conv: 8}, {drop_path: 0.1}]}]", "noise_nodes", 2),
        ("[{conv: 8}, {dropout: 0.3}, {skip: [{conv: 8}, {drop_path: 0.1}]}]", "noise_rate", 0.3),
        ("[{repeat: {times: 2, body: [{conv: 8}, {conv: 8}]}}, {conv: 8}]", "repeated_share", 4 / 5),
        ("[{repeat: {times: 2, index: i, body: [{conv: $(8 * (i + 1))}, {conv: {out_channels: 8, stride: $(i + 1)}}]}}]", "block_kinds", 1),
        ("[{repeat: {times: 2, index: i, body: [{conv: {out_channels: 8, kernel_size: $(2 * i + 1)}}, {conv: 8}]}}]", "block_kinds", 2),
        ("[{conv: 9, as: dead}, {from: input}, {conv: 4}]", "shortest_path", 1),
    ],
)
def test_small_networks(net: str, metric: str, expected: float | None) -> None:
    assert value(net, metric) == (expected if expected is None else pytest.approx(expected))


def test_dead_parts_are_not_measured() -> None:
    assert value("[{conv: {out_channels: 4, kernel_size: 9}, as: dead}, {from: input}, {conv: 4}, {conv: 4}]", "largest_kernel") == 1


def test_every_metric_says_what_it_is() -> None:
    for metric in METRICS.values():
        assert metric.sentence[0].islower() or metric.sentence[0].isdigit()
        assert len(metric.sentence) > 20


def test_two_metrics_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two metrics are named `log2_paths`"):
        metrics([METRICS["log2_paths"].measure] * 2)
