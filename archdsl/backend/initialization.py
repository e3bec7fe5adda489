"""How parameters start: the statements that set them, for those ops that say so."""

from __future__ import annotations

from math import prod
from typing import Any

from archdsl.errors import Diagnostic, UsageError
from archdsl.ir.graph import Node
from archdsl.ops.fields import Init, Normal

_SCHEMES = {
    "he_fan_in": 'nn.init.kaiming_normal_({0}, mode="fan_in", nonlinearity="relu")',
    "he_fan_out": 'nn.init.kaiming_normal_({0}, mode="fan_out", nonlinearity="relu")',
    "xavier": "nn.init.xavier_uniform_({0})",
    "trunc_normal": "nn.init.trunc_normal_({0}, std=0.02, a=-0.04, b=0.04)",
    "normal": "nn.init.normal_({0}, std=0.01)",
    "zeros": "nn.init.zeros_({0})",
    "ones": "nn.init.ones_({0})",
}


def initialization_lines(node: Node) -> list[str]:
    """Return the statements that start the parameters of a node; none where torch's own start is meant.

    >>> from archdsl.ir.text import parse_graph
    >>> graph = parse_graph('''graph "tiny"
    ... input = input() : vector(3)
    ... fc = linear(input) {"out_features": 2, "init": {"weight": 0.0, "bias": [1, 0]}} : vector(2)
    ... output fc
    ... ''')
    >>> initialization_lines(graph.node("fc"))
    ['nn.init.zeros_(self.fc.weight)', 'self.fc.bias.data.copy_(torch.tensor([1.0, 0.0]))']
    """
    init = getattr(node.op, "init", None)
    if init is None:
        return []
    lines = []
    for name, shape in node.op.parameters(*node.shapes()).items():
        value = _start(init, name)
        if value is not None and value != "torch":
            lines.append(_statement(node, name, shape, value))
    return lines


def _start(init: Init, name: str) -> Any:
    return init.bias if name.rpartition(".")[2] == "bias" else init.weight


def _statement(node: Node, name: str, shape: tuple[int, ...], value: Any) -> str:
    target = f"self.{node.name}.{name}"
    if isinstance(value, str):
        if value in ("he_fan_in", "he_fan_out", "xavier") and len(shape) < 2:
            message = f"`{value}` starts a weight of two or more axes, but `{name}` of `{node.op.name}` has the shape {list(shape)}"
            raise UsageError(Diagnostic("E307", message, node.span, "give it a number, `zeros` or `ones`"))
        return _SCHEMES[value].format(target)
    if isinstance(value, Normal):
        return f"nn.init.normal_({target}, std={value.normal!r})"
    if isinstance(value, tuple):
        if len(value) != prod(shape):
            message = f"`init` lists {len(value)} numbers for `{name}` of `{node.op.name}`, which has {prod(shape)}"
            raise UsageError(Diagnostic("E307", message, node.span))
        reshaped = f".reshape({', '.join(map(str, shape))})" if len(shape) > 1 else ""
        return f"{target}.data.copy_(torch.tensor({list(value)}){reshaped})"
    return f"nn.init.zeros_({target})" if value == 0 else f"nn.init.constant_({target}, {value!r})"
