"""What convolutions and pools share: a window that slides over a map."""

from archdsl.ops.base import Op, require
from archdsl.ops.fields import per_axis
from archdsl.ops.shape import Shape, ShapeError


class Window(Op):
    """Fields and shape arithmetic of everything that slides a window over a map."""

    def axes(self, field: str, shape: Shape) -> tuple[int, ...]:
        """Return a size field spread over the spatial axes of ``shape``; raise :class:`ShapeError` when it lists another number."""
        value = getattr(self, field)
        count = len(shape.dims) - 1
        if isinstance(value, int):
            return (value,) * count
        spread = per_axis(value, count)
        if spread is None:
            axes = "1 spatial axis" if count == 1 else f"{count} spatial axes"
            raise ShapeError(f"`{field}` of `{self.name}` lists {len(value)} numbers, but the map {shape} has {axes}")
        return spread


def require_map(shape: Shape, op: Op) -> None:
    """Raise :class:`ShapeError` unless the operand is a map of one, two or three spatial axes."""
    if shape.kind != "map":
        require(shape, op, "map")
    if not 2 <= len(shape.dims) <= 4:
        raise ShapeError(f"`{op.name}` works on maps of 1 to 3 spatial axes, got {shape}")


def check_reach(op: Op, reach: int, padded: int) -> None:
    """Raise :class:`ShapeError` unless a window that reaches over ``reach`` positions fits on the padded axis."""
    if reach > padded:
        raise ShapeError(
            f"the kernel of `{op.name}` reaches over {reach} positions, but the padded map has {padded}",
            help="use a smaller kernel, more padding, or fewer strides before it",
        )
