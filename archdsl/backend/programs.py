"""Networks as programs for other runtimes: torch's own ``.pt2`` and ONNX. The first axis of every value, the batch, may have any size."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from archdsl.backend.compiling import compile_architecture
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture

SAMPLES = 2
"""The batch that a program is recorded with; with a batch of one its axis would be taken for a constant."""


def export_pt2(architecture: Architecture, weights: Mapping[str, Any] | None = None, *, seed: int = 0) -> bytes:
    """Return the content of a ``.pt2`` file, which ``torch.export.load`` reads: the network in evaluation, with its weights.

    Args:
        architecture: The network.
        weights: The state dict of a module that :func:`archdsl.compile` gave; fresh weights without it.
        seed: What fresh weights are drawn from.

    Raises:
        UsageError: If the document has several networks, the weights are of another one, or torch cannot record it.
    """
    program = _program(architecture, weights, seed)
    content = io.BytesIO()
    with _recording(architecture, "export"):
        torch.export.save(program, content)
    return content.getvalue()


def export_onnx(architecture: Architecture, weights: Mapping[str, Any] | None = None, *, seed: int = 0) -> bytes:
    """Return the content of an ``.onnx`` file: the network in evaluation, with its weights; inputs have the names of the document.

    The arguments are those of :func:`export_pt2`.

    Raises:
        UsageError: If the document has several networks, the weights are of another one, or it cannot be written as ONNX.
        ModuleNotFoundError: If ``onnx`` or ``onnxscript`` is missing.
    """
    import onnx  # noqa: PLC0415 (needed by the exporter, too, which says so less clearly)
    import onnxscript  # noqa: F401, PLC0415

    program = _program(architecture, weights, seed)
    names = [node.name for node in architecture.graph.inputs]
    with _recording(architecture, "write as ONNX"):
        made = torch.onnx.export(program, dynamo=True, verbose=False, input_names=names)
        assert made is not None
        content: bytes = made.model_proto.SerializeToString()
        onnx.checker.check_model(content)
    return content


def _program(architecture: Architecture, weights: Mapping[str, Any] | None, seed: int) -> Any:
    graph = architecture.graph
    module = compile_architecture(architecture, seed=seed).eval()
    if weights is not None:
        _load(module, weights, architecture.name)
    kinds = {"index": torch.long}
    samples = tuple(torch.zeros(SAMPLES, *node.shape.dims, dtype=kinds.get(node.shape.kind)) for node in graph.inputs)
    batches = tuple({0: torch.export.Dim.DYNAMIC} for _ in samples)
    with _recording(architecture, "export"):
        return torch.export.export(module, samples, dynamic_shapes=batches, strict=False)


def _load(module: nn.Module, weights: Mapping[str, Any], name: str) -> None:
    try:
        module.load_state_dict(dict(weights))
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise UsageError(Diagnostic("E705", f"the weights are not those of `{name}`", None, None, (first,))) from None


@contextmanager
def _recording(architecture: Architecture, what: str) -> Iterator[None]:
    """Say in one line what torch cannot do; it warns of much that nobody who exports can change."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ModuleNotFoundError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        message = f"torch cannot {what} `{architecture.name}`"
        raise UsageError(Diagnostic("E705", message, None, "`--to python` writes what any torch runs", (lines[0].strip(),))) from error
