"""Colour refinement: what items look like when each knows what leads to it, what follows it and with whom it shares, as far as that goes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

KEPT = 20_000
"""So many forms are remembered."""


class Item(NamedTuple):
    """A node of a stretch, or nodes in a row: what it does, what it takes (-1 is the entry), whether the order matters, and with whom it shares.

    What it does is told by words, or by the place of the words among all that there are in the stretch.
    """

    words: Any
    operands: tuple[int, ...]
    commutes: bool
    sharing: int


class _Refined(NamedTuple):
    """Items with a colour each: those of one colour are not told apart.

    Attributes:
        keys: What each item knows, colours standing for other items.
        colours: The colours.
        users: For each item its users, with the place among their operands; -1 where the order does not matter.
        ends: For each item its places among the outputs.
    """

    keys: list[tuple[object, ...]]
    colours: list[int]
    users: list[list[tuple[int, int]]]
    ends: list[tuple[int, ...]]


@lru_cache(maxsize=KEPT)
def rows_of(items: tuple[Item, ...], outputs: tuple[int, ...]) -> str:
    """Return what items look like, in an order that does not depend on theirs."""
    found = _refine(items, outputs)
    return repr(sorted(zip(found.keys, [item.words for item in items], found.ends)))


def is_settled(items: tuple[Item, ...], outputs: tuple[int, ...]) -> bool:
    """Tell whether items that look like these hang together like these.

    It is so where every item that is not told apart from another one shares with nobody, and takes and gives to none but items that are told apart:
    its looks then say all about it.
    """
    found = _refine(items, outputs)
    alone = [found.colours.count(colour) == 1 for colour in found.colours]
    for number, item in enumerate(items):
        around = [operand for operand in item.operands if operand >= 0] + [user for user, _ in found.users[number]]
        if not alone[number] and (item.sharing or not all(alone[each] for each in around)):
            return False
    return True


def _refine(items: tuple[Item, ...], outputs: tuple[int, ...]) -> _Refined:
    users: list[list[tuple[int, int]]] = [[] for _ in items]
    mates: dict[int, list[int]] = {}
    for number, item in enumerate(items):
        for position, operand in enumerate(item.operands):
            if operand >= 0:
                users[operand].append((number, -1 if item.commutes else position))
        if item.sharing:
            mates.setdefault(item.sharing, []).append(number)
    ends = [tuple(place for place, output in enumerate(outputs) if output == number) for number in range(len(items))]
    keys: list[object] = [(item.words, end, bool(item.sharing)) for item, end in zip(items, ends)]
    colours, count = _ranks(keys), 0
    while True:
        keys = [_key(item, colours, users[number], mates.get(item.sharing, ()), number) for number, item in enumerate(items)]
        before, colours = count, _ranks(keys)
        count = max(colours) + 1
        if count == before or count == len(items):
            break
    last = [_key(item, colours, users[number], mates.get(item.sharing, ()), number) for number, item in enumerate(items)]
    return _Refined(last, colours, users, ends)


def _key(item: Item, colours: list[int], users: list[tuple[int, int]], mates: Sequence[int], number: int) -> tuple[object, ...]:
    above = [colours[operand] if operand >= 0 else -1 for operand in item.operands]
    below = sorted([(colours[user], position) for user, position in users])
    return colours[number], tuple(sorted(above) if item.commutes else above), tuple(below), tuple(sorted([colours[mate] for mate in mates]))


def _ranks(keys: Sequence[object]) -> list[int]:
    """Return for every key its place among the different keys."""
    rank = {key: place for place, key in enumerate(sorted(set(keys)))}  # type: ignore[type-var]
    return [rank[key] for key in keys]
