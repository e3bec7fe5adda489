"""Merges of any number of values, and those whose operands have roles.

One value alone is given back as it is, so it is not ``fresh``.
"""

from __future__ import annotations

from archdsl.backend.layers import FreezeDropPath, Join, largest
from archdsl.backend.lowering.base import Lowered, number
from archdsl.ops.merge import Add, Concat, Max, Mean, Mul, Sub
from archdsl.ops.merge import FreezeDropPath as FreezeDropPathOp
from archdsl.ops.merge import Join as JoinOp
from archdsl.ops.routing import Gate, Gather
from archdsl.ops.shape import Shape

_ALONE = Lowered("{0}")


def lower_add(op: Add, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a sum."""
    if len(inputs) == 1:
        return _ALONE
    first, *others = _terms(inputs, output)
    overwrite = first + "".join(f".add_({term})" for term in others) if inputs[0] == output else None
    return Lowered(" + ".join([first, *others]), overwrite=overwrite, fresh=True, broadcasts=True, commutes=_commutes(inputs))


def lower_mul(op: Mul, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a product."""
    if len(inputs) == 1:
        return _ALONE
    return Lowered(" * ".join(_terms(inputs, output)), fresh=True, broadcasts=True)


def lower_sub(op: Sub, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a difference."""
    if len(inputs) == 1:
        return _ALONE
    return Lowered(" - ".join(_terms(inputs, output)), fresh=True, broadcasts=True)


def lower_mean(op: Mean | JoinOp, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a sum, divided."""
    if len(inputs) == 1:
        return _ALONE
    first, *others = _terms(inputs, output)
    overwrite = first + "".join(f".add_({term})" for term in others) + f".div_({len(inputs)})"
    return Lowered(f"({' + '.join([first, *others])}) / {len(inputs)}", overwrite=overwrite, fresh=True, broadcasts=True, commutes=_commutes(inputs))


def lower_max(op: Max, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``torch.maximum``."""
    if len(inputs) == 1:
        return _ALONE
    if len(inputs) == 2:
        return Lowered("torch.maximum({0}, {1})", fresh=True, broadcasts=True)
    return Lowered("largest({all})", uses=(largest,), fresh=True, broadcasts=True)


def lower_concat(op: Concat, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``torch.cat``."""
    if len(inputs) == 1:
        return _ALONE
    return Lowered(f"torch.cat([{{all}}], {op.axis(output) + 1})", fresh=True)


def lower_join(op: JoinOp, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return a mean, or ``Join`` where some values are dropped in training."""
    if len(inputs) == 1 or op.drop_path == 0:
        return lower_mean(op, inputs, output)
    return Lowered("{m}({all})", f"Join({len(inputs)}, {number(op.drop_path)})", uses=(Join,), fresh=True)


def lower_freeze_drop_path(op: FreezeDropPathOp, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``FreezeDropPath`` with the chances of the branches."""
    if len(inputs) == 1:
        return _ALONE
    count = len(inputs)
    chances = {"square": [i * i for i in range(1, count + 1)], "equal": [1] * count, "reversed": [i * i for i in range(count, 0, -1)]}[op.weights]
    return Lowered("{m}({all})", f"FreezeDropPath({', '.join(map(str, chances))})", uses=(FreezeDropPath,), fresh=True)


def lower_gate(op: Gate, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``x + t * (h - x)``."""
    x, h, t = _terms(inputs, output)
    return Lowered(f"{x} + {t} * ({h} - {x})", fresh=True, broadcasts=True)


def _commutes(inputs: tuple[Shape, ...]) -> bool:
    return len(inputs) == 2 and inputs[0] == inputs[1]


def lower_gather(op: Gather, inputs: tuple[Shape, ...], output: Shape) -> Lowered:
    """Return ``gather`` with the index repeated for every channel."""
    return Lowered(f"{{0}}.gather(1, {{1}}.long()[:, :, None].expand(-1, -1, {output.channels}))", fresh=True)


def _terms(inputs: tuple[Shape, ...], output: Shape) -> list[str]:
    """Return the operands, vectors with as many axes as the result."""
    behind = ":, :" + ", None" * len(output.spatial) if output.kind == "map" else ":, None"
    return [f"{{{i}}}[{behind}]" if len(x.dims) < len(output.dims) else f"{{{i}}}" for i, x in enumerate(inputs)]
