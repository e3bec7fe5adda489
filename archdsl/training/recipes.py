"""Recipes: how a network is trained, as data that is read and checked like a network."""

from __future__ import annotations

from math import cos, pi
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from archdsl.errors import Diagnostic, SpecError
from archdsl.source import Mapping, Source
from archdsl.spec.declared import OneOf, Piece, bounded, find_declared, read_declared, shipped
from archdsl.training.augmenting import Change

Positive = Annotated[float, bounded("a number above 0", 0, open=True)]
NotNegative = Annotated[float, bounded("a number from 0", 0)]
Share = Annotated[float, bounded("a number from 0 to below 1", 0, 1)]
OpenShare = Annotated[float, bounded("a number between 0 and 1", 0, 1, open=True)]
Count = Annotated[int, bounded("a whole number from 1 to 1,000,000", 1, 1_000_001)]


def _two(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) != 2:
        raise PydanticCustomError("expected", "{wanted}", {"wanted": "two numbers"})
    return values


# --- optimizers ---------------------------------------------------------------------------------------------------------------------------


class Sgd(Piece):
    """Stochastic gradient descent with momentum, Nesterov's unless it is switched off."""

    lr: Positive
    momentum: Share = 0.9
    nesterov: bool = True
    weight_decay: NotNegative = 0.0

    @model_validator(mode="after")
    def _momentum_for_nesterov(self) -> Sgd:
        if self.nesterov and self.momentum == 0:
            raise PydanticCustomError("form", "", {"message": "needs `momentum` above 0, or `nesterov: false`"})
        return self


class RmsProp(Piece):
    """Gradients divided by a running mean of their size."""

    lr: Positive
    alpha: Share = 0.9
    momentum: Share = 0.9
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0


class AdamW(Piece):
    """Adam with decoupled weight decay (arXiv:1711.05101)."""

    lr: Positive
    betas: Annotated[tuple[Share, ...], Field(strict=False), AfterValidator(_two)] = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0


class Optimizer(OneOf):
    """Which optimizer, and its settings. Weights of one axis (norms, biases, scales) are never decayed."""

    sgd: Sgd = Field(None)  # type: ignore[assignment]
    rmsprop: RmsProp = Field(None)  # type: ignore[assignment]
    adamw: AdamW = Field(None)  # type: ignore[assignment]


# --- schedules ----------------------------------------------------------------------------------------------------------------------------


class Warm(Piece):
    """A schedule of the learning rate, with linear warm-up from 0 before it. Times are in epochs, and rates are shares of ``lr``."""

    warmup_epochs: NotNegative = 0.0

    def factor(self, epoch: float, epochs: float) -> float:
        """Return the rate at a time, as a share of ``lr``."""
        if epoch < self.warmup_epochs:
            return epoch / self.warmup_epochs
        return self.after(epoch, epochs)

    def after(self, epoch: float, epochs: float) -> float:
        """Return the rate after the warm-up."""
        return 1.0

    def stretched(self, by: float) -> Any:
        """Return the same curve over a longer or shorter training."""
        return self.model_copy(update={"warmup_epochs": self.warmup_epochs * by})


class Constant(Warm):
    """The same rate throughout."""


class Steps(Warm):
    """The rate is multiplied by ``gamma`` at each of the epochs ``at``."""

    at: Annotated[tuple[Positive, ...], Field(min_length=1, strict=False)]
    gamma: OpenShare = 0.1

    def after(self, epoch: float, epochs: float) -> float:
        return self.gamma ** sum(each <= epoch for each in self.at)

    def stretched(self, by: float) -> Any:
        return super().stretched(by).model_copy(update={"at": tuple(each * by for each in self.at)})


class Cosine(Warm):
    """Half a cosine from 1 to ``final`` (arXiv:1608.03983, without restarts)."""

    final: Share = 0.0

    def after(self, epoch: float, epochs: float) -> float:
        return _half_cosine((epoch - self.warmup_epochs) / (epochs - self.warmup_epochs), 1.0, self.final)


class Halving(Warm):
    """The rate is multiplied by ``gamma`` whenever half of what remains is over: at 1/2, 3/4, 7/8, ... (arXiv:1605.07648), ``times`` times."""

    times: Count = 3
    gamma: OpenShare = 0.1

    def after(self, epoch: float, epochs: float) -> float:
        return self.gamma ** sum(epoch >= epochs * (1 - 0.5**each) for each in range(1, self.times + 1))


