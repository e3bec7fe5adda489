"""What frozen features are worth: a logistic regression on them, beside the same on those of an untrained encoder and on the pixels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy
import torch
from torch import nn

from archdsl.backend.compiling import compile_graph
from archdsl.errors import Diagnostic, UsageError
from archdsl.extras import missing_dependency
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import check_weights, parse_kept
from archdsl.training.datasets import Dataset
from archdsl.training.prediction import all_tokens

BATCH = 256
STRENGTHS = (0.01, 0.1, 1.0)
"""Inverse strengths of the regression's decay; each regression takes what is best on a fifth of its training images."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Accuracies (shares of 1) of logistic regressions.

    Attributes:
        accuracy: On the mean token of the average encoder, after training.
        random: On that of the encoder as it was before training.
        pixels: On the pixels.
        train: How many training images they had.
        test: On how many test images they were measured.
        data: What the images are called.
    """

    accuracy: float
    random: float
    pixels: float
    train: int
    test: int
    data: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return asdict(self)


def probe(saved: dict[str, Any], dataset: Dataset, *, train: int = 3000, test: int = 2000, device: Any = "cpu") -> Probe:
    """Probe a checkpoint of an encoder whose features were predicted, on the first images of a data set.

    Raises:
        MissingDependencyError: If scikit-learn is not installed.
    """
    first, trained = rebuild_encoders(saved)
    accuracy, random, pixels = (probe_encoder(each, saved, dataset, train=train, test=test, device=device) for each in (trained, first, None))
    return Probe(accuracy, random, pixels, len(dataset.y_train[:train]), len(dataset.y_test[:test]), dataset.name)


def probe_encoder(
    encoder: nn.Module | None, saved: dict[str, Any], dataset: Dataset, *, train: int = 3000, test: int = 2000, device: Any = "cpu"
) -> float:
    """Return the accuracy of a regression on the features of one encoder, without an encoder on the pixels."""
    fitted, measured = (dataset.x_train[:train], dataset.y_train[:train]), (dataset.x_test[:test], dataset.y_test[:test])
    return classify(features(encoder, *fitted, saved, device), fitted[1], features(encoder, *measured, saved, device), measured[1])


def rebuild_encoders(saved: dict[str, Any]) -> tuple[nn.Module, nn.Module]:
    """Return the encoder as it was before the training and as its average is after it, in eval mode."""
    name = saved["objective"]["encoder"]
    graphs = {each: parse_kept(each, text) for each, text in saved["network"]["graphs"].items()}
    check_weights(name, graphs[name], saved["average"])
    made = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(saved["seed"])
        for each, graph in graphs.items():
            made[each] = compile_graph(graph)
        trained = compile_graph(graphs[name])
    trained.load_state_dict(saved["average"])
    _check_tokens(saved, trained)
    return made[name].eval(), trained.eval()


def _check_tokens(saved: dict[str, Any], encoder: nn.Module) -> None:
    """Raise :class:`UsageError` when an encoder does not take the data's images in as many patches as the checkpoint says."""
    try:
        with torch.inference_mode():
            all_tokens(encoder.eval(), torch.zeros(1, *saved["data"]["shape"]), saved["objective"]["side"])
    except Exception as error:  # torch says in many ways that shapes do not fit
        message = f"the checkpoint of `{saved['network']['name']}` is damaged: its encoder does not compute: {str(error).splitlines()[0]}"
        raise UsageError(Diagnostic("E807", message)) from None


@torch.inference_mode()
def features(encoder: nn.Module | None, images: Any, labels: Any, saved: dict[str, Any], device: Any) -> Any:
    """Return ``(n, d)``: the mean token of each image; without an encoder the pixels."""
    batches = Batches(images, labels, BATCH, saved["data"]["mean"], saved["data"]["std"]).to(device)
    if encoder is None:
        found = [part.flatten(1) for part, _ in batches]
    else:
        encoder = encoder.to(device)
        found = [all_tokens(encoder, part, saved["objective"]["side"]).mean(1) for part, _ in batches]
    return torch.cat(found).cpu().numpy()


def classify(x_train: Any, y_train: Any, x_test: Any, y_test: Any) -> float:
    """Return the accuracy on test features of a logistic regression on training features, each brought to mean 0 and deviation 1.

    Where all labels are the same, that class is the answer; fewer than five images leave none to choose the strength by.
    """
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (takes a second, and only probes need it)
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    mean, std = x_train.mean(0), x_train.std(0)
    x_train, x_test = ((each - mean) / numpy.maximum(std, 1e-6) for each in (x_train, x_test))
    kept = len(x_train) - len(x_train) // 5

    def accuracy(strength: float, fitted: Any, measured: Any) -> float:
        if len(numpy.unique(fitted[1])) == 1:
            return float((measured[1] == fitted[1][0]).mean())
        return float(LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(*fitted).score(*measured))

    if kept == len(x_train):
        return accuracy(STRENGTHS[0], (x_train, y_train), (x_test, y_test))
    held_out = {c: accuracy(c, (x_train[:kept], y_train[:kept]), (x_train[kept:], y_train[kept:])) for c in STRENGTHS}
    return accuracy(max(held_out, key=lambda c: held_out[c]), (x_train, y_train), (x_test, y_test))
