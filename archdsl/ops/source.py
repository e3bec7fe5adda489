"""Ops that bring values of their own: learned ones and tables of positions."""

from math import isqrt
from typing import Annotated, ClassVar, Literal

from archdsl.ops.base import Family, Op, require
from archdsl.ops.fields import Dims, InitField, KindField, Positive, one_of
from archdsl.ops.layout import read_as
from archdsl.ops.shape import Shape, ShapeError


class Parameter(Op):
    """A learned value that takes no input and is the same for all samples, such as the mask token of I-JEPA (arXiv:2301.08243).

    Shape: ``shape``; ``kind`` says how it is read, by default one number as a vector, two as tokens, more as a map.

    Params: as many as ``shape`` holds; they start normally distributed with deviation 0.02, cut at two deviations.
    """

    name: ClassVar[str] = "parameter"
    family: ClassVar[Family] = "source"
    roles: ClassVar[tuple[str, ...]] = ()

    shape: Dims
    kind: KindField | None = None
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        return read_as(self, self.shape, self.kind)

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": self.shape}


class PositionTable(Op):
    """A vector for each of ``n`` positions, which takes no input and is the same for all samples.

    Shape: ``shape`` = ``[n, d]``, tokens. Position ``p`` and frequency ``i`` of ``m`` give the angle ``p / 10000 ** (i / m)``.

    Kinds: ``sincos2d`` is fixed (ViTs without labels: MAE, I-JEPA, arXiv:2301.08243): positions lie on a square grid, row by row; the first half of
    a vector tells the column, the second the row, each half by the sines and then the cosines of ``m = d / 4`` angles. ``sincos`` is fixed
    (arXiv:1706.03762): the sines and then the cosines of ``m = d / 2`` angles. ``learned`` starts like ``parameter`` (arXiv:2010.11929).

    Params: 0 when fixed, ``n * d`` when learned.

    Raises:
        ShapeError: If ``d`` does not hold all the sines and cosines, or ``n`` is not a square for ``sincos2d``.
    """

    name: ClassVar[str] = "position_table"
    family: ClassVar[Family] = "source"
    roles: ClassVar[tuple[str, ...]] = ()

    shape: Dims
    kind: Annotated[Literal["sincos2d", "sincos", "learned"], one_of("sincos2d", "sincos", "learned")] = "sincos2d"
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        if len(self.shape) != 2:
            raise ShapeError(f"`shape` of `position_table` is [n, d], a number of positions and one of features, got {list(self.shape)}")
        count, width = self.shape
        part = {"sincos2d": 4, "sincos": 2, "learned": 1}[self.kind]
        if width % part:
            raise ShapeError(f"`position_table` of `kind: {self.kind}` needs a width that {part} divides, got {width}")
        if self.kind == "sincos2d" and isqrt(count) ** 2 != count:
            message = f"`position_table` of `kind: sincos2d` lays positions on a square grid, but {count} is not a square"
            raise ShapeError(message, help="use `kind: sincos` or `kind: learned`")
        return Shape(self.shape, "tokens")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": self.shape} if self.kind == "learned" else {}


class ClsToken(Op):
    """One learned token put before the sequence (arXiv:1810.04805, arXiv:2010.11929).

    Shape: ``(N, C) -> (N + 1, C)``. Params: ``C``, which start like those of ``parameter``.
    """

    name: ClassVar[str] = "cls_token"
    family: ClassVar[Family] = "source"

    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "tokens")
        return Shape((x.dims[0] + 1, x.dims[1]), "tokens")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (1, inputs[0].channels)}


class Embedding(Op):
    """A learned vector for each of ``num_embeddings`` whole numbers.

    Shape: an index ``(N,) -> (N, embedding_dim)``, tokens. Params: ``num_embeddings * embedding_dim``.

    The numbers must lie between 0 and ``num_embeddings - 1``; torch says so when it meets others.
    """

    name: ClassVar[str] = "embedding"
    family: ClassVar[Family] = "source"

    num_embeddings: Positive
    embedding_dim: Positive
    init: InitField = None

    def infer(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        require(x, self, "index", "vector")
        return Shape((x.dims[0], self.embedding_dim), "tokens")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}
