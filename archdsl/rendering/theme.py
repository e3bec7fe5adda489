"""Colors: a pale fill and a dark border for every family, and scales for costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from archdsl.rendering.options import ThemeName


@dataclass(frozen=True, slots=True)
class Theme:
    """The colors of a picture.

    Attributes:
        paper: The background.
        ink: Text and the borders of merges.
        line: Lines between boxes.
        faint: Shapes at lines and notes.
        skip: Ways around.
        accent: Borders of panels, badges.
        panel: The background of panels.
        families: Fill and border of every family.
        cold: The fill of what costs nothing, when the fill means cost.
        hot: The fill of what costs all.
    """

    paper: str
    ink: str
    line: str
    faint: str
    skip: str
    accent: str
    panel: str
    families: dict[str, tuple[str, str]]
    cold: str
    hot: str


LIGHT: Final = Theme(
    paper="#FFFFFF",
    ink="#222222",
    line="#555555",
    faint="#666666",
    skip="#C0504D",
    accent="#5B8C4A",
    panel="#F6FAF3",
    families={
        "conv": ("#CFE2F3", "#3D6E99"),
        "norm": ("#E6E0F0", "#7A6A99"),
        "activation": ("#FCE5CD", "#B07A3A"),
        "pool": ("#F4CCCC", "#A65E5E"),
        "linear": ("#D9D2E9", "#6A5496"),
        "attention": ("#D0E8E4", "#3F8478"),
        "merge": ("#FFFFFF", "#222222"),
        "bar": ("#FFF2CC", "#A58A2A"),
        "shape": ("#F1ECE2", "#8A7B5C"),
        "regularization": ("#ECECEC", "#8A8A8A"),
        "source": ("#E8EEDC", "#7B8A55"),
        "block": ("#D9EAD3", "#5B8C4A"),
        "io": ("#EEEEEE", "#888888"),
    },
    cold="#FFFFFF",
    hot="#E8603C",
)

DARK: Final = Theme(
    paper="#16191D",
    ink="#E6E6E6",
    line="#A9B0B8",
    faint="#9AA3AD",
    skip="#F0857F",
    accent="#7FBF6A",
    panel="#1D2320",
    families={
        "conv": ("#1F3A52", "#7FB2DE"),
        "norm": ("#352E47", "#A999CF"),
        "activation": ("#4A3420", "#DDA868"),
        "pool": ("#4A2626", "#DB8E8E"),
        "linear": ("#332A4D", "#A48FDB"),
        "attention": ("#1B413B", "#6FC2B3"),
        "merge": ("#16191D", "#E6E6E6"),
        "bar": ("#453A14", "#D9BC55"),
        "shape": ("#36322A", "#B3A37F"),
        "regularization": ("#303030", "#A5A5A5"),
        "source": ("#2F3721", "#A9BC7C"),
        "block": ("#22391C", "#86C173"),
        "io": ("#2B2F34", "#9AA0A6"),
    },
    cold="#1D2126",
    hot="#C8452A",
)

_PLAIN: Final = ("#FFFFFF", "#000000")

PRINT: Final = Theme(
    paper="#FFFFFF",
    ink="#000000",
    line="#000000",
    faint="#333333",
    skip="#000000",
    accent="#000000",
    panel="#FFFFFF",
    families=dict.fromkeys(LIGHT.families, _PLAIN),
    cold="#FFFFFF",
    hot="#9A9A9A",
)

THEMES: Final[dict[ThemeName, Theme]] = {"light": LIGHT, "dark": DARK, "print": PRINT}


def mix(cold: str, hot: str, share: float) -> str:
    """Return the color at a share of the way from one to another; the scale is a square root, so that small shares can be told apart.

    >>> mix("#FFFFFF", "#000000", 0.25)
    '#808080'
    """
    way = max(0.0, min(1.0, share)) ** 0.5
    parts = [(int(cold[at : at + 2], 16), int(hot[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * way):02X}" for low, high in parts)
