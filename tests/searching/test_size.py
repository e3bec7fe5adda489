"""How many networks a space holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.errors import ExpansionError, TargetError, UsageError
from archdsl.searching.choices import choices_of
from archdsl.searching.distribution import distribution_of, plot, quantiles
from archdsl.searching.size import estimate, size_of
from archdsl.searching.space import Space


def with_vars(vars: str) -> str:
    return f"{{archdsl: 1, input: [3, 8, 8], vars: {{{vars}}}, net: [relu]}}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (with_vars("a: {choice: [1, 2, 3]}"), 3),
        (with_vars("a: {choice: [1, 2], times: 10}"), 1024),
        (with_vars("a: {choice: [1, {int: [2, 5]}]}"), 5),
        (with_vars("a: {choice: [1, {int: [2, 5]}], times: 2}"), 25),
        (with_vars("a: {int: [0, 100], step: 10}"), 11),
        (with_vars("a: {int: [16, 1024], step: 8, log: true}"), 127),
        (with_vars("a: {float: [0, 1], step: 0.25}"), 5),
        (with_vars("a: [{choice: [1, 2]}, {choice: [3, 4, 5]}], b: {choice: [1, 2]}"), 12),
        (with_vars("a: {choice: [1, 2, 3], weights: [1, 0, 2]}"), 2),
        (with_vars("n: 3, a: {int: [1, $(n * 4)], times: $n}"), 12**3),
        ("nasbench201", 15_625),
        ("branch_patterns", 1776**3),
        ("regnet", 16**4 * 127**4 * 18**4),
    ],
)
def test_sizes_are_exact(text: str, count: int) -> None:
    found = size_of(Space.load(text))
    assert (found.count, found.exact) == (count, True)
    guess = estimate(Space.load(text), 30)
    assert guess.count is not None
    assert abs(guess.count / count - 1) <= 5 * guess.error + 1e-12


GROW = "blocks: {g: {args: {n: }, body: [{choice: {options: [[relu], [{g: $(n - 1)}, {g: $(n - 1)}]], weights: '$([1, n > 0])'}}]}}"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("net: [{choice: [[relu], [{choice: [[relu], [tanh], [gelu]]}, {conv: {int: [1, 9]}}]]}]", 1 + 3 * 9),
        ("net: [{branch: {paths: {some: [[], [relu], [tanh], [gelu]], count: [2, 3]}, merge: {choice: [add, mean]}}}]", (6 + 4) * 2),
        ("net: [{repeat: {times: {int: [1, 3]}, body: [{choice: [relu, tanh]}]}}]", 2 + 4 + 8),
        (GROW + ", net: [{g: 5}]", 458_330),
        (GROW + ", net: [{g: 5}, {g: 3}, {branch: {paths: [[{g: 1}], [{g: 2}]], merge: add}}]", 458_330 * 26 * 2 * 5),
        ("net: [{skip: {body: [{conv: {choice: [4, 8]}}], shortcut: identity}}]", 1),
        ("blocks: {u: {body: [{conv: {choice: [4, 8, 4]}}]}}, net: [{skip: {body: [u], shortcut: identity}}, u]", 6),
        ("blocks: {u: {args: {n: {choice: [1, 2]}}, body: [relu]}}, net: [u, u, {u: 3}]", 4),
        ("net: [{where: {F: [{choice: [relu, tanh]}]}}, F, F]", 2),
        ("vars: {a: {choice: [1, 2]}}, net: [{choice: [[relu], [{conv: {int: [1, $a]}}]]}]", 2 + 3),
        ("net: [{conv: {int: [4, 512], log: true}}]", 509),
    ],
)
def test_holes_between_steps_are_counted(body: str, count: int) -> None:
    found = size_of(Space.load(f"{{archdsl: 1, input: [4, 8, 8], {body}}}"))
    assert (found.count, found.exact) == (count, True)


def test_a_grammar_is_counted() -> None:
    assert size_of(Space.load("fractal_grammar", set={"fuel": 0})).count == 2 * (3 + 9 + 27) ** 3
    found = size_of(Space.load("fractal_grammar"))
    assert found.exact
    assert str(found).endswith("= 7.40e+96")


def test_a_grammar_without_an_end_is_not_counted() -> None:
    text = "{archdsl: 1, input: [4, 8, 8], blocks: {g: {body: [{choice: [[g, g], [relu]]}]}}, net: [g]}"
    found = size_of(Space.load(text), draws=40)
    assert not found.exact
    assert found.count


def test_what_is_too_much_to_count_is_estimated() -> None:
    body = "vars: {e: {choice: [1, 2, 3, 4, 5, 6], times: 5}}, net: [{conv: '$(sum(e))'}, {choice: [relu, tanh]}]"
    found = size_of(Space.load(f"{{archdsl: 1, input: [4, 8, 8], {body}}}"), draws=20)
    assert (found.count, found.exact, found.error) == (2 * 6**5, False, 0)


def test_settings_leave_less_to_draw() -> None:
    assert size_of(Space.load(with_vars("a: {choice: [1, 2]}, b: {choice: [1, 2, 3]}"), set={"a": 1})).count == 3


def test_a_continuum_has_no_size() -> None:
    assert size_of(Space.load("{archdsl: 1, input: [4, 8, 8], net: [{dropout: {float: [0, 1]}}]}")).count is None
    found = size_of(Space.load(with_vars("a: {float: [0, 1]}")))
    assert (found.count, str(found)) == (None, "a continuum: a `float` without `step` is drawn")


def test_estimates_come_close() -> None:
    text = "{archdsl: 1, input: [3, 8, 8], net: [{choice: [[relu], [{choice: [[relu], [tanh], [gelu]]}, {conv: {int: [1, 9]}}]]}]}"
    found = estimate(Space.load(text), 2_000)
    assert not found.exact
    assert found.count is not None
    assert abs(found.count - 28) < 4 * 28 * found.error
    assert 0 < found.error < 0.05
    assert str(found).startswith("about 2")


def test_an_estimate_counts_subsets_not_their_orders() -> None:
    text = "{archdsl: 1, input: [3, 8, 8], net: [{branch: {paths: {some: [[], [relu], [tanh], [gelu]], count: 2}, merge: add}}]}"
    assert estimate(Space.load(text), 20).count == 6


def test_choices_say_where_they_stand() -> None:
    space = Space.load("fractal_grammar")
    found = {choice.name: choice for choice in space.choices}
    assert list(found) == ["act", "unit.kernel_size", "grow.choice", "grow.times", "grow.merge", "grow.columns", "net.times"]
    assert found["act"].place == "specs/spaces/fractal_grammar.yaml:9"
    assert found["grow.choice"].beside == {"weights": "$([2] + [fuel > 0] * 4)"}
    assert Space.load("nasbench201", set={"e": ["none"] * 6}).choices == []
    addresses = {draw.address.rpartition("|")[2].partition(".")[0] for seed in range(40) for draw in space.draw(seed).draws}
    assert addresses == {choice.address for choice in space.choices}
    assert choices_of(space.document) == space.choices


def test_distributions() -> None:
    assert quantiles([9], (0, 50, 100)) == [9, 9, 9]
    found = distribution_of(Space.load("nasbench201"), 12)
    assert (found.drawn, found.fitting) == (12, 12)
    assert found.quantiles("params")[0] == min(found.values["params"]) >= 73_306
    assert set(found.as_dict()) == {"drawn", "fitting", "distinct", "params", "macs", "paths"}


def test_a_space_of_which_nothing_fits() -> None:
    text = "{archdsl: 1, input: [3, 4, 4], net: [{conv: {out_channels: 3, kernel_size: {choice: [5, 7]}, padding: 0}}]}"
    with pytest.raises(ExpansionError, match="E301"):
        distribution_of(Space.load(text), 5)


def test_plots(tmp_path: Path) -> None:
    found = distribution_of(Space.load("nasbench201"), 5)
    plot(found, "cells", tmp_path / "spread.svg")
    assert "cells: 5 networks" in (tmp_path / "spread.svg").read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["spread.svg"]
    with pytest.raises(TargetError, match="E904"):
        plot(found, "cells", tmp_path / "spread.svg" / "x.svg")
    with pytest.raises(UsageError, match="E723"):
        plot(found, "cells", tmp_path / "spread.txt")
