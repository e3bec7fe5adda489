"""What a document expects of its networks."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, WrapValidator

from archdsl.errors import Span, SpecError
from archdsl.source import Mapping
from archdsl.spec.expressions import is_expression
from archdsl.spec.pieces import Node, Value, build, defined, made, span_at, wanted
from archdsl.spec.reading import Reading
from archdsl.spec.values import as_validation_error


class Bound(Node):
    """A range that a count must lie in."""

    title: ClassVar[str] = "a range of counts"

    min: Value = Field(None, description="The smallest number that is right.")
    max: Value = Field(None, description="The largest number that is right.")


def _count(raw: Any, handler: Any, info: ValidationInfo) -> Any:
    if isinstance(raw, dict):
        context: Any = info.context
        return read_bound(raw, context)
    if isinstance(raw, bool) or not (isinstance(raw, (int, float)) or is_expression(raw)):
        raise wanted("a whole number, or `{min: , max: }`", raw)
    return handler(raw)


def read_bound(raw: Any, reading: Reading) -> Bound:
    """Read the bounds of a count."""
    try:
        return build(Bound, raw, reading)  # type: ignore[no-any-return]
    except SpecError as error:
        raise as_validation_error(error) from None


Count = Annotated[Value, WrapValidator(_count), defined("count")]
"""A number, or its bounds."""


class Expect(Node):
    """Invariants of a network; ``check`` fails when they do not hold."""

    params: Count = Field(None, description="Trainable scalars; shared weights count once, running statistics never.")
    weights: Count = Field(None, description="Trainable scalars without biases and norms.")
    macs: Count = Field(None, description="Multiply-adds of convolutions, linear layers and matrix products, for one sample.")
    flops: Count = Field(None, description="Floating-point operations: twice `macs`.")
    activations: Count = Field(None, description="Scalars in the outputs of convolutions, linear layers and attention, for one sample.")
    nodes: Count = Field(None, description="Nodes of the expanded graph, inputs among them.")
    output: Value = Field(None, description="The shape of the output, without the batch: `[1000]`.")
    networks: dict[str, "Expect"] = Field(default_factory=dict, description="The same for each of several networks, by name.")

    def key_span(self, name: str) -> Span | None:
        """Return the place of a key."""
        return self.raw.key_place(name).span() if isinstance(self.raw, Mapping) and name in self.raw else None

    def network_span(self, name: str) -> Span | None:
        """Return the place of a network's name."""
        written = self.raw.get("networks") if isinstance(self.raw, Mapping) else None
        return span_at(written.key_place(name)) if isinstance(written, Mapping) and name in written else None


_COUNTS = frozenset(("params", "weights", "macs", "flops", "activations", "nodes"))


def plain_expect(raw: Any) -> Expect | None:
    """Return expectations that are counts."""
    if type(raw) is not Mapping or not _COUNTS.issuperset(raw) or any(type(value) is not int for value in raw.values()):
        return None
    return made(Expect, raw, **raw)
