"""What may be chosen about a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

from archdsl.errors import Diagnostic, UsageError, did_you_mean

Direction = Literal["tb", "lr"]
Shapes = Literal["change", "all", "none"]
LabelStyle = Literal["full", "paper"]
Coloring = Literal["family", "params", "macs"]
ThemeName = Literal["light", "dark", "print"]

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "direction": ("tb", "lr"),
    "shapes": ("change", "all", "none"),
    "label": ("full", "paper"),
    "color": ("family", "params", "macs"),
    "theme": ("light", "dark", "print"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How a picture is drawn.

    Attributes:
        depth: How many levels of blocks stand open in the picture itself; at 1 every block is a box.
        expand: A pattern such as ``stage0*``; blocks whose names match it stand open too.
        zoom: The block whose inside is shown beside the network; by default one of every kind that is not too large, three at most. An empty
            name shows none.
        fuse: Whether a convolution, its norm and its activation are one box.
        direction: From top to bottom, or from left to right.
        shapes: Whether lines say the shape of the value where it changes, always, or never.
        label: What boxes say: ``full`` is ``3×3, 64 · BN · ReLU``; ``paper`` is ``64, 3×3, 64``.
        color: What the fill means: the family of the op, or the share of the parameters or of the multiply-adds.
        theme: The palette: for white paper, for a dark page, or for a printer without colors.
        block: The block to draw instead of the whole network.

    >>> Options(depth=2).direction
    'tb'
    >>> Options(direction="up")
    Traceback (most recent call last):
    ...
    archdsl.errors.UsageError: error[E905]: unknown value `up` of `direction`
      = help: one of `lr`, `tb`
    """

    depth: int = 1
    expand: str | None = None
    zoom: str | None = None
    fuse: bool = True
    direction: Direction = "tb"
    shapes: Shapes = "change"
    label: LabelStyle = "full"
    color: Coloring = "family"
    theme: ThemeName = "light"
    block: str | None = None

    def __post_init__(self) -> None:
        wrong = [_unknown_value(name, getattr(self, name)) for name, known in CHOICES.items() if getattr(self, name) not in known]
        if not isinstance(self.depth, int) or isinstance(self.depth, bool) or self.depth < 1:
            wrong.append(Diagnostic("E905", f"`depth` is a whole number from 1, got `{self.depth}`"))
        if wrong:
            raise UsageError(wrong)


def options_of(given: dict[str, Any], base: Options | None = None) -> Options:
    """Return options by their names, the others as in ``base``; raise :class:`UsageError` for every name that is none.

    >>> options_of({"depth": 2, "colour": "macs"})
    Traceback (most recent call last):
    ...
    archdsl.errors.UsageError: error[E905]: there is no option `colour` of a picture
      = help: did you mean `color`?
    """
    known = [each.name for each in fields(Options)]
    wrong = [Diagnostic("E905", f"there is no option `{name}` of a picture", None, _advice(name, known)) for name in given if name not in known]
    if wrong:
        raise UsageError(wrong)
    return replace(base or Options(), **given)


def _unknown_value(name: str, value: object) -> Diagnostic:
    return Diagnostic("E905", f"unknown value `{value}` of `{name}`", None, _advice(str(value), CHOICES[name]))


def _advice(word: str, known: Iterable[str]) -> str:
    return did_you_mean(word, known) or "one of " + ", ".join(f"`{each}`" for each in sorted(known))
