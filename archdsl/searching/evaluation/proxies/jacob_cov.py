"""The covariance of the Jacobian (arXiv:2006.04647, first version)."""

from __future__ import annotations

import torch

from archdsl.searching.evaluation.proxies.base import Subject

SMALL = 1e-5


def jacob_cov(subject: Subject) -> float:
    """Return how little alike the gradients with respect to different images are: less where their correlation has small eigenvalues."""
    images = subject.images.requires_grad_()
    subject.module()(images).sum().backward()
    assert images.grad is not None
    values = torch.linalg.eigvalsh(torch.corrcoef(images.grad.flatten(1).double()))
    return -float((torch.log(values.clamp(min=0) + SMALL) + 1 / (values.clamp(min=0) + SMALL)).sum())
