"""Everything that is measured of a graph, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import cleandoc

from archdsl.ir.graph import Graph
from archdsl.principles import blocks, bottlenecks, filters, joining, pathways, shapes, training
from archdsl.principles.facts import Facts, Measured

Function = Callable[[Facts], Measured]


@dataclass(frozen=True, slots=True)
class Metric:
    """Something that is measured: its name, what it says, and the function."""

    name: str
    sentence: str
    measure: Function


def metric_of(function: Function) -> Metric:
    """Return the metric that a function measures; its docstring begins with ``Return``."""
    sentence = cleandoc(function.__doc__ or "").partition("\n\n")[0]
    return Metric(function.__name__, " ".join(sentence.removeprefix("Return ").split()).rstrip("."), function)


_ALL: tuple[Function, ...] = (
    pathways.shortest_path,
    pathways.longest_path,
    pathways.mean_path,
    pathways.mean_path_share,
    pathways.log2_paths,
    pathways.identity_coverage,
    pathways.longest_skip,
    pathways.longest_skip_share,
    pathways.mean_skip,
    joining.merge_ops,
    joining.summing_share,
    joining.concat_at_downsampling,
    joining.max_share,
    filters.largest_kernel,
    filters.stem_kernel,
    filters.factorised_share,
    filters.pointwise_params_share,
    filters.pointwise_macs_share,
    filters.dense_spatial_macs_share,
    filters.linear_params_share,
    bottlenecks.bottlenecks,
    bottlenecks.inverted_bottlenecks,
    bottlenecks.reductions,
    bottlenecks.separable_convs,
    bottlenecks.pointwise_beside_spatial,
    blocks.layer_kinds,
    blocks.block_kinds,
    blocks.repeated_share,
    shapes.input_transition,
    shapes.pyramid_share,
    shapes.largest_width_step,
    training.normalized_share,
    training.noise_nodes,
    training.noise_rate,
)


def metrics(functions: Iterable[Function]) -> dict[str, Metric]:
    """Return metrics by their names; raise :class:`ValueError` when two share one.

    >>> metrics([pathways.log2_paths])["log2_paths"].sentence
    'the binary logarithm of the number of paths: 0 for one path, n for n residual blocks'
    """
    found: dict[str, Metric] = {}
    for function in functions:
        if function.__name__ in found:
            raise ValueError(f"two metrics are named `{function.__name__}`")
        found[function.__name__] = metric_of(function)
    return found


METRICS = metrics(_ALL)
"""What is measured, in the order in which it is shown. Adding a metric is a function in its theme's file and a line above."""


def measure(graph: Graph, chosen: Iterable[str] | None = None) -> dict[str, Measured]:
    """Return what is measured of a graph, all of it or the chosen metrics.

    >>> import archdsl
    >>> found = measure(archdsl.load("mobilenet-v1").graph)
    >>> found["factorised_share"].detail, found["merge_ops"].value, found["identity_coverage"].value
    ('13 of 13', 'none', 0.0)
    """
    facts = Facts(graph)
    return {name: METRICS[name].measure(facts) for name in (METRICS if chosen is None else chosen)}
