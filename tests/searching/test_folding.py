"""Equal block calls are expanded once: what comes out is what the plain expansion gives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.analysis.cost import analyze, total_of
from archdsl.analysis.fingerprint import fingerprint
from archdsl.errors import ArchError
from archdsl.searching.space import Sample, Space
from tests.searching.test_space import SHIPPED
from tests.strategies import texts

HEAD = "archdsl: 1\ninput: [4, 8, 8]\nvars: {a: {choice: [0, 1]}}\n"
BLOCKS = """blocks:
  residual: {body: [{skip: [{conv: 4}]}]}
  summed: {body: [{branch: {paths: [[], [parameter: [4, 8, 8]]], merge: add}}]}
  skipped: {body: [{branch: {paths: [[], [conv: 4]], merge: add}}]}
  nothing: {body: []}
  none: {body: [zero]}
  joined: {body: [{branch: {paths: [[conv: 4], [relu]], merge: join}}]}
  joins: {body: [{branch: {paths: [[], [relu]], merge: join}}]}
  row: {body: [relu, {conv: 4}, batch_norm]}
  plain: {body: [{conv: 4}]}
  dead: {body: [{conv: 4, as: x}, {from: x}, {conv: 4, as: unused}, {from: x}]}
  sourced: {body: [{parameter: [4, 8, 8]}]}
  tall: {args: {n: 1}, body: [{repeat: {times: $n, body: [residual]}}]}
  told: {args: {n: }, body: [{conv: $(n + in_channels)}, {conv: 4}]}
  wide: {args: {a: $(a + 1)}, body: [{conv: $(4 * a)}, {conv: 4}]}
  twice: {body: [{where: {F: [row]}}, F, residual, F]}
"""
NETS = [
    "[residual, residual, {repeat: {times: 5, body: [residual]}}]",
    "[skipped, skipped, {branch: {paths: [[skipped], []], merge: add}}]",
    "[nothing, {skip: [nothing]}, {repeat: {times: 4, body: [nothing]}}]",
    "[{skip: [none]}, none, row, {repeat: {times: 4, body: [none]}}]",
    "[{skip: [none, row]}, {skip: [none, plain]}, {skip: [none, residual]}]",
    "[joined, {branch: {paths: [[joined], [joined]], merge: join}}, joins, joins]",
    "[{branch: {paths: [[residual], [row], [plain, row], [tall: 3]], merge: add}}, {tall: 4}, {tall: 4}]",
    "[{where: {F: [row, residual]}}, F, relu, F, {branch: {paths: [[F], [residual], [twice]], merge: concat}}]",
    "[dead, {skip: [dead]}, {repeat: {times: 3, body: [dead]}}]",
    "[{branch: {paths: [[sourced], [row]], merge: add}}, {skip: [sourced]}]",
    "[{told: 1}, {told: $a}, wide, {wide: 2}, {conv: 8}, {told: 1}, {conv: 4}]",
    "[summed, summed, {repeat: {times: 4, body: [summed]}}, relu]",
    "[{repeat: {times: 3, index: i, body: [{tall: $(i + 1)}]}}, {repeat: {times: 3, body: [{conv: 4}]}}, {repeat: {times: 3, body: [row, row]}}]",
    "[{repeat: {times: 4, body: [row]}, as: stage}, {merge: add, from: [stage, input]}]",
]


def same(space: Space, seed: int) -> Sample | None:
    """Draw both ways, and hold them against each other."""
    try:
        plain = space.draw_plainly(seed)
    except ArchError as error:
        with pytest.raises(type(error)) as caught:
            space.draw(seed)
        assert caught.value.diagnostics == error.diagnostics
        return None
    quick = space.draw(seed)
    assert quick.draws == plain.draws
    assert quick.cost == plain.cost
    assert quick.fingerprint == plain.fingerprint
    if quick.folded is not None:
        assert total_of(quick.folded.declared().values()) == analyze(plain.architecture).total
    return quick


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_spaces_are_expanded_as_ever(name: str) -> None:
    space = Space.load(name)
    for seed in range(40):
        same(space, seed)


@pytest.mark.parametrize("net", NETS)
def test_what_reaches_across_calls(net: str) -> None:
    space = Space.load(f"{HEAD}{BLOCKS}net: {net}")
    for seed in range(3):
        found = same(space, seed)
        assert found is not None
        assert found.folded is not None
        assert found.fingerprint == fingerprint(found.architecture.graph)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts(), st.integers(0, 5))
def test_drawn_documents_are_expanded_as_ever(text: str, seed: int) -> None:
    try:
        space = Space.load(text)
    except ArchError:
        return
    for number in range(3):
        same(space, seed + number)


def test_the_limits_hold_for_what_is_folded() -> None:
    text = """
archdsl: 1
input: [4, 8, 8]
vars: {n: {int: [1, 2]}}
blocks:
  ten: {body: [{repeat: {times: 10, body: [relu]}}]}
  thousand: {body: [{repeat: {times: 100, body: [ten]}}]}
  many: {args: {n: 1}, body: [{repeat: {times: 15, body: [thousand]}}]}
net: [{repeat: {times: $n, body: [many]}}]
"""
    space = Space.load(text)
    assert [space.draw(0, {"|vars/1": 0}).architecture.vars, len(space.draw(0, {"|vars/1": 0}).architecture.graph.nodes)] == [{"n": 1}, 15_001]
    with pytest.raises(ArchError, match="E401"):
        space.draw(0, {"|vars/1": 1})


def test_a_call_on_another_shape_may_give_too_much() -> None:
    blocks = "blocks: {wide: {body: [{conv: 2000000}, relu]}}\nvars: {a: {choice: [0, 1]}}\n"
    net = "net: [{branch: {paths: [[{avg_pool: 1024}, wide, flatten], [wide, global_avg_pool]], merge: add}}]"
    space = Space.load(f"archdsl: 1\ninput: [1, 1024, 1024]\n{blocks}{net}")
    with pytest.raises(ArchError, match="E404"):
        space.draw(0)
