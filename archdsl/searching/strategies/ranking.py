"""Which of several results is better, also where there is more than one objective."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.searching.strategies.base import Told


def dominates(left: Sequence[float], right: Sequence[float]) -> bool:
    """Tell whether the first losses are nowhere greater and somewhere smaller than the second ones.

    >>> dominates((1, 2), (1, 3)), dominates((1, 2), (2, 1)), dominates((1, 2), (1, 2))
    (True, False, False)
    """
    return all(a <= b for a, b in zip(left, right)) and any(a < b for a, b in zip(left, right))


def front(losses: Sequence[Sequence[float]]) -> list[int]:
    """Return the positions of the losses that no other ones dominate.

    In order, only what comes before can dominate; with two objectives, the last of the front so far has the least of the second.

    >>> front([(1, 3), (2, 2), (3, 3), (3, 1)])
    [0, 1, 3]
    """
    found: list[int] = []
    for number in sorted(range(len(losses)), key=lambda place: tuple(losses[place])):
        before = found[-1:] if len(losses[number]) <= 2 else found
        if not any(dominates(losses[other], losses[number]) for other in before):
            found.append(number)
    return sorted(found)


def best(told: Sequence[Told]) -> Told:
    """Return the best of several results: the least dominated one, and of equals the one with the best mean place over the objectives.

    With one objective that is the smallest loss, and of equals the first.
    """
    losses = [each.losses or () for each in told]

    def place(number: int) -> tuple[float, float]:
        own = losses[number]
        places = (sum(other[each] < own[each] for other in losses) for each in range(len(own)))
        return sum(dominates(other, own) for other in losses), sum(places)

    return told[min(range(len(told)), key=place)]
