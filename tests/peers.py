"""The peers that results are compared with, importable beside a CPU build of torch."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest
import torch

_DECLARED: list[torch.library.Library] = []


def peer(name: str) -> ModuleType:
    """Import torchvision or timm; their wheels expect operators that a CPU build of torch lacks, so declare these first where needed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        pytest.skip(f"{name} is not installed")
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _DECLARED.append(library)
        return importlib.import_module(name)
