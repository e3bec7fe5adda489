"""The strategies by name."""

from __future__ import annotations

from collections.abc import Callable

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.searching.strategies.base import Strategy
from archdsl.searching.strategies.evolution import Evolution
from archdsl.searching.strategies.local_search import LocalSearch
from archdsl.searching.strategies.optuna_samplers import Nsga2, Tpe
from archdsl.searching.strategies.random_search import RandomSearch

STRATEGIES: dict[str, Callable[[], Strategy]] = {
    "random": RandomSearch,
    "evolution": Evolution,
    "local": LocalSearch,
    "tpe": Tpe,
    "nsga2": Nsga2,
}
"""Adding a strategy is a file with its class and a line here."""


def make_strategy(name: str) -> Strategy:
    """Return a new strategy; raise :class:`UsageError` if there is none of that name."""
    if name not in STRATEGIES:
        help = did_you_mean(name, STRATEGIES) or "one of " + ", ".join(f"`{each}`" for each in STRATEGIES)
        raise UsageError(Diagnostic("E970", f"there is no strategy `{name}`", None, help))
    return STRATEGIES[name]()
