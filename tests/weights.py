"""Copying weights between a reference module and a compiled one, so that their functions can be compared."""

from __future__ import annotations

import torch
from torch import nn

LAYERS = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d, nn.modules.batchnorm._BatchNorm, nn.Linear, nn.LayerNorm, nn.GroupNorm, nn.PReLU)


def copy_in_state_order(source: nn.Module, target: nn.Module) -> None:
    """Copy a state dict by position; the shapes must agree everywhere."""
    theirs, ours = source.state_dict(), target.state_dict()
    assert [value.shape for value in theirs.values()] == [value.shape for value in ours.values()]
    target.load_state_dict(dict(zip(ours, theirs.values())))


def run_order(model: nn.Module, *inputs: torch.Tensor) -> list[nn.Module]:
    """Return the layers that hold parameters, in the order of their first run."""
    order: list[nn.Module] = []
    layers = [each for each in model.modules() if isinstance(each, LAYERS) and next(each.parameters(), None) is not None]
    hooks = [layer.register_forward_hook(lambda layer, *_: order.append(layer)) for layer in layers]
    with torch.no_grad():
        model(*inputs)
    for hook in hooks:
        hook.remove()
    return list(dict.fromkeys(order))


def copy_in_run_order(source: nn.Module, target: nn.Module, *inputs: torch.Tensor) -> None:
    """Copy weights layer by layer in the order in which the layers run; a 1x1 convolution and a linear layer count as the same."""
    was_training = source.training, target.training
    theirs, ours = run_order(source.eval(), *inputs), run_order(target.eval(), *inputs)
    source.train(was_training[0])
    target.train(was_training[1])
    assert len(theirs) == len(ours), (len(theirs), len(ours))
    for layer, own in zip(theirs, ours):
        wanted, given = own.state_dict(), layer.state_dict()
        assert wanted.keys() == given.keys(), (layer, own)
        own.load_state_dict({key: given[key].reshape(value.shape) for key, value in wanted.items()})
