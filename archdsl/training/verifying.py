"""Is a checkpoint whole? Everything that is read from one is looked at first, since the file may be of anybody and damaged in any way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from math import isfinite
from typing import Any

from torch import Tensor

from archdsl.training.history import Epoch, FeatureEpoch
from archdsl.training.objectives import Roles

Kind = tuple[Callable[[Any], bool], str]
"""Whether a value is of a kind, and what the kind is called."""

LONGEST = 1_000_000
"""How many epochs a recipe may have."""

DEEPEST = 12
"""How deep lists and mappings of plain data may lie in one another: a recipe has four levels."""


def damage(content: Mapping[str, Any]) -> str | None:
    """Return the first thing that is wrong in a checkpoint, None where it is whole; whether the weights are those of the graph is not looked at."""
    return next(_wrong(content), None)


def _wrong(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong; what comes later holds only where nothing was wrong before."""
    yield from _wrong_kinds(content, PARTS, "")
    for part, kinds in WITHIN.items():
        yield from _wrong_kinds(content[part], kinds, f"{part}: ")
    for part in ("network", "recipe", "data", "history"):
        if not _plain(content[part]):
            yield f"its `{part}` holds what is not plain data"
    yield from _wrong_channels(content["data"])
    yield from _wrong_history(content)
    yield from _wrong_objective(content)
    yield from _wrong_middle(content)


def _wrong_kinds(content: Mapping[str, Any], kinds: Mapping[str, Kind], where: str) -> Iterator[str]:
    lacking = [f"`{where}{name}`" for name in kinds if name not in content and name not in LATER]
    if lacking:
        yield "it has no " + ", ".join(lacking)
    for name, (fits, wanted) in kinds.items():
        if not fits(content.get(name)) and not (name in LATER and name not in content):
            yield f"its `{where}{name}` is not {wanted}"


def _wrong_channels(data: Mapping[str, Any]) -> Iterator[str]:
    for name in ("mean", "std"):
        if len(data[name]) != data["shape"][0]:
            yield f"its `data: {name}` has {len(data[name])} values, and its images have {data['shape'][0]} channels"
    if data.get("names") and len(data["names"]) != data["classes"]:
        yield f"its `data: names` has {len(data['names'])} values, and its data have {data['classes']} classes"
    if min(data["std"], default=1) <= 0:
        yield "its `data: std` has a value that is not above 0"


def _wrong_history(content: Mapping[str, Any]) -> Iterator[str]:
    row_type = FeatureEpoch if "objective" in content else Epoch
    names = {each.name for each in fields(row_type)}
    rows, epoch, epochs = content["history"], content["epoch"], content["epochs"]
    if len(rows) != epoch or epoch > epochs:
        yield f"its `history` has {len(rows)} rows, and `epoch` says {epoch} of {epochs}"
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or set(row) != names or not all(map(_is_number, row.values())) or row["epoch"] != number:
            yield f"row {number} of its `history` is not that of an epoch {number}"


def _wrong_objective(content: Mapping[str, Any]) -> Iterator[str]:
    if "objective" not in content:
        return
    roles, graphs = content["objective"], content["network"].get("graphs")
    if not isinstance(roles, dict) or set(roles) != {each.name for each in fields(Roles)}:
        yield "its `objective` does not say who predicts what"
    elif not isinstance(graphs, dict) or not {roles["encoder"], roles["predictor"]} <= set(graphs):
        yield "its `objective` names networks that it does not have"
    elif content["average"] is None:
        yield "it has no average of the encoder"


def _wrong_middle(content: Mapping[str, Any]) -> Iterator[str]:
    if "within" not in content:
        return
    if not isinstance(content["within"], dict):
        yield "its `within` is not a mapping"
    yield from _wrong_kinds(content["within"], MIDDLE, "within: ")


# --- kinds of values, each with what it is called -----------------------------------------------------------------------------------------


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_finite(value: Any) -> bool:
    return _is_number(value) and isfinite(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_weights(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(name, str) and isinstance(each, Tensor) for name, each in value.items())


def _plain(value: Any, depth: int = 0) -> bool:
    """Return whether a value is made of mappings, lists, texts and numbers alone."""
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(isinstance(name, str) and _plain(each, depth + 1) for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return all(_plain(each, depth + 1) for each in value)
    return value is None or isinstance(value, (str, int, float))


COUNT: Kind = (_is_count, "a whole number from 1")
NATURAL: Kind = (lambda value: _is_number(value) and _is_count(value + 1), "a whole number from 0")
TEXT: Kind = (lambda value: isinstance(value, str), "a text")
MAPPING: Kind = (lambda value: isinstance(value, dict), "a mapping")
NUMBERS: Kind = (lambda value: isinstance(value, list) and all(map(_is_finite, value)), "a list of finite numbers")
STATE: Kind = (lambda value: isinstance(value, Tensor) and str(value.dtype) == "torch.uint8", "the state of a generator")

PARTS: dict[str, Kind] = {
    "network": MAPPING,
    "recipe": MAPPING,
    "epochs": (lambda value: _is_count(value) and value <= LONGEST, f"a whole number from 1 to {LONGEST:,}"),
    "data": MAPPING,
    "seed": NATURAL,
    "epoch": NATURAL,
    "history": (lambda value: isinstance(value, list), "a list"),
    "weights": (_is_weights, "tensors by name"),
    "average": (lambda value: value is None or _is_weights(value), "tensors by name"),
    "optimizer": (lambda value: isinstance(value, dict) and isinstance(value.get("state"), dict), "the state of an optimizer"),
}
"""What every checkpoint holds."""

WITHIN: dict[str, dict[str, Kind]] = {
    "network": {"name": TEXT, "graph": TEXT},
    "data": {
        "shape": (lambda value: isinstance(value, list) and len(value) == 3 and all(map(_is_count, value)), "three whole numbers from 1"),
        "classes": COUNT,
        "mean": NUMBERS,
        "std": NUMBERS,
        "largest": (_is_finite, "a finite number"),
        "lowest": (_is_finite, "a finite number"),
        "size": (lambda value: value is None or _is_count(value), "a whole number from 1"),
        "source": (lambda value: value is None or isinstance(value, str), "a text"),
        "names": (lambda value: value is None or _is_texts(value), "a list of texts"),
    },
}
"""What is in two of its parts."""

LATER = ("source", "names", "largest", "lowest")
"""What older checkpoints lack."""

MIDDLE: dict[str, Kind] = {
    "steps": COUNT,
    "seconds": (_is_finite, "a finite number"),
    "sums": (lambda value: isinstance(value, Tensor) and value.shape == (3,), "three sums"),
    "draws": (lambda value: isinstance(value, dict) and STATE[0](value.get("images")) and isinstance(value.get("batch"), tuple), "two generators"),
    "torch": STATE,
    "cuda": (lambda value: value is None or STATE[0](value), STATE[1]),
}
"""What is kept of the middle of an epoch, where a checkpoint is of one."""
