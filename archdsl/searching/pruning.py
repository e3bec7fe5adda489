"""Which trainings are stopped before their end, by Optuna's pruners."""

from __future__ import annotations

from collections.abc import Callable

from archdsl.errors import Diagnostic, UsageError, did_you_mean
from archdsl.searching.engine import optuna
from archdsl.searching.settings import Settings

PRUNERS: dict[str, Callable[[int], optuna.pruners.BasePruner]] = {
    "none": lambda epochs: optuna.pruners.NopPruner(),
    "halving": lambda epochs: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
    "hyperband": lambda epochs: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=max(epochs, 1), reduction_factor=3),
    "median": lambda epochs: optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
}
"""By name, with the number of epochs: asynchronous successive halving (arXiv:1810.05934), Hyperband (arXiv:1603.06560), worse than the median."""


def make_pruner(settings: Settings) -> optuna.pruners.BasePruner:
    """Return the pruner of a study; raise :class:`UsageError` if there is none of that name."""
    if settings.prune not in PRUNERS:
        help = did_you_mean(settings.prune, PRUNERS) or "one of " + ", ".join(f"`{each}`" for each in PRUNERS)
        raise UsageError(Diagnostic("E970", f"there is no way `{settings.prune}` to stop trainings early", None, help))
    epochs = settings.epochs or int((settings.recipe or {}).get("epochs", 1))
    return PRUNERS[settings.prune](epochs)
