"""Optuna, quiet about what is no news."""

from __future__ import annotations

import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", message="Heartbeat of storage is supposed")  # it is looked after in the ledger
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning, message=".*(heartbeat|fail_stale_trials).*")

__all__ = ["optuna"]