class Exponential(Warm):
    """The rate is multiplied by ``gamma`` after ``every`` so many epochs."""

    every: Positive = 1.0
    gamma: OpenShare

    def after(self, epoch: float, epochs: float) -> float:
        return float(self.gamma ** (epoch // self.every))

    def stretched(self, by: float) -> Any:
        return super().stretched(by).model_copy(update={"every": self.every * by})


class OneCycle(Warm):
    """Half a cosine up from ``start`` to 1 over the warm-up, half a cosine down to ``final`` (arXiv:1708.07120; momentum stays)."""

    warmup_epochs: Positive
    start: Share = 0.04
    final: Share = 1e-4

    def factor(self, epoch: float, epochs: float) -> float:
        if epoch < self.warmup_epochs:
            return _half_cosine(epoch / self.warmup_epochs, self.start, 1.0)
        return _half_cosine((epoch - self.warmup_epochs) / (epochs - self.warmup_epochs), 1.0, self.final)


def _half_cosine(share: float, first: float, last: float) -> float:
    return last + (first - last) * (1 + cos(pi * min(share, 1.0))) / 2


class Schedule(OneOf):
    """How the learning rate goes."""

    constant: Constant = Field(None)  # type: ignore[assignment]
    steps: Steps = Field(None)  # type: ignore[assignment]
    cosine: Cosine = Field(None)  # type: ignore[assignment]
    one_cycle: OneCycle = Field(None)  # type: ignore[assignment]
    halving: Halving = Field(None)  # type: ignore[assignment]
    exponential: Exponential = Field(None)  # type: ignore[assignment]

    def stretched(self, by: float) -> Schedule:
        """Return the same curve over a longer or shorter training."""
        return Schedule.model_construct({self.kind}, **{**dict(self), self.kind: self.chosen.stretched(by)})


# --- the recipe ---------------------------------------------------------------------------------------------------------------------------


class GlobalDropPath(Piece):
    """FractalNet's global drop-path: with a chance one column alone is trained, for each sample or batch; in the others paths drop locally.

    The chance of a local drop stands in the network's joins.
    """

    chance: Share = 0.5
    per: Literal["sample", "batch"] = "sample"


class Recipe(Piece):
    """How a network is trained.

    Attributes:
        epochs: Passes over the training images.
        batch_size: Images per step, on all devices together.
        label_smoothing: Share of the target that is spread over all classes (arXiv:1512.00567).
        clip: Largest norm of the gradient; longer ones are scaled down to it.
        final_weight_decay: Where the optimizer's weight decay goes by half a cosine; it stays without it.
        ema: Decay per step of the moving average of the weights, which is then what is evaluated and kept.
        augment: How images are changed before each step, in this order.
        mixup: The parameter of the Beta distribution by which images are mixed (arXiv:1710.09412).
        cutmix: The same for boxes of images (arXiv:1905.04899); with both, each batch draws one of them.
        global_drop_path: FractalNet's, for networks with joins (arXiv:1605.07648).
        aux: The weight of the losses of auxiliary classifiers: of all outputs but the last (arXiv:1409.4842).
        stochastic_depth: The chance to leave out the last block; it grows evenly with the depth, in place of the document's own chances.
    """

    recipe: Literal[1]
    name: str = "recipe"
    about: str = ""
    cite: str = ""
    epochs: Count
    batch_size: Count
    optimizer: Optimizer
    schedule: Schedule = Field(default_factory=lambda: Schedule(constant=Constant()))
    label_smoothing: Share = 0.0
    clip: Positive | None = None
    final_weight_decay: NotNegative | None = None
    ema: OpenShare | None = None
    augment: Annotated[tuple[Change, ...], Field(strict=False)] = ()
    mixup: Positive | None = None
    cutmix: Positive | None = None
    global_drop_path: GlobalDropPath | None = None
    aux: NotNegative = 0.3
    stochastic_depth: OpenShare | None = None

    def lasting(self, epochs: int) -> Recipe:
        """Return the recipe for another number of epochs; its schedule is stretched."""
        if epochs == self.epochs:
            return self
        return self.model_copy(update={"epochs": epochs, "schedule": self.schedule.stretched(epochs / self.epochs)})

    def rate(self, epoch: float) -> float:
        """Return the learning rate at a time in epochs."""
        return float(self.optimizer.chosen.lr * self.schedule.chosen.factor(epoch, self.epochs))

    def decay(self, epoch: float) -> float:
        """Return the weight decay at a time in epochs."""
        first = float(self.optimizer.chosen.weight_decay)
        return first if self.final_weight_decay is None else _half_cosine(epoch / self.epochs, first, self.final_weight_decay)

    def as_dict(self) -> dict[str, Any]:
        """Return the recipe as plain data that reads back."""
        data = self.model_dump()
        data["optimizer"] = {self.optimizer.kind: data["optimizer"][self.optimizer.kind]}
        data["schedule"] = {self.schedule.kind: data["schedule"][self.schedule.kind]}
        data["augment"] = [{each.kind: row[each.kind]} for each, row in zip(self.augment, data["augment"])]
        return data


def load_recipe(recipe: str | Path | Recipe | None, data: str = "digits") -> Recipe:
    """Return a recipe by its name, its path or its text; without one, ``digits`` for the digits and ``cosine`` for other data.

    Raises:
        UsageError: If there is no such recipe.
        SourceError: If it is not strict YAML.
        SpecError: With every violation of the grammar.

    >>> load_recipe("cosine").rate(2.5)
    0.05
    """
    if isinstance(recipe, Recipe):
        return recipe
    if recipe is None:
        recipe = "digits" if data == "digits" else "cosine"
    return read_recipe(find_declared(str(recipe), "recipes", "E806", "recipe"))


def read_recipe(source: Source) -> Recipe:
    """Read a recipe."""
    recipe, raw = read_declared(source, Recipe, "a recipe", "a recipe starts with `recipe: 1`")
    _check_times(recipe, raw)
    return recipe


def _check_times(recipe: Recipe, raw: Any) -> None:
    """Raise :class:`SpecError` when the schedule reaches beyond the last epoch."""
    for name, time in late_times(recipe).items():
        written: Mapping = raw["schedule"][recipe.schedule.kind]
        message = f"`{name}` reaches epoch {time:g}, and the recipe ends after {recipe.epochs}"
        raise SpecError(Diagnostic("E103", message, written.places[name].span()))


def late_times(recipe: Recipe) -> dict[str, float]:
    """Return the times of a schedule, by name, that the recipe ends before."""
    schedule = recipe.schedule.chosen
    times = {"warmup_epochs": schedule.warmup_epochs, "at": max(getattr(schedule, "at", (0,)))}
    return {name: time for name, time in times.items() if time >= recipe.epochs}


def shipped_recipes() -> dict[str, Path]:
    """Return the recipes that are shipped, by name."""
    return shipped("recipes")
