"""The evaluations by name, each with its first objective."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.principles.metrics import METRICS
from archdsl.searching.evaluation.base import Evaluate
from archdsl.searching.evaluation.costs import by_cost
from archdsl.searching.evaluation.table import table_evaluation
from archdsl.searching.settings import Settings

PROXIES = ("synflow", "naswot", "grad_norm", "snip", "jacob_cov", "zen")


def _trained(settings: Settings) -> Evaluate:
    made: Evaluate = import_module("archdsl.searching.evaluation.training").training_evaluation(settings)  # torch takes seconds to import
    return made


def _proxied(settings: Settings) -> Evaluate:
    made: Evaluate = import_module("archdsl.searching.evaluation.proxies").proxy_evaluation(settings)
    return made


EVALUATIONS: dict[str, tuple[str, Callable[[Settings], Evaluate]]] = {
    "cost": ("params", lambda settings: by_cost),
    **{name: (name, _proxied) for name in PROXIES},
    "train": ("error", _trained),
    "table": ("error", lambda settings: table_evaluation(Path(settings.table))),
}
"""Adding an evaluation is a file with its function and a line here."""


def default_objective(name: str) -> str:
    """Return what an evaluation is about; raise :class:`UsageError` if there is none of that name."""
    if name == "function":
        return "value"
    if name not in EVALUATIONS:
        help = did_you_mean(name, EVALUATIONS) or "one of " + ", ".join(f"`{each}`" for each in EVALUATIONS)
        raise UsageError(Diagnostic("E970", f"there is no evaluation `{name}`", None, help))
    return EVALUATIONS[name][0]


ALWAYS = ("params", "macs", "activations", "latency")
"""What is measured of every network, besides the metrics of principles."""


OWN: dict[str, tuple[str, ...]] = {"cost": (), "train": ("error", "accuracy", "loss"), **dict.fromkeys(PROXIES, PROXIES)}
"""What else an evaluation measures: a proxy any other that is asked for. A table or a function may measure anything."""


def check_objectives(evaluation: str, names: Iterable[str]) -> None:
    """Raise :class:`UsageError` for an objective that an evaluation never measures."""
    if evaluation not in OWN:
        return
    known = (*OWN[evaluation], *ALWAYS)
    for name in names:
        if name not in known and name not in METRICS:
            help = f"it measures {', '.join(f'`{each}`' for each in known)} and the metrics of principles"
            raise UsageError(Diagnostic("E973", f"`{evaluation}` does not measure `{name}`", None, help))


def make_evaluation(settings: Settings) -> Evaluate:
    """Return the evaluation of a study, with all that it needs."""
    return EVALUATIONS[settings.evaluate][1](settings)
