"""What every op is: fields, a shape rule, parameters and a cost, in one class and without torch."""

from math import prod
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from archdsl.ops.shape import Shape, ShapeError

Family = Literal["conv", "norm", "activation", "pool", "linear", "attention", "merge", "shape", "regularization", "source"]


class Op(BaseModel):
    """One op of the vocabulary. Subclasses are immutable, compare by value and know nothing of torch.

    Class attributes:
        name: The word that documents use.
        family: What it is drawn and grouped as.
        roles: Names of the operands in order. An op with ``variadic`` takes one or more operands of its only role.
        optional: How many of the last roles may be left out.
        commutes: The operands may change places.
        keeps_zero: Operands of zeros give zeros, whatever the fields and parameters are.
        gives_zero: The result is zero, whatever the operands are.

    The first field is the one that a plain value sets: ``conv: 64`` is ``conv: {out_channels: 64}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, protected_namespaces=())

    name: ClassVar[str]
    family: ClassVar[Family]
    roles: ClassVar[tuple[str, ...]] = ("input",)
    variadic: ClassVar[bool] = False
    optional: ClassVar[int] = 0
    commutes: ClassVar[bool] = False
    keeps_zero: ClassVar[bool] = False
    gives_zero: ClassVar[bool] = False

    def infer(self, *inputs: Shape) -> Shape:
        """Return the output shape; raise :class:`ShapeError` when the operands do not fit."""
        raise NotImplementedError

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        """Return the trainable tensors by name, with torch's names and shapes."""
        return {}

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the multiply-adds of convolutions, linear layers and matrix products for one sample."""
        return 0

    def product_macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the part of :meth:`macs` that multiplies two activations (attention); the rest multiplies weights."""
        return 0

    def is_identity(self, *inputs: Shape) -> bool:
        """Tell whether the op gives its only operand back as it is, in training too."""
        return False

    def count_params(self, *inputs: Shape) -> int:
        """Return the number of trainable scalars."""
        return sum(prod(shape) for shape in self.parameters(*inputs).values())

    def changed(self) -> dict[str, object]:
        """Return the fields that differ from their defaults, and the required ones, in order of declaration."""
        fields = type(self).model_fields
        values = {name: getattr(self, name) for name in fields}
        return {name: value for name, value in values.items() if fields[name].is_required() or value != fields[name].get_default()}

    @classmethod
    def first_field(cls) -> str | None:
        """Return the name of the field that a plain value sets."""
        return next(iter(cls.model_fields), None)


def check_operands(op: type[Op] | Op, count: int) -> None:
    """Raise :class:`ShapeError` when an op is given the wrong number of operands.

    >>> from archdsl.ops.catalogue import OPS
    >>> check_operands(OPS["relu"], 2)
    Traceback (most recent call last):
    ...
    archdsl.ops.shape.ShapeError: `relu` takes 1 value, got 2
    """
    if op.variadic:
        if count == 0:
            raise ShapeError(f"`{op.name}` takes at least 1 value, got 0")
        return
    most = len(op.roles)
    least = most - op.optional
    if least <= count <= most:
        return
    wanted = str(most) if least == most else f"{least} to {most}"
    if most == 0:
        raise ShapeError(f"`{op.name}` takes no value, got {count}")
    plural = "" if wanted == "1" else "s"
    names = "" if most <= 1 else f" ({', '.join(op.roles)})"
    raise ShapeError(f"`{op.name}` takes {wanted} value{plural}{names}, got {count}")


def require(shape: Shape, op: Op, *kinds: str) -> None:
    """Raise :class:`ShapeError` unless the operand is of one of the kinds that the op works on."""
    if shape.kind in kinds:
        return
    *others, last = (_KIND_WORDS[kind] for kind in kinds)
    wanted = f"{', '.join(others)} or {last}" if others else last
    raise ShapeError(f"`{op.name}` works on {wanted}, got {_KIND_WORDS[shape.kind]} {shape}", help=_conversion(shape.kind, kinds))


DENSE = ("map", "tokens", "vector")
"""The kinds whose values are real numbers."""

_KIND_WORDS = {"map": "a map (C, H, W)", "tokens": "tokens (N, C)", "vector": "a vector (C)", "index": "an index (N)"}


def _conversion(kind: str, wanted: tuple[str, ...]) -> str | None:
    if kind == "index":
        return "put `embedding` before it, or pick tokens with `gather`"
    if kind == "map" and "vector" in wanted:
        return "put `global_avg_pool` or `flatten` before it"
    if kind == "vector" and wanted == ("tokens",):
        return "`to_tokens` makes tokens of a map, where `flatten` and pools make a vector"
    if kind == "map" and "tokens" in wanted:
        return "put `to_tokens` before it"
    if kind == "tokens" and wanted == ("vector",):
        return "put `global_avg_pool` or `flatten` before it"
    if kind == "tokens" and "map" in wanted:
        declared = "a shape of two numbers is read as tokens (N, C); a one-dimensional map is declared as `{shape: [C, L], kind: map}`"
        return f"put `to_map` before it; {declared}"
    if kind != "index" and wanted == ("index",):
        return "declare an input of whole numbers as `{shape: [N], kind: index}`"
    return None


def require_axis(op: Op, shape: Shape, axis: int) -> None:
    """Raise :class:`ShapeError` unless ``axis`` counts an axis of one sample."""
    if axis >= len(shape.dims):
        axes = "axis 0" if len(shape.dims) == 1 else f"axes 0 to {len(shape.dims) - 1}"
        raise ShapeError(f"`dim` of `{op.name}` is {axis}, but a value of shape {shape} has {axes}")
