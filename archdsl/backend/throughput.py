"""How fast a compiled network runs, beside the same network of another library."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import torch
from torch import nn

from archdsl.backend.compiling import compile_architecture
from archdsl.backend.optimizing import optimize
from archdsl.backend.timing import Ratio, interleaved, ratio
from archdsl.errors import Diagnostic, MissingDependencyError, UsageError, did_you_mean
from archdsl.expansion.architecture import Architecture
from archdsl.ops.shape import Shape


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was measured.

    Attributes:
        name: The network.
        batch: Samples in a batch.
        step: ``forward``, or ``training step``: forward, backward.
        device: Where.
        rounds: How often each was run, interleaved.
        per_second: Samples a second, by who ran: ``archdsl``, and the other library; from the median time.
        beside: Our time as a share of the other's, from pairs.
        noise: The other's time as a share of its own copy's: what is not told apart from 1.
    """

    name: str
    batch: int
    step: str
    device: str
    rounds: int
    per_second: dict[str, float]
    beside: Ratio | None = None
    noise: Ratio | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data."""
        found = {name: getattr(self, name) for name in ("name", "batch", "step", "device", "rounds", "per_second")}
        pairs = {"ratio": self.beside, "noise": self.noise}
        return found | {name: [each.low, each.middle, each.high] for name, each in pairs.items() if each is not None}


def measure_throughput(
    arch: Architecture,
    against: str | None = None,
    other: str | None = None,
    *,
    batch: int = 8,
    train: bool = False,
    rounds: int = 20,
    device: str = "cpu",
    optimized: bool = False,
) -> Throughput:
    """Run a network, or a training step of it, again and again.

    Args:
        arch: The network, of one input.
        against: ``torchvision`` or ``timm``, whose network of that name is run in turn with it.
        other: What the other library calls the network, where that is another name.
        batch: Samples in a batch.
        train: Measure forward and backward instead of forward in evaluation.
        rounds: How often each is run.
        device: Where.
        optimized: Measure what :func:`archdsl.optimize` makes of it.

    Raises:
        UsageError: If the network has several inputs or nothing to train, the device is none, or the other library has no network of that name.
        MissingDependencyError: If the other library is missing or does not load.
    """
    graph = arch.graph
    if len(graph.inputs) != 1:
        raise UsageError(Diagnostic("E706", f"`{arch.name}` has several inputs, and one is measured"))
    if optimized and train:
        raise UsageError(Diagnostic("E706", "an optimized network is not to be trained", None, "leave `--train` or `--optimize` out"))
    if other is not None and against is None:
        raise UsageError(Diagnostic("E706", f"`{other}` is what another library calls the network, and none is named", None, "add `--against timm`"))
    module = compile_architecture(arch)
    if train and not any(True for _ in module.parameters()):
        raise UsageError(Diagnostic("E706", f"`{arch.name}` has no parameters, and nothing to train", None, "leave `--train` out"))
    module = optimize(arch, module) if optimized else module
    modules: dict[str, nn.Module] = {"archdsl": module}
    if against is not None:
        modules[against] = peer_model(against, other or arch.name, graph.outputs[0].shape.channels)
        modules["copy"] = copy.deepcopy(modules[against])
    try:
        samples = _samples(graph.inputs[0].shape, batch, device)
        samples[:1].cpu()  # torch's `meta` would compute nothing, in no time
        runs = {name: _run(each.to(device), samples, train) for name, each in modules.items()}
        seconds = interleaved(runs, rounds)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(Diagnostic("E706", f"cannot run on `{device}`: {str(error).splitlines()[0]}")) from None
    per_second = {name: batch / statistics.median(times) for name, times in seconds.items() if name != "copy"}
    found = Throughput(arch.name, batch, "training step" if train else "forward", device, rounds, per_second)
    if against is None:
        return found
    return replace(found, beside=ratio(seconds["archdsl"], seconds[against]), noise=ratio(seconds[against], seconds["copy"]))


def _samples(shape: Shape, batch: int, device: str) -> torch.Tensor:
    """Return a batch of noise; of indices, which name rows of a table, the first."""
    if shape.kind == "index":
        return torch.zeros(batch, *shape.dims, dtype=torch.long, device=device)
    return torch.randn(batch, *shape.dims, device=device)


def _run(module: nn.Module, samples: torch.Tensor, train: bool) -> Callable[[], None]:
    module.train(train)

    def finish() -> None:
        if samples.is_cuda:
            torch.cuda.synchronize()

    def forward() -> None:
        with torch.inference_mode():
            module(samples)
        finish()

    def step() -> None:
        module.zero_grad()
        found = module(samples)
        outputs = found if isinstance(found, tuple) else tuple(found) if isinstance(found, list) else (found,)
        torch.autograd.backward([each.float().square().mean() for each in outputs])
        finish()

    return step if train else forward


def peer_model(library: str, name: str, classes: int) -> nn.Module:
    """Return the network of another library."""
    try:
        peer = import_module(library)
    except RuntimeError as error:  # its operators are built for another torch
        reason = str(error).splitlines()[0]
        raise MissingDependencyError(Diagnostic("E710", f"`{library}` is installed, but does not load beside this torch: {reason}")) from None
    models = peer.models if library == "torchvision" else peer
    known = models.list_models()
    word = name.replace("-", "_").lower()
    if word not in known:
        help = did_you_mean(word, known) or f"`--as NAME` says what it is called in {library}"
        raise UsageError(Diagnostic("E706", f"{library} has no network `{word}`", None, help))
    made: nn.Module = (models.get_model if library == "torchvision" else models.create_model)(word, num_classes=classes)
    return made
