"""SNIP (arXiv:1810.02340)."""

from __future__ import annotations

from archdsl.searching.evaluation.proxies.base import Subject, backward, weights


def snip(subject: Subject) -> float:
    """Return the sum over all weights of ``|weight * gradient|``, for the loss on a batch."""
    return sum(float((each.detach() * each.grad).abs().sum()) for each in weights(backward(subject)) if each.grad is not None)
