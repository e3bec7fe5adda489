"""NASWOT (arXiv:2006.04647)."""

from __future__ import annotations

import torch
from torch import Tensor

from archdsl.searching.evaluation.base import Failure
from archdsl.searching.evaluation.proxies.base import Subject, Watch


def naswot(subject: Subject) -> float:
    """Return the log-determinant of how alike images are by which activations they switch on, summed over all activations.

    Raises:
        Failure: If the network has none.
    """
    kernel = torch.zeros(subject.batch, subject.batch, dtype=torch.float64)

    def seen(x: Tensor) -> None:
        on = (x.flatten(1) > 0).float()
        kernel.add_(on @ on.T + (1 - on) @ (1 - on).T)

    module = subject.module()
    with torch.no_grad(), Watch(seen):
        module(subject.images)
    if not kernel.any():
        raise Failure("`naswot` compares which activations images switch on, and the network has none")
    return float(torch.linalg.slogdet(kernel).logabsdet)
