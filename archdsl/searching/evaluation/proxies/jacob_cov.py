"""The covariance of the Jacobian (arXiv:2006.04647, first version)."""

from __future__ import annotations

import torch

from archdsl.searching.evaluation.base import Failure
from archdsl.searching.evaluation.proxies.base import Subject

SMALL = 1e-5


def jacob_cov(subject: Subject) -> float:
    """Return how little alike the gradients with respect to different images are: less where their correlation has small eigenvalues.

    Raises:
        Failure: If an image has the same gradient at every pixel, as where all activations are dead: there is no correlation. If images are indices.
    """
    images = subject.images
    if not images.is_floating_point():
        raise Failure("`jacob_cov` compares gradients of images, and indices have none")
    images.requires_grad_()
    subject.module()(images).sum().backward()
    assert images.grad is not None
    gradients = images.grad.flatten(1).double()
    if not (gradients.std(1) > 0).all():
        raise Failure("`jacob_cov` compares gradients of images, and one is the same at every pixel")
    values = torch.linalg.eigvalsh(torch.corrcoef(gradients))
    return -float((torch.log(values.clamp(min=0) + SMALL) + 1 / (values.clamp(min=0) + SMALL)).sum())
