"""Merges whose operands have roles: a gate, and picking by an index."""

from typing import ClassVar

from archdsl.ops.base import Family, Op, require
from archdsl.ops.merge import lifted, unequal
from archdsl.ops.shape import Shape


class Gate(Op):
    """Highway gate (arXiv:1505.00387): ``x * (1 - t) + h * t``, where ``t`` is the transform gate, between 0 and 1.

    Shape: ``x`` and ``h`` are equal, and so is the result; ``t`` is equal, or a vector, or has axes of size 1.

    Raises:
        ShapeError: If the shapes differ.
    """

    name: ClassVar[str] = "gate"
    family: ClassVar[Family] = "merge"
    roles: ClassVar[tuple[str, ...]] = ("x", "h", "t")

    def infer(self, *inputs: Shape) -> Shape:
        x, h, t = inputs
        dims = lifted(t, x)
        if x != h or dims is None or any(gate not in (1, size) for gate, size in zip(dims, x.dims)):
            raise unequal(self, inputs)
        return x


class Gather(Op):
    """The tokens that an index points at, in its order (the visible patches of I-JEPA, arXiv:2301.08243).

    Shape: values ``(N, C)`` and an index ``(K,)`` give ``(K, C)``. The index holds whole numbers from 0 to ``N - 1``, for each sample its own.

    Raises:
        ShapeError: If the values are not tokens, or the index has more than one axis.
    """

    name: ClassVar[str] = "gather"
    family: ClassVar[Family] = "merge"
    roles: ClassVar[tuple[str, ...]] = ("values", "index")

    def infer(self, *inputs: Shape) -> Shape:
        values, index = inputs
        require(values, self, "tokens")
        require(index, self, "index", "vector")
        return Shape((index.dims[0], values.dims[1]), "tokens")
