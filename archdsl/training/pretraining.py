"""Training without labels, for a document's objective: encoder and predictor are trained, and their features probed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archdsl.backend.compiling import compile_graph
from archdsl.training.augmentation import Alteration
from archdsl.training.batches import Batches
from archdsl.training.evaluation import BATCH
from archdsl.training.history import FeatureEpoch
from archdsl.training.loop import carry_out
from archdsl.training.objectives import Roles, check_objective, without_slice
from archdsl.training.plan import Plan
from archdsl.training.prediction import FeaturePrediction
from archdsl.training.probing import Probe, probe, rebuild_encoders
from archdsl.training.progress import FeatureDisplay, Screen
from archdsl.training.rand_augment import Units
from archdsl.training.recorder import FeatureRecorder

TESTED = 1024
"""On how many test images the loss and the deviation of features are measured after each epoch."""


@dataclass(frozen=True, slots=True)
class Pretraining:
    """A training without labels that is done.

    Attributes:
        name: Of the networks.
        history: One row per epoch.
        checkpoint: ``last.pt`` in ``out``; None for a run without files.
        out: The folder with the checkpoint, ``history.csv`` and ``curve.png``, or None.
        model: The average of the encoder, in eval mode.
        probe: What its features are worth.
        rank: Which of several processes this is.
    """

    name: str
    history: tuple[FeatureEpoch, ...]
    checkpoint: Path | None
    out: Path | None
    model: nn.Module = field(repr=False)
    probe: Probe
    rank: int = 0

    @property
    def accuracy(self) -> float:
        """That of the probe."""
        return self.probe.accuracy

    @property
    def seconds(self) -> float:
        """How long the epochs took, together."""
        return sum(each.seconds for each in self.history)

    def as_dict(self) -> dict[str, Any]:
        """Return what was reached, as plain data."""
        last = self.history[-1]
        return {
            "name": self.name,
            "accuracy": self.accuracy,
            "probe": self.probe.as_dict(),
            "loss": last.test_loss,
            "deviation": last.deviation,
            "epochs": len(self.history),
            "seconds": round(self.seconds, 3),
            "checkpoint": str(self.checkpoint) if self.checkpoint else None,
            "out": str(self.out) if self.out else None,
        }


def run_objective(plan: Plan, saved: dict[str, Any] | None) -> Pretraining:
    """Train as planned, from the beginning or from a checkpoint, and probe the features."""
    done = carry_out(plan, saved, FeatureEpoch, _prepare)
    model = rebuild_encoders(done.saved)[1]
    return Pretraining(plan.architecture.name, done.history, plan.files.last, plan.out, model, probe(done.saved, plan.dataset), done.rank)


def _prepare(plan: Plan, saved: dict[str, Any] | None, history: list[Any]) -> tuple[FeaturePrediction, FeatureRecorder]:
    data, recipe, options = plan.dataset, plan.stretched, plan.options
    alter = Alteration(recipe.augment, None, None, data.classes, Units.of(data.mean, data.std, data.lowest, data.largest))
    train = Batches(data.x_train, data.y_train, recipe.batch_size, data.mean, data.std, seed=options.seed, alter=alter, fresh=data.fresh)
    test = Batches(data.x_test[:TESTED], data.y_test[:TESTED], BATCH, data.mean, data.std)
    roles = check_objective(plan.architecture)
    task = FeaturePrediction(build_networks(plan, roles), roles, recipe, train, len(history))
    display = FeatureDisplay(Screen(quiet=not options.progress), recipe.epochs, len(train), len(history))
    recorder = FeatureRecorder(plan, (train, test), history, saved, display)
    recorder.facts["objective"] = asdict(roles)
    return task, recorder


def build_networks(plan: Plan, roles: Roles) -> nn.ModuleDict:
    """Return encoder and predictor, which gives all its tokens."""
    torch.manual_seed(plan.options.seed)
    graphs = plan.architecture.graphs
    return nn.ModuleDict({name: compile_graph(without_slice(graph) if name == roles.predictor else graph) for name, graph in graphs.items()})
