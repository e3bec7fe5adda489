"""One network predicts the features of another (I-JEPA, arXiv:2301.08243), as Lightning runs it."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archdsl.training.batches import Batches, seed_of
from archdsl.training.engine import lightning
from archdsl.training.following import follow
from archdsl.training.masks import Masks, draw_masks
from archdsl.training.objectives import Roles
from archdsl.training.optimizers import build_optimizer, set_rates
from archdsl.training.recipes import Recipe
from archdsl.training.tally import Moments


class Target:
    """The average of an encoder's weights, which is never trained: ``average += (1 - momentum) * (weights - average)`` after each step."""

    def __init__(self, encoder: nn.Module) -> None:
        self.network = deepcopy(encoder).eval().requires_grad_(False)

    @torch.no_grad()
    def follow(self, encoder: nn.Module, momentum: float) -> None:
        """Take in the weights after a step."""
        follow(self.network, encoder, momentum)


def pick(tokens: Tensor, numbers: Tensor) -> Tensor:
    """Return the tokens ``(n, L, d)`` of ``(n, N, d)`` with the numbers ``(n, L)``."""
    return tokens.gather(1, numbers[:, :, None].expand(-1, -1, tokens.shape[2]))


def all_tokens(encoder: nn.Module, images: Tensor, side: int) -> Tensor:
    """Return the tokens of whole images, ``(n, side * side, d)``."""
    tokens: Tensor = encoder(images, torch.arange(side * side, device=images.device).expand(len(images), -1))
    return tokens


class FeaturePrediction(lightning.LightningModule):  # type: ignore[misc]
    """Trains an encoder and a predictor: from the visible patches they tell what the encoder's average makes of hidden blocks.

    Attributes:
        network: Encoder and predictor, by name.
        average: The average of the encoder, whose normalized tokens are what is predicted.
        first_epoch: How many epochs were trained before, in the run that is resumed.
        steps: Batches per epoch.
    """

    def __init__(self, network: nn.ModuleDict, roles: Roles, recipe: Recipe, batches: Batches, first_epoch: int = 0) -> None:
        super().__init__()
        self.network = network
        self.roles = roles
        self.recipe = recipe
        self.batches = batches
        self.average = Target(network[roles.encoder])
        self.steps = len(batches)
        self.first_epoch = first_epoch
        self.trained, self.tested = Moments(), Moments()

    @property
    def epoch(self) -> int:
        """The running epoch, from 0."""
        return self.first_epoch + int(self.current_epoch)

    def time(self, batch: int) -> float:
        """Return the time in epochs at the middle of a step."""
        return self.epoch + (batch + 0.5) / self.steps

    def rate_at(self, batch: int) -> float:
        """Return the learning rate of a step."""
        return self.recipe.rate(self.time(batch))

    def momentum_at(self, batch: int) -> float:
        """Return the factor of the average after a step: it rises evenly to 1 over the whole training."""
        done = (self.epoch * self.steps + batch) / (self.recipe.epochs * self.steps)
        return self.roles.momentum + (1 - self.roles.momentum) * done

    def predictions(self, images: Tensor, masks: Masks) -> Tensor:
        """Return what is predicted of the hidden blocks, ``(blocks * n, L, d)``."""
        context = self.network[self.roles.encoder](images, masks.context)
        blocks = len(masks.targets)
        told = self.network[self.roles.predictor](context.repeat(blocks, 1, 1), masks.context.repeat(blocks, 1), masks.targets.flatten(0, 1))
        return told[:, masks.context.shape[1] :]  # type: ignore[no-any-return]

    def targets(self, tokens: Tensor, masks: Masks) -> Tensor:
        """Return what is to be predicted, ``(blocks * n, L, d)``: each token normalized, then cut to the blocks."""
        normalized = F.layer_norm(tokens, tokens.shape[2:])
        return torch.cat([pick(normalized, block) for block in masks.targets])

    def loss(self, told: Tensor, wanted: Tensor) -> Tensor:
        """Return how far predictions are from their targets."""
        if self.roles.loss == "cosine":
            return 1 - F.cosine_similarity(told, wanted, dim=-1).mean()
        return F.mse_loss(told, wanted) if self.roles.loss == "mse" else F.smooth_l1_loss(told, wanted)

    def masks(self, images: int, *parts: int) -> Masks:
        """Return masks that depend on the numbers alone."""
        return draw_masks(images, self.roles.side, Random(seed_of(*parts))).to(self.device)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return build_optimizer(self.network, self.recipe)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        set_rates(self.optimizers(), self.recipe, self.time(batch_idx))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, _ = batch
        masks = self.masks(len(images), self.batches.seed or 0, self.epoch, batch_idx, self.batches.rank)
        with torch.no_grad():
            wanted = self.targets(all_tokens(self.average.network, images, self.roles.side), masks)
        loss = self.loss(self.predictions(images, masks), wanted)
        self.trained.add(loss.detach().expand(len(images), 1))
        return loss if self.batches.world == 1 else loss * self.batches.share(batch_idx)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.average.follow(self.network[self.roles.encoder], self.momentum_at(batch_idx))

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, _ = batch
        masks = self.masks(len(images), batch_idx)
        tokens = all_tokens(self.average.network, images, self.roles.side)
        loss = self.loss(self.predictions(images, masks), self.targets(tokens, masks))
        self.tested.add(torch.cat([loss.expand(len(images), 1), tokens.float().mean(1)], 1))

    def on_fit_start(self) -> None:
        self.average.network.to(self.device)
