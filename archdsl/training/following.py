"""A moving average of the weights of a network that is trained."""

from __future__ import annotations

from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Take in the weights after a step, all of them at once: ``average += (1 - decay) * (weights - average)``."""
    get_ema_multi_avg_fn(decay)(list(average.parameters()), list(network.parameters()), 1)  # type: ignore[no-untyped-call]
