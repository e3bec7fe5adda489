"""Strategies: they find what is good, go on from what they are told, and change one draw at a time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from archdsl.errors import UsageError
from archdsl.expansion.drawing import Draw, Drawer
from archdsl.searching.strategies.base import Proposal, Strategy, Told, mutate, other_value
from archdsl.searching.strategies.catalogue import STRATEGIES, make_strategy
from archdsl.searching.strategies.ranking import best, dominates, front

Score = Callable[[dict[str, Draw]], tuple[float, ...]]


def tree(proposal: Proposal) -> tuple[Draw, ...]:
    """Draw three levels and a width; the second kind of level has a draw of its own, so that addresses come and go."""
    drawer = Drawer(proposal.seed, dict(proposal.fixed))
    for level in range(3):
        kind = drawer.pick(f"kind.{level}", 4)
        if kind == 1:
            drawer.pick(f"extra.{level}", 3)
    drawer._drawn["width"] = Draw("width", None, proposal.fixed.get("width", drawer.uniform("width")))
    return drawer.draws


def loss(draws: dict[str, Draw]) -> tuple[float, ...]:
    """Return what is least, 0.2, where every level has kind 1 with extra 2 and the width is 0.7."""
    kinds = sum(draws[f"kind.{level}"].value != 1 for level in range(3))
    extras = sum(draws[f"extra.{level}"].value != 2 for level in range(3) if f"extra.{level}" in draws)
    return (0.2 + kinds + 0.3 * extras + abs(draws["width"].value - 0.7),)


def search(strategy: Strategy, seed: int, trials: int, score: Score = loss, told: list[Told] | None = None) -> list[Told]:
    random, found = Random(seed), list(told or ())
    for number in range(len(found), trials):
        proposal = strategy.ask(random, tree)
        draws = tree(proposal)
        found.append(Told(number, draws, score({draw.address: draw for draw in draws}), proposal.parent))
        strategy.tell(found[-1])
    return found


def reached(found: list[Told]) -> float:
    return min(each.losses[0] for each in found if each.losses)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "random"])
def test_every_strategy_beats_chance(name: str) -> None:
    seeds = range(4)
    ours = sum(reached(search(make_strategy(name), seed, 120)) for seed in seeds)
    chance = sum(reached(search(make_strategy("random"), seed, 120)) for seed in seeds)
    assert ours < chance


@pytest.mark.parametrize("name", STRATEGIES)
def test_equal_seeds_ask_the_same(name: str) -> None:
    assert search(make_strategy(name), 3, 40) == search(make_strategy(name), 3, 40)
    assert search(make_strategy(name), 3, 40) != search(make_strategy(name), 4, 40)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "random"])
def test_a_new_strategy_goes_on_from_what_it_is_told(name: str) -> None:
    start = search(make_strategy(name), 0, 60)
    fresh = make_strategy(name)
    for each in start:
        fresh.tell(each)
    later = search(fresh, 1, 120, told=start)[60:]
    chance = [search(make_strategy("random"), seed, 60) for seed in range(5)]
    mean = sum(each.losses[0] for each in later if each.losses) / 60
    assert mean < min(sum(each.losses[0] for each in found if each.losses) / 60 for found in chance)


@pytest.mark.parametrize("name", STRATEGIES)
def test_failures_are_borne(name: str) -> None:
    strategy = make_strategy(name)
    for number in range(30):
        strategy.tell(Told(number, tree(Proposal(number)), None))
    assert tree(strategy.ask(Random(0), tree))


@pytest.mark.parametrize("name", STRATEGIES)
def test_two_objectives_at_once(name: str) -> None:
    def both(draws: dict[str, Draw]) -> tuple[float, ...]:
        return (*loss(draws), float(sum(draw.value or 0 for draw in draws.values())))

    found = search(make_strategy(name), 0, 100, both)
    assert all(len(each.losses or ()) == 2 for each in found)


def test_a_mutation_changes_one_draw() -> None:
    random = Random(0)
    parent = Told(7, tree(Proposal(0)), (1.0,))
    old = {draw.address: draw.value for draw in parent.draws}
    changed = set()
    for _ in range(200):
        child = mutate(random, parent)
        assert child.parent == 7
        differing = [address for address in old if child.fixed[address] != old[address]]
        assert len(differing) == 1
        changed.add(differing[0])
    assert changed == set(old)


def test_other_values_are_equally_likely() -> None:
    random = Random(0)
    counts = [0] * 4
    for _ in range(3000):
        counts[other_value(random, Draw("a", 4, 2))] += 1
    assert counts[2] == 0
    assert all(900 < count < 1100 for count in (counts[0], counts[1], counts[3]))


def test_nothing_to_change_is_no_trap() -> None:
    parent = Told(0, (Draw("only", 1, 0),), (1.0,))
    assert mutate(Random(0), parent).fixed == {"only": 0}


@pytest.mark.parametrize(
    ("losses", "winner"),
    [([(3.0,), (1.0,), (1.0,)], 1), ([(3, 3), (1, 2), (2, 1), (1, 1)], 3), ([(1, 9), (2, 2), (9, 3), (9, 9)], 1)],
)
def test_the_best_is_the_least_dominated(losses: list[tuple[float, ...]], winner: int) -> None:
    assert best([Told(number, (), each) for number, each in enumerate(losses)]).number == winner


def test_an_unknown_strategy_is_named() -> None:
    with pytest.raises(UsageError, match="did you mean `evolution`"):
        make_strategy("evolutoin")


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_nothing_dominates_the_front_and_it_dominates_the_rest(seed: int, width: int) -> None:
    random = Random(seed)
    losses = [tuple(random.choice((*range(6), float("inf"))) for _ in range(width)) for _ in range(40)]
    assert front(losses) == [place for place, own in enumerate(losses) if not any(dominates(other, own) for other in losses)]


def test_fronts_of_two_objectives_take_a_sort() -> None:
    count = 50_000
    assert front([(place, -place) for place in range(count)]) == list(range(count))
