"""Metrics of what helps training: norms beside layers, and noise that only training has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.ir.graph import Node
from archdsl.principles.facts import Facts, Measured, share_of

RATES = ("p", "drop_path", "dropout")
"""The fields that say with what probability training drops something."""


def normalized_share(facts: Facts) -> Measured:
    """Return the share of the weighted layers with a norm straight before or behind them.

    >>> import archdsl
    >>> normalized_share(Facts(archdsl.load("resnet50").graph)).detail
    '53 of 54'
    """
    normed = {node for node in facts.layers if facts.before(node, _is_norm) or facts.after(node, _is_norm)}
    return share_of(normed, facts.layers, next((node for node in facts.layers if node not in normed), None))


def _is_norm(node: Node) -> bool:
    return node.op.family == "norm"


def noise_nodes(facts: Facts) -> Measured:
    """Return how many nodes drop something in training only: dropout, drop path, joins that drop."""
    rates = {node: _rate(node) for node in facts.nodes if _rate(node)}
    strongest = max(rates, key=rates.__getitem__, default=None)
    return Measured(len(rates), strongest, f"at most {rates[strongest]:g}" if strongest else "")


def noise_rate(facts: Facts) -> Measured:
    """Return the largest probability with which training drops something."""
    return Measured(max((_rate(node) for node in facts.nodes), default=0.0))


def measure_recipe(recipe: Mapping[str, Any]) -> dict[str, Measured]:
    """Return what is measured of a recipe as plain data.

    >>> measure_recipe({"augment": [{"flip": 0.5}, {"shift": 4}]})["augmentations"].detail
    'flip, shift'
    """
    changes = recipe.get("augment") or ()
    names = [each if isinstance(each, str) else next(iter(each)) for each in changes]
    return {"augmentations": Measured(len(names), None, ", ".join(names))}


def _rate(node: Node) -> float:
    if node.op.name == "freeze_drop_path":
        return 1.0
    if node.op.family not in ("regularization", "merge", "attention"):
        return 0.0
    return max((float(getattr(node.op, field, 0)) for field in RATES if field in type(node.op).model_fields), default=0.0)
