"""Documents that are right by construction load; documents that are broken by chance end in a message, soon, and in little memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.ir.text import parse_graph, print_graph
from archdsl.source import Source, decode, parse
from tests.mutations import WILD, damaged, mutations
from tests.strategies import texts

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
"""How many examples each property draws; by default each says itself."""
SECONDS = 2.0
MEGABYTES = 500

SMALL = [
    "archdsl: 1\ninput: [3, 8, 8]\nnet: [{conv: {out_channels: 4, kernel_size: 3}}, batch_norm, relu, global_avg_pool, {linear: 10}]\n",
    """\
archdsl: 1
name: small
input: [3, 16, 16]
vars: {depth: 14, n: $((depth - 2) // 6), widths: [4, $(2 * 4)], act: relu}
init: {conv: he_fan_out}
blocks:
  basic:
    args: {width: , stride: 1}
    body:
      - skip: [{conv: {out_channels: $width, kernel_size: 3, stride: $stride}}, $act, {conv: {out_channels: $width, kernel_size: 3}}]
      - relu
net:
  - {conv: 4, as: stem}
  - repeat:
      over: {width: $widths}
      index: s
      body:
        - repeat: {times: $n, index: i, body: [{basic: {width: $width, stride: '$(2 if s > 0 and i == 0 else 1)'}}]}
  - global_avg_pool
  - linear: 10
variants:
  small-20: {vars: {depth: 20}, expect: {params: {max: 2e6}}, published: {params: 0.1M}}
expect: {output: [10]}
""",
    """\
archdsl: 1
input: [4, 9, 9]
vars: {x: 3, op: {choice: [relu, tanh]}}
blocks:
  fractal:
    args: {n: , pool: false}
    body:
      - if: $(n == 1)
        then: [{conv: {out_channels: $in_channels, kernel_size: 3}}, {max_pool: 2, when: $pool}]
        else: [{branch: {merge: join, paths: [[{fractal: {n: 1, pool: $pool}}], [{fractal: $(n - 1)}, {fractal: {n: $(n - 1), pool: $pool}}]]}}]
net:
  - {relu: , as: h}
  - where: {F: [{conv: 4}, batch_norm]}
    share: [conv]
  - branch: {paths: [[], [F], [F, F]], merge: add}
  - branch: {split: channels, times: 2, index: i, path: [{conv: 2}], merge: concat, chain: {merge: add, when: $(i > 0)}}
  - cell: {nodes: 3, edges: {"0->1": [$op], "0->2": [], "1->2": [relu]}, output: [1, 2]}
  - skip: {body: [{conv: 8}], shortcut: pad, merge: {gate: [{conv: 8}, sigmoid]}}
  - let: {both: '$([h, h])'}
  - {merge: {concat: {dim: 0}}, from: $both}
  - fractal: {n: 3, pool: true}
  - choice: {options: [[relu], [{repeat: {times: {int: [1, 3]}, body: [sigmoid]}}]], weights: [1, 2]}
""",
    """\
archdsl: 1
networks:
  a:
    inputs: {image: [3, 4, 4], index: {shape: [2], kind: index}}
    net: [{from: image}, to_tokens, {as: t}, {merge: gather, from: {values: t, index: index}}]
  b: {input: [2, 3], net: [layer_norm, {skip: [{attention: 3}]}, {linear: 4, as: y}, relu], outputs: [y]}
objective: {predict: {network: b, target: {network: a, average: 0.9}}}
""",
]
EXAMPLES_FOLDER = Path(__file__).parents[3] / "shared" / "examples"
SHARED = [path.read_text() for path in sorted(EXAMPLES_FOLDER.glob("*.yaml")) if path.stat().st_size < 4000]
TEXTS = [*SMALL, *SHARED]


def runs(examples: int) -> settings:
    """Return how often a property is tried; none depends on the speed of the machine alone."""
    return settings(max_examples=EXAMPLES or examples, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def peak() -> float:
    """Return the most memory that the process ever took, in megabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def check_end(source: Source, **options: Any) -> None:
    """Load a text; it must give an architecture or say what is wrong, in time and space."""
    start, memory = time.process_time(), peak()
    try:
        arch = archdsl.load(source, **options)
        for graph in arch.graphs.values():
            graph.verify()
    except archdsl.ArchError as error:
        assert error.diagnostics
        assert all(each.message and each.code for each in error.diagnostics)
        assert str(error)
    assert time.process_time() - start < SECONDS
    assert peak() - memory < MEGABYTES


@pytest.mark.parametrize("text", TEXTS)
def test_the_documents_are_right(text: str) -> None:
    assert archdsl.load(Source("net.yaml", text)).graphs


@runs(200)
@given(texts(), st.integers(0, 1000))
def test_right_documents_load(text: str, seed: int) -> None:
    arch = archdsl.load(Source("net.yaml", text), seed=seed)
    arch.graph.verify()
    printed = print_graph(arch.graph)
    assert print_graph(parse_graph(printed)) == printed


@runs(80)
@given(texts(), st.integers(0, 1000))
def test_loading_twice_gives_the_same(text: str, seed: int) -> None:
    one, two = (archdsl.load(Source("net.yaml", text), seed=seed) for _ in range(2))
    assert print_graph(one.graph) == print_graph(two.graph)
    assert one.document == two.document


@runs(800)
@given(st.data())
def test_damaged_bytes_end_in_a_message(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    given_bytes = data.draw(damaged(text.encode()))
    try:
        source = Source("net.yaml", decode(given_bytes, "net.yaml"))
    except archdsl.ArchError as error:
        assert str(error)
        return
    check_end(source)


def plain(text: str) -> Any:
    return json.loads(json.dumps(parse(Source("net.yaml", text))))


TREES = [plain(text) for text in TEXTS]


@runs(1000)
@given(st.data())
def test_mutated_trees_end_in_a_message(data: st.DataObject) -> None:
    tree = data.draw(mutations(data.draw(st.sampled_from(TREES))))
    check_end(Source("net.yaml", json.dumps(tree)))


KEYS = ["depth", "n", "widths", "widths.0", "act", "op", "x", "input"]


@runs(200)
@given(st.sampled_from(SMALL[1:3]), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(WILD)))
def test_wild_settings_end_in_a_message(text: str, given_settings: dict[str, Any]) -> None:
    check_end(Source("net.yaml", text), set=given_settings)


@runs(200)
@given(st.text(alphabet="$()[]{}0123456789+-*/%<>=!,.:\"' abxnot andorifelsemaxlenrange\\\n\t", max_size=60))
def test_any_expression_ends_in_a_message(body: str) -> None:
    tree = {"archdsl": 1, "input": [3, 8, 8], "vars": {"a": 3, "b": [1, 2], "x": f"$({body})"}, "net": [{"conv": "$x"}]}
    check_end(Source("net.yaml", json.dumps(tree)))
