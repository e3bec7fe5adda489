"""The norm of the gradient (arXiv:2101.08134)."""

from __future__ import annotations

from archdsl.searching.evaluation.proxies.base import Subject, backward, weights


def grad_norm(subject: Subject) -> float:
    """Return the sum of the Euclidean norms of the gradients of all weights, for the loss on a batch."""
    return sum(float(each.grad.norm()) for each in weights(backward(subject)) if each.grad is not None)
