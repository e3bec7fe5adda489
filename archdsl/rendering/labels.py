"""What boxes say: every op in the words of a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from archdsl.ir.graph import Node
from archdsl.ops.shape import Shape
from archdsl.rendering.options import LabelStyle

SHORT: Final[dict[str, str]] = {
    "batch_norm": "BN",
    "layer_norm": "LN",
    "group_norm": "GN",
    "instance_norm": "IN",
    "local_response_norm": "LRN",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "hardswish": "h-swish",
    "relu6": "ReLU6",
    "hardsigmoid": "h-sigmoid",
    "mish": "Mish",
    "abs": "|x|",
    "rms_norm": "RMS norm",
    "sigmoid": "σ",
    "tanh": "tanh",
    "softmax": "softmax",
    "to_tokens": "tokens",
    "to_map": "map",
    "global_avg_pool": "global avg-pool",
    "global_max_pool": "global max-pool",
    "zero": "0",
    "grid_sample": "grid sample",
    "channel_shuffle": "shuffle",
    "layer_scale": "layer scale",
    "cls_token": "class token",
}

SIGNS: Final[dict[str, str]] = {
    "add": "+",
    "mul": "×",
    "sub": "−",
    "mean": "μ",
    "join": "μ",
    "max": "max",
    "concat": "C",
    "gate": "gate",
    "freeze_drop_path": "Σ",
}
"""What stands in the circle of a merge."""


def times(sizes: int | tuple[int, ...], axes: int = 2) -> str:
    """Return the extent of a window.

    >>> times(3), times((1, 7)), times(5, 1)
    ('3×3', '1×7', '5')
    """
    return "×".join(map(str, (sizes,) * axes if isinstance(sizes, int) else sizes))


def dims(shape: Shape) -> str:
    """Return a shape as it stands at a line.

    >>> dims(Shape((64, 56, 56)))
    '64×56×56'
    """
    return "×".join(map(str, shape.dims))


def describe(node: Node, style: LabelStyle = "full") -> str:
    """Return what a node says in its box.

    >>> import archdsl
    >>> graph = archdsl.load('''
    ... archdsl: 1
    ... input: [4, 8, 8]
    ... net: [{conv: {out_channels: 8, kernel_size: 3, stride: 2, groups: 2}}, batch_norm, {max_pool: 2}, flatten, {linear: 10}]
    ... ''').graph
    >>> [describe(node) for node in graph.nodes[1:]]
    ['3×3, 8, /2, g=2', 'BN', 'max-pool 2×2, /2', 'flatten', 'fc 10']
    >>> describe(graph.nodes[1], "paper")
    '4, 3×3, 8, /2, g=2'
    """
    writer = _WRITERS.get(node.op.name)
    if writer is not None:
        return writer(node, style)
    return SHORT.get(node.op.name) or node.op.name.replace("_", " ")


def pieces(nodes: tuple[Node, ...], style: LabelStyle = "full") -> str:
    """Return what a box of fused nodes says; the paper's style names only what has weights."""
    if style == "paper":
        nodes = tuple(node for node in nodes if node.op.family in ("conv", "linear", "attention")) or nodes
    return " · ".join(describe(node, style) for node in nodes)


def _conv(node: Node, style: LabelStyle) -> str:
    op: Any = node.op
    before, after = node.inputs[0].shape, node.shape
    words = [times(op.kernel_size, len(after.spatial)), str(after.channels), *_strides(op, "/"), *_extras(op, before)]
    if op.name == "conv_transpose":
        words[2:] = [*_strides(op, "×"), *_extras(op, before)]
        words[0] = f"up {words[0]}"
    elif op.name == "depthwise_conv" or (op.groups > 1 and op.groups == before.channels):
        words[0] = f"dw {words[0]}"
    if style == "paper":
        words.insert(0, str(before.channels))
    return ", ".join(words)


def _strides(op: Any, sign: str) -> list[str]:
    stride = op.stride
    if stride is None or stride == 1 or (isinstance(stride, tuple) and set(stride) == {1}):
        return []
    if isinstance(stride, tuple) and len(set(stride)) == 1:
        stride = stride[0]
    return [sign + (str(stride) if isinstance(stride, int) else times(stride))]


def _extras(op: Any, before: Shape) -> list[str]:
    dilation = getattr(op, "dilation", 1)
    found = [f"d={dilation if isinstance(dilation, int) else times(dilation)}"] if dilation not in (1, (1, 1)) else []
    groups = getattr(op, "groups", 1)
    if groups > 1 and groups != before.channels:
        found.append(f"g={groups}")
    return found


def _pool(node: Node, style: LabelStyle) -> str:
    op: Any = node.op
    word = {"max_pool": "max-pool", "avg_pool": "avg-pool"}.get(op.name, op.name.replace("_", "-"))
    stride = op.kernel_size if op.stride is None else op.stride
    shown = _strides(op.model_copy(update={"stride": stride}), "/")
    return ", ".join([f"{word} {times(op.kernel_size, len(node.shape.spatial))}", *shown])


def _dropout(node: Node, style: LabelStyle) -> str:
    return f"dropout {node.op.p:g}" if hasattr(node.op, "p") else f"dropout {_first(node)}"


def _first(node: Node) -> str:
    field = node.op.first_field()
    value = getattr(node.op, field) if field else ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _worded(words: str) -> Callable[[Node, LabelStyle], str]:
    return lambda node, style: words.format(_first(node))


_WRITERS: Final[dict[str, Callable[[Node, LabelStyle], str]]] = {
    "conv": _conv,
    "depthwise_conv": _conv,
    "conv_transpose": _conv,
    "max_pool": _pool,
    "avg_pool": _pool,
    "lp_pool": _pool,
    "linear": lambda node, style: f"{node.inputs[0].shape.channels}, fc, {node.shape.channels}" if style == "paper" else f"fc {node.shape.channels}",
    "attention": _worded("attention, {} heads"),
    "adaptive_avg_pool": lambda node, style: f"avg-pool → {times(node.shape.spatial)}",
    "dropout": _dropout,
    "drop_path": _worded("drop-path {}"),
    "scale": _worded("× {}"),
    "upsample": lambda node, style: "upsample " + "".join(_strides_of(node)),
    "pad": lambda node, style: (
        f"pad to {node.shape.channels}" if node.shape.spatial == node.inputs[0].shape.spatial else f"pad to {dims(node.shape)}"
    ),
    "subsample": lambda node, style: "subsample " + "".join(_strides(node.op, "/")),
    "split": _worded("split {}"),
    "slice": lambda node, style: f"slice to {node.shape.channels if node.shape.spatial else dims(node.shape)}",
    "parameter": lambda node, style: f"parameter {dims(node.shape)}",
    "position_table": lambda node, style: f"positions {dims(node.shape)}",
    "embedding": lambda node, style: f"embedding {dims(node.shape)}",
    "reshape": lambda node, style: f"reshape {dims(node.shape)}",
}


def _strides_of(node: Node) -> list[str]:
    factor: Any = node.op.scale_factor  # type: ignore[attr-defined]
    if isinstance(factor, tuple) and len(set(factor)) == 1:
        factor = factor[0]
    return ["×" + (str(factor) if isinstance(factor, int) else times(factor))]
