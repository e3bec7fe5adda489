"""Draw the pictures of `rendering.md`, as `python docs/make.py --pictures` does too. Graphviz or pygraphviz is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import archdsl
from archdsl.rendering import render_pair

FOLDER = Path(__file__).parent / "pictures" / "rendering"

PICTURES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "default": ("resnet50", {}, {}),
    "dense": ("densenet121", {}, {}),
    "split": ("res2net50-26w-4s", {}, {}),
    "paths": ("resnext", {"form": "aggregated"}, {"label": "paper", "zoom": "aggregated"}),
    "fractal": ("fractalnet-40", {}, {}),
    "valley": ("attention-unet", {}, {}),
    "branches": ("googlenet", {}, {"block": "inception"}),
    "depth": ("resnet50", {}, {"depth": 2}),
    "expand": ("resnet50", {}, {"expand": "stage0*"}),
    "zoom": ("inception-v4", {}, {"zoom": "inception_a"}),
    "no-fuse": ("resnet50", {}, {"block": "stage1.i0.bottleneck", "fuse": False}),
    "lr": ("resnet50", {}, {"direction": "lr"}),
    "shapes": ("resnet50", {}, {"shapes": "all", "zoom": ""}),
    "paper": ("resnet50", {}, {"label": "paper", "block": "bottleneck"}),
    "macs": ("resnet50", {}, {"color": "macs"}),
    "dark": ("densenet121", {}, {"theme": "dark"}),
    "print": ("resnet50", {}, {"theme": "print", "block": "bottleneck"}),
}
"""Name of the file: network, settings, options."""


def main() -> None:
    """Draw every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (network, settings, options) in PICTURES.items():
        archdsl.render(archdsl.load(network, set=settings), FOLDER / f"{name}.svg", **options)
    space = archdsl.load(FOLDER.parents[2] / "specs" / "spaces" / "nasbench201.yaml", seed=5)
    archdsl.render(space, FOLDER / "cell.svg", block="searched")
    blocks = archdsl.load("resnet50"), archdsl.load("resnext50-32x4d", form="aggregated")
    render_pair(*blocks, FOLDER / "pair.svg", ("bottleneck", "aggregated"))
    render_pair(archdsl.load("resnet50"), archdsl.load("convnext-tiny"), FOLDER / "pair-nets.svg")


if __name__ == "__main__":
    main()
