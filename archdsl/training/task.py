"""Classification of images, as Lightning runs it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.training.batches import Batches
from archdsl.training.engine import lightning
from archdsl.training.fitness import answer
from archdsl.training.following import follow
from archdsl.training.optimizers import build_optimizer, set_rates
from archdsl.training.paths import Columns, check_paths, deepen_drops
from archdsl.training.recipes import Recipe
from archdsl.training.sharding import shard, share_buffers
from archdsl.training.tally import Tally


class Average:
    """A moving average of a network's weights: ``average += (1 - decay) * (weights - average)`` after each step.

    The decay starts low, ``(1 + step) / (10 + step)``, so that short runs are not held back by where they began.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        follow(self.network, network, min(self.decay, (1 + step) / (10 + step)))

    @torch.no_grad()
    def take_buffers(self, network: nn.Module) -> None:
        """Copy the running statistics, which are not averaged again; only an evaluation and a checkpoint need them."""
        for kept, new in zip(self.network.buffers(), network.buffers()):
            kept.copy_(new)


class Classification(lightning.LightningModule):  # type: ignore[misc]
    """Trains a network ``(N, C, H, W) -> (N, classes)`` by a recipe.

    Attributes:
        network: What is trained.
        average: The moving average of its weights, where the recipe asks for one; it is then what is evaluated.
        first_epoch: How many epochs were trained before, in the run that is resumed.
        steps: Batches per epoch.
        sharded: Whether the weights are spread over the processes.
        on_step: Called after each step with the number of steps that the epoch has behind it.

    Raises:
        UsageError: If the recipe drops paths of a network that has none to drop.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, batches: Batches, first_epoch: int = 0, *, sharded: bool = False) -> None:
        super().__init__()
        self.sharded = sharded
        check_paths(network, recipe)
        if recipe.stochastic_depth is not None:
            deepen_drops(network, recipe.stochastic_depth)
        self.columns = Columns(network, recipe.global_drop_path) if recipe.global_drop_path is not None else None
        self.batches = batches
        self.network = network
        self.recipe = recipe
        self.average = Average(network, recipe.ema) if recipe.ema else None
        self.steps = len(batches)
        self.first_epoch = first_epoch
        self.loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
        self.trained, self.tested = Tally(), Tally()
        self.on_step: Callable[[int], None] | None = None

    @property
    def epoch(self) -> int:
        """The running epoch, from 0."""
        return self.first_epoch + int(self.current_epoch)

    def step_number(self, batch: int) -> int:
        """Return the number of a step in the whole training, from 0."""
        return self.epoch * self.steps + batch

    def rate_at(self, batch: int) -> float:
        """Return the learning rate of a step: what the schedule has in its middle."""
        return self.recipe.rate((self.step_number(batch) + 0.5) / self.steps)

    def configure_model(self) -> None:
        if self.sharded:
            for network in (self.network, *((self.average.network,) if self.average is not None else ())):
                shard(network, self.device_mesh["data_parallel"])
            self.sharded = False
        elif self.trainer.strategy.root_device.type == "cuda":  # its convolutions read the channels of a pixel together
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return build_optimizer(self.network, self.recipe)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        optimizer = self.optimizers()
        optimizer.zero_grad()
        set_rates(optimizer, self.recipe, (self.step_number(batch_idx) + 0.5) / self.steps)

    def optimizer_zero_grad(self, *_: Any) -> None:
        """Do nothing between the forward and the backward pass: the last gradients are gone before the forward pass, which takes their memory."""

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, labels = batch
        if self.columns is not None:
            self.columns.draw(len(images), images.device)
        outputs = self.network(images)
        logits = answer(outputs)
        loss = self.loss(logits, labels)
        if isinstance(outputs, tuple):
            loss = loss + self.recipe.aux * sum(self.loss(each, labels) for each in outputs[:-1])
        self.trained.add(loss, logits.detach(), labels)
        return loss if self.batches.world == 1 else loss * self.batches.share(batch_idx)  # type: ignore[no-any-return]

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        if batch is None:
            return
        if self.average is not None:
            self.average.update(self.network, self.step_number(batch_idx))
        if self.on_step is not None:
            self.on_step(batch_idx + 1)

    def on_validation_start(self) -> None:
        if self.columns is not None:
            self.columns.clear()
        if self.average is not None:
            self.average.take_buffers(self.network)
        if self.batches.world > 1:
            share_buffers(self.network)
            if self.average is not None:
                share_buffers(self.average.network)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        logits = answer((self.average.network if self.average is not None else self.network)(images))
        self.tested.add(nn.functional.cross_entropy(logits, labels), logits, labels)

    def on_fit_start(self) -> None:
        if self.average is not None:
            self.average.network.to(self.device)
