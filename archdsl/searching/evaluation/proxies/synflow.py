"""SynFlow (arXiv:2006.05467)."""

from __future__ import annotations

from math import inf, log10

import torch

from archdsl.searching.evaluation.proxies.base import Subject, weights


def synflow(subject: Subject) -> float:
    """Return the logarithm of the synaptic flow: the sum of weight times gradient for an image of ones, all weights taken as positive.

    Norms have their running statistics at the start, and so change nothing.
    """
    module = subject.module().double().eval()
    with torch.no_grad():
        for each in module.parameters():
            each.abs_()
    module(subject.one.double()).sum().backward()
    flow = sum(float((each.detach() * each.grad).sum()) for each in weights(module) if each.grad is not None)
    return log10(flow) if flow > 0 else -inf
