"""Attention."""

from typing import ClassVar

from archdsl.ops.base import Family, Op, require
from archdsl.ops.fields import Flag, InitField, Positive, Probability
from archdsl.ops.shape import Shape, ShapeError


class Attention(Op):
    """Multi-head scaled dot-product attention (arXiv:1706.03762): ``softmax(q k^T / sqrt(head_dim) + mask) v`` in every head, then a projection.

    Shape: queries ``(N, C)``, keys ``(M, D)``, values ``(M, E)`` give ``(N, C)``. Keys are the queries and values are the keys unless given.
    ``mask`` is added to the scores, or forbids pairs where it is false if it holds booleans: ``(N, M)``, ``(M,)`` for all queries alike, or a map
    ``(heads, N, M)``; its negative infinities forbid pairs, too. ``head_dim`` is ``C / heads`` unless set.

    Params: for one operand ``qkv`` (queries, keys and values on top of each other) and ``proj``, as ViTs have them; else ``q``, ``k``, ``v`` and
    ``proj``. ``bias`` is about the first, ``out_bias`` about ``proj``.

    Cost: the projections, and ``2 * N * M * heads * head_dim`` MACs for the two products of activations. ``dropout`` acts on the weights after
    softmax, in training only. ``causal`` hides every later token from a query.

    Raises:
        ShapeError: If ``heads`` does not divide ``C`` and ``head_dim`` is not set, keys and values differ in number, or the mask does not fit.
    """

    name: ClassVar[str] = "attention"
    family: ClassVar[Family] = "attention"
    roles: ClassVar[tuple[str, ...]] = ("queries", "keys", "values", "mask")
    optional: ClassVar[int] = 3

    heads: Positive
    head_dim: Positive | None = None
    bias: Flag = True
    out_bias: Flag = True
    dropout: Probability = 0
    causal: Flag = False
    init: InitField = None

    def inner(self, queries: Shape) -> int:
        """Return the width of all heads together."""
        return self.heads * (queries.channels // self.heads if self.head_dim is None else self.head_dim)

    def infer(self, *inputs: Shape) -> Shape:
        queries, *others = inputs
        for shape in inputs[:3]:
            require(shape, self, "tokens")
        if self.head_dim is None and queries.channels % self.heads:
            raise ShapeError(f"`heads` of `attention` is {self.heads}, which does not divide its {queries.channels} channels", help="set `head_dim`")
        if len(others) > 1 and others[0].dims[0] != others[1].dims[0]:
            raise ShapeError(f"`attention` wants as many values as keys, got keys {others[0]} and values {others[1]}")
        if len(others) > 2:
            self._check_mask(others[2], (queries.dims[0], others[0].dims[0]))
        return queries

    def _check_mask(self, mask: Shape, scores: tuple[int, int]) -> None:
        if self.causal:
            raise ShapeError("`attention` takes a mask or `causal: true`, not both", help="hide later tokens in the mask itself")
        fits = (mask.kind in ("tokens", "map") and mask.dims in (scores, (self.heads, *scores), (1, *scores))) or (
            mask.kind in ("vector", "index") and mask.dims == scores[1:]
        )
        if not fits:
            wanted = f"({scores[0]}, {scores[1]}), ({scores[1]}) or ({self.heads}, {scores[0]}, {scores[1]})"
            raise ShapeError(f"the mask of `attention` must have the shape {wanted}, got {mask}")

    def parameters(self, *inputs: Shape) -> dict[str, tuple[int, ...]]:
        inner = self.inner(inputs[0])
        linears = [(name, inner, width) for name, width in zip("qkv", self.widths(inputs))]
        if len(inputs) == 1:
            linears = [("qkv", 3 * inner, inputs[0].channels)]
        found: dict[str, tuple[int, ...]] = {}
        for name, rows, columns in linears:
            found |= {f"{name}.weight": (rows, columns), **({f"{name}.bias": (rows,)} if self.bias else {})}
        out = inputs[0].channels
        return {**found, "proj.weight": (out, inner), **({"proj.bias": (out,)} if self.out_bias else {})}

    def widths(self, inputs: tuple[Shape, ...]) -> tuple[int, int, int]:
        """Return the numbers of channels of queries, keys and values."""
        queries = inputs[0]
        keys = inputs[1] if len(inputs) > 1 else queries
        values = inputs[2] if len(inputs) > 2 else keys
        return queries.channels, keys.channels, values.channels

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        inner, count = self.inner(inputs[0]), inputs[0].dims[0]
        others = inputs[1].dims[0] if len(inputs) > 1 else count
        wide_q, wide_k, wide_v = self.widths(inputs)
        return inner * (count * (wide_q + output.channels) + others * (wide_k + wide_v)) + self.product_macs(inputs, output)

    def product_macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        count = inputs[0].dims[0]
        others = inputs[1].dims[0] if len(inputs) > 1 else count
        return 2 * count * others * self.inner(inputs[0])
