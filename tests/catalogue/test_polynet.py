"""PolyNet: the released network, what its parts cost, and the algebra of its modules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

import archdsl
from archdsl.analysis.cost import analyze
from tests.catalogue.same_function import assert_same_function, built, scrambled
from tests.reference.polynet import PolyNet


def test_same_function_as_the_reference() -> None:
    torch.manual_seed(0)
    theirs = PolyNet((1, 2, 2), classes=10)
    ours = built("polynet", modules=[1, 2, 2], classes=10)
    for each in ours.modules():
        if isinstance(each, nn.Dropout):
            each.p = 0.0
    assert_same_function(theirs, ours, torch.randn(2, 3, 107, 107))


def test_params_of_the_parts() -> None:
    """The table of parts in the facts: stem, stages, reductions and head, and one module of each kind."""
    by_node = analyze(archdsl.load("polynet")).by_node
    parts = {
        "v4_stem.": 605_728,
        "stage.": 2_759_040,
        "reduction_a.": 2_902_528,
        "stage_2.": 44_112_000,
        "reduction_b.": 3_542_784,
        "stage_3.": 39_395_520,
        "linear": 2_049_000,
        "stage.i0.two_way.": 275_904,
        "stage_2.i0.poly.": 2_065_088,
        "stage_2.i1.two_way.": 2_346_112,
        "stage_3.i0.poly.": 3_857_472,
        "stage_3.i1.two_way.": 4_021_632,
    }
    counted = {part: sum(count.params for name, count in by_node.items() if name.startswith(part)) for part in parts}
    assert counted == parts


SMALL = {"inner": "inner_a", "input": [24, 7, 7]}

F_ALONE = """
archdsl: 1
input: [24, 7, 7]
import: blocks/inception.yaml
net: [inner_a, {conv: 24}, {batch_norm: {eps: 1e-3}}]
"""

Function = Callable[[torch.Tensor], torch.Tensor]
ALGEBRA: dict[str, tuple[int, Callable[..., Function]]] = {
    "poly-2": (1, lambda F: lambda x: x + F(x) + F(F(x))),
    "mpoly-2": (2, lambda F, G: lambda x: x + F(x) + G(F(x))),
    "2-way": (2, lambda F, G: lambda x: x + F(x) + G(x)),
    "poly-3": (1, lambda F: lambda x: x + F(x) + F(F(x)) + F(F(F(x)))),
    "mpoly-3": (3, lambda F, G, H: lambda x: x + F(x) + G(F(x)) + H(G(F(x)))),
    "3-way": (3, lambda F, G, H: lambda x: x + F(x) + G(x) + H(x)),
}


@pytest.mark.parametrize(("name", "letters", "polynomial"), [(name, *rest) for name, rest in ALGEBRA.items()], ids=ALGEBRA)
def test_modules_by_hand(name: str, letters: int, polynomial: Callable[..., Function]) -> None:
    """A module is its polynomial, with as many sets of weights as it has letters."""
    torch.manual_seed(0)
    module = scrambled(built(name, **SMALL)).eval()
    functions = [built(F_ALONE).eval() for _ in range(letters)]
    values = list(module.state_dict().values())
    each = len(values) // letters
    for number, function in enumerate(functions):
        function.load_state_dict(dict(zip(function.state_dict(), values[number * each : (number + 1) * each], strict=True)))
    x = torch.randn(2, 24, 7, 7)
    with torch.no_grad():
        expected = polynomial(*functions)(x).relu()
        torch.testing.assert_close(module(x), expected, rtol=1e-4, atol=1e-4 * float(expected.max()))


@pytest.mark.parametrize(
    ("name", "nested"), [("poly-2", lambda F, x: x + F(x + F(x))), ("poly-3", lambda F, x: x + F(x + F(x + F(x))))], ids=["2", "3"]
)
def test_nested_form_of_a_linear_block(name: str, nested: Callable[[Function, torch.Tensor], torch.Tensor]) -> None:
    """For a linear F the polynomial may be nested: I + F + FF = I + F(I + F). The module's F is linear where no ReLU and no shift is met."""
    torch.manual_seed(0)
    module, linear = built(name, **SMALL).eval(), built(F_ALONE).eval()
    for value in module.state_dict().values():
        value.abs_()
    linear.load_state_dict(dict(zip(linear.state_dict(), module.state_dict().values(), strict=True)))
    x = torch.rand(2, 24, 7, 7)
    with torch.no_grad():
        expected = nested(linear, x).relu()
        torch.testing.assert_close(module(x), expected, rtol=1e-4, atol=1e-4 * float(expected.max()))
