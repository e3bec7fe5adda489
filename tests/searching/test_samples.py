"""Samples as documents: without holes, of the same graph, laid out as `fmt` does, and with names that read well."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.errors import ArchError, ExpansionError, UsageError
from archdsl.expansion.architecture import load
from archdsl.searching.space import Sample, Space
from archdsl.source import Source
from archdsl.spec.layout import reformat
from tests.searching.test_space import SHIPPED
from tests.strategies import texts

HEAD = "archdsl: 1\ninput: [4, 8, 8]\n"


def holds(sample: Sample) -> str:
    """Hold the document of a sample against what was drawn; return its text."""
    text = sample.text("sample")
    written = load(text)
    assert not written.document.has_holes
    assert written.expansion.draws == ()
    assert reformat(Source("sample", text)) == text
    drawn = sample.architecture
    assert list(written.graphs) == list(drawn.graphs)
    for name, graph in drawn.graphs.items():
        again = written.graphs[name]
        assert [(node.op, node.shape) for node in again.nodes] == [(node.op, node.shape) for node in graph.nodes]
        assert [[graph.nodes.index(operand) for operand in node.inputs] for node in graph.nodes] == [
            [again.nodes.index(operand) for operand in node.inputs] for node in again.nodes
        ]
        assert [_owner(graph, node) for node in graph.nodes] == [_owner(again, node) for node in again.nodes]
    return text


def _owner(graph: object, node: object) -> int:
    return next(number for number, other in enumerate(graph.nodes) if other.name == node.module)  # type: ignore[attr-defined]


_SECTIONS = (Path(__file__).parent / "holes.txt").read_text().split("\n=== ")[1:]
CASES = {name: text for name, _, text in (section.partition("\n") for section in _SECTIONS)}
"""Documents with holes in every place where the grammar has one."""


@pytest.mark.parametrize("case", CASES)
def test_holes_everywhere(case: str) -> None:
    space = Space.load(CASES[case])
    fitting = 0
    for seed in range(6):
        try:
            sample = space.draw_plainly(seed)
        except ExpansionError:
            continue
        holds(sample)
        fitting += 1
    assert fitting


@pytest.mark.parametrize("name", SHIPPED)
def test_samples_of_the_shipped_spaces(name: str) -> None:
    space = Space.load(name)
    for seed in range(12):
        try:
            sample = space.draw_plainly(seed)
        except ExpansionError:
            continue
        holds(sample)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts(), st.integers(0, 9))
def test_samples_of_drawn_documents(text: str, seed: int) -> None:
    try:
        sample = Space.load(text).draw_plainly(seed)
    except ArchError:
        return
    holds(sample)


def body_of(text: str) -> str:
    return text[text.index("\nblocks:" if "\nblocks:" in text else "\nnet:") + 1 :]


def test_equal_calls_become_one_block() -> None:
    text = HEAD + "blocks: {g: {body: [{choice: [relu, tanh]}]}}\nnet: [g, g, g, g]"
    sample = Space.load(text).draw(0, {f".{place}:g.0|g/1": number for place, number in enumerate((0, 1, 0, 1))})
    assert body_of(holds(sample)) == ("blocks: {g_1: {body: [relu]}, g_2: {body: [tanh]}}\nnet: [g_1, g_2, g_1, g_2]\n")


def test_blocks_that_a_sample_never_calls_are_left_out() -> None:
    blocks = "  ".join(f"{name}: {{body: [{body}]}}\n" for name, body in (("one", "two"), ("two", "relu"), ("three", "gelu"), ("four", "tanh")))
    net = "net: [$kind, {choice: [[sigmoid], [four]]}, {seq: [three], when: false}]\n"
    space = Space.load(f"{HEAD}vars: {{kind: {{choice: [one, two]}}}}\nblocks:\n  {blocks}{net}")
    for kind, end, kept in (("one", "sigmoid", "one two three"), ("two", "sigmoid", "two three"), ("two", "tanh", "two three four")):
        assert list(load(holds(_sample(space, kind, end))).document.blocks) == kept.split()


def _sample(space: Space, kind: str, end: str) -> Sample:
    for each in (space.draw(seed) for seed in range(200)):
        last = type(each.architecture.graph.nodes[-1].op).__name__.lower()
        if (each.architecture.vars["kind"], last) == (kind, end):
            return each
    raise AssertionError("never drawn")


def test_a_loop_is_unrolled_where_its_rounds_differ() -> None:
    text = HEAD + "net: [{repeat: {times: 2, index: stage, body: [{conv: $(stage + 4)}, {choice: [relu, tanh]}]}}]"
    space = Space.load(text)
    alike = space.draw(0, {f".0#{stage}.1|net/1": 1 for stage in range(2)})
    assert body_of(holds(alike)) == "net:\n  - repeat: {times: 2, index: stage, body: [{conv: $(stage + 4)}, tanh]}\n"
    other = space.draw(0, {f".0#{stage}.1|net/1": stage for stage in range(2)})
    assert body_of(holds(other)) == (
        "net:\n"
        "  - repeat: {over: {stage: [0]}, body: [{conv: $(stage + 4)}, relu]}\n    as: stage0\n"
        "  - repeat: {over: {stage: [1]}, body: [{conv: $(stage + 4)}, tanh]}\n    as: stage1\n"
    )
    names = [node.name for node in load(other.text()).graph.nodes]
    assert names == [node.name for node in other.architecture.graph.nodes] == ["input", "stage0.conv", "stage0.relu", "stage1.conv", "stage1.tanh"]


@pytest.mark.parametrize(
    ("library", "said"),
    [
        ("vars: {k: {choice: [1, 3]}}\nblocks: {g: {body: [{conv: $k}]}}", "have choices: a sample cannot hold them"),
        ("blocks: {g: {body: [{conv: {choice: [4, 8]}}]}}", "has choices: a sample cannot hold it"),
    ],
)
def test_what_libraries_draw_is_refused(library: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "library.yaml").write_text(f"archdsl: 1\n{library}\n")
    (tmp_path / "space.yaml").write_text(HEAD + "import: [library.yaml]\nnet: [g, {choice: [relu, tanh]}]\n")
    sample = Space.load(tmp_path / "space.yaml").draw(0)
    with pytest.raises(UsageError, match=said):
        sample.text()
