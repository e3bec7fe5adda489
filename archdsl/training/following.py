"""A moving average of the weights of a network that is trained."""

from __future__ import annotations

from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from archdsl.training.sharding import own_share


def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Take in the weights after a step, all of them at once: ``average += (1 - decay) * (weights - average)``; spread ones share by share."""
    means, weights = ([own_share(each) for each in of.parameters()] for of in (average, network))
    get_ema_multi_avg_fn(decay)(means, weights, 1)  # type: ignore[no-untyped-call]
