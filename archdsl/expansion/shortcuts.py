"""The ways around the body of a skip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.errors import did_you_mean
from archdsl.expansion.evaluation import span_of
from archdsl.expansion.state import Frame, Poison, Poisoned, Wrong
from archdsl.ir.graph import Group, Node
from archdsl.ops.shape import Shape
from archdsl.spec.nodes import SHORTCUTS, MergeOp, SkipStep
from archdsl.spec.reading import describe

if TYPE_CHECKING:
    from archdsl.expansion.walk import Walk


def make_shortcut(walk: Walk, step: SkipStep, value: Node, result: Any, frame: Frame) -> Any:
    """Return the value that goes around the body, built as ``shortcut`` says."""
    written = step.skip.shortcut
    group = Group("shortcut", "shortcut", frame.prefix, frame.group, place=step.place)
    inner = frame.path(frame.prefix, group, frame.address + "/shortcut")
    if isinstance(written, tuple):
        inner.scope.current = value
        return walk.body(written, value, inner._replace(prefix=walk.builder.unique(frame.prefix + "shortcut") + ".")) if written else value
    if isinstance(result, Poison):
        raise Poisoned
    word = walk.value(written, inner)
    if not isinstance(word, str) or word not in SHORTCUTS:
        wanted = ", ".join(f"`{each}`" for each in SHORTCUTS)
        help = did_you_mean(str(word), SHORTCUTS)
        raise Wrong("E103", f"`shortcut` must be {wanted}, got {describe(word)}", span_of(written, step.skip.at("shortcut")), help)
    if word == "auto":
        word = "identity" if value.shape == result.shape or _joins_channels(step) else "project"
    elif word == "identity" and value.shape != result.shape and not _joins_channels(step):
        notes = (f"the body leads from {value.shape} to {result.shape}",)
        message = "an identity skip goes around a body that changes the shape"
        raise Wrong("E303", message, span_of(written, step.skip.at("shortcut")), "use `shortcut: auto` or `shortcut: project`", notes)
    return _RULES[word](walk, step, value, result, inner)


def _span(step: SkipStep) -> Any:
    return step.place.span() if step.place else None


def _joins_channels(step: SkipStep) -> bool:
    return isinstance(step.skip.merge, MergeOp) and step.skip.merge.name == "concat"


def _identity(walk: Walk, step: SkipStep, value: Node, result: Node, frame: Frame) -> Node:
    return value


def _project(walk: Walk, step: SkipStep, value: Node, result: Node, frame: Frame) -> Node:
    strides = _strides(step, value.shape, result.shape)
    frame = frame._replace(prefix=walk.builder.unique(frame.prefix + "shortcut") + ".")
    return _conv_and_norm(walk, step, value, result, strides, frame)


def _conv_and_norm(walk: Walk, step: SkipStep, value: Node, result: Node, strides: tuple[int, ...], frame: Frame) -> Node:
    conv = walk.op("conv", out_channels=result.shape.channels, stride=strides)
    made = walk.builder.add(conv, (value,), frame, None, step.place)
    return walk.builder.add(walk.op("batch_norm"), (made,), frame, None, step.place)


def _pad(walk: Walk, step: SkipStep, value: Node, result: Node, frame: Frame) -> Node:
    """Option A of He et al. (arXiv:1512.03385): every stride-th position, and channels of zeros behind."""
    strides = _strides(step, value.shape, result.shape)
    missing = result.shape.channels - value.shape.channels
    if missing < 0:
        message = f"`shortcut: pad` adds channels, but the body goes from {value.shape.channels} to {result.shape.channels}"
        raise Wrong("E304", message, _span(step), "use `shortcut: project`")
    frame = frame._replace(prefix=walk.builder.unique(frame.prefix + "shortcut") + ".")
    if any(stride > 1 for stride in strides):
        value = walk.builder.add(walk.op("subsample", stride=strides), (value,), frame, None, step.place)
    return walk.builder.add(walk.op("pad", channels=missing), (value,), frame, None, step.place) if missing else value


def _pool_project(walk: Walk, step: SkipStep, value: Node, result: Node, frame: Frame) -> Node:
    """ResNet-D (arXiv:1812.01187): average over the stride, then a convolution of stride 1."""
    strides = _strides(step, value.shape, result.shape)
    frame = frame._replace(prefix=walk.builder.unique(frame.prefix + "shortcut") + ".")
    if any(stride > 1 for stride in strides):
        pool = walk.op("avg_pool", kernel_size=strides, stride=strides, ceil_mode=True, count_include_pad=False)
        value = walk.builder.add(pool, (value,), frame, None, step.place)
    return _conv_and_norm(walk, step, value, result, (1,) * len(strides), frame)


_RULES = {"identity": _identity, "project": _project, "pad": _pad, "pool_project": _pool_project}


def _strides(step: SkipStep, start: Shape, end: Shape) -> tuple[int, ...]:
    """Return the stride with which a 1x1 window leads from one map to another."""
    notes = (f"the body leads from {start} to {end}",)
    if start.kind != "map" or end.kind != "map" or len(start.spatial) != len(end.spatial):
        help = "give `shortcut` a list of steps, such as `[{linear: ...}]`"
        raise Wrong("E304", "only maps can be projected by themselves", _span(step), help, notes)
    strides = tuple(-(-before // after) for before, after in zip(start.spatial, end.spatial))
    if any(-(-before // stride) != after for before, after, stride in zip(start.spatial, end.spatial, strides)):
        help = "pad the body's convolutions so that it keeps the size or divides it, or give `shortcut` a list of steps"
        raise Wrong("E304", "no stride leads around this body", _span(step), help, notes)
    return strides
