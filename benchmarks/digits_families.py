"""How each family of the catalogue is narrowed so that it learns the digits on one core: network, side of the images, settings, recipe, epochs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Family:
    """One row of the table.

    Attributes:
        network: A name of the catalogue.
        settings: What ``--set`` is given; ``input`` and ``classes`` are added where they are not here.
        size: The side to which the images of 8x8 are resized; None leaves them.
        recipe: How it is trained.
        epochs: For how long.
        seed: Of the weights and of everything else that is drawn.
    """

    network: str
    settings: dict[str, Any] = field(default_factory=dict)
    size: int | None = None
    recipe: str = "digits"
    epochs: int = 10
    seed: int = 0


def _adam(network: str, settings: dict[str, Any] | None = None, size: int | None = None, epochs: int = 10) -> Family:
    return Family(network, settings or {}, size, "digits-adamw", epochs)


STAGES = {"depths": [1, 1, 1, 1], "widths": [8, 16, 32, 64]}
WIDE = {"depths": [1, 1, 1, 1], "widths": [32, 64, 128, 256]}
STAGES_OF_GOOGLENET = [[[16, [16, 32], [4, 8], 8]], [[32, [24, 48], [6, 16], 16]], [[64, [32, 64], [8, 32], 32]]]

FAMILIES = (
    Family("all-cnn", {"kernels": [5], "form": "strided", "weight": "he_fan_in"}, 16, "digits-rectified", 40, 35),
    _adam("alexnet", {"widths": [16, 32, 48, 48, 32], "features": 128, "padding": 5}, 64, 80),
    _adam("convnext-tiny", {"depths": [1, 1, 2, 1], "widths": [24, 48, 96, 192]}, 32, 20),
    Family("densenet-cifar", {"depth": 22}, 8),
    Family("densenet121", {"growth": 8, "depths": [2, 2, 2, 2]}, 32),
    Family("dla34", {"channels": [8, 8, 16, 32, 64, 128], "levels": [1, 1, 1, 1, 1, 1]}, 32),
    Family("fractalnet", {"widths": [16, 32, 64], "dropouts": [0, 0, 0.1]}, 8),
    _adam("googlenet", {"stages": STAGES_OF_GOOGLENET}, 32),
    _adam("highway-fc", {"input": [64]}),
    _adam("highway-mnist", epochs=80),
    _adam("highway", {"widths": [12, 16, 24], "depths": [1, 1, 1], "dropout": 0.05}, 32, 16),
    Family("irrcnn", {"momentum": 0.1}, 24, epochs=6),
    _adam("lenet", size=32, epochs=20),
    Family("mobilenet-v1", {"alpha": 0.25}, 32, epochs=16),
    Family("multiresnet-imagenet", {**WIDE, "function": "bottleneck_function"}, 32),
    Family("multiresnet", {"depth": 11, "k": 2}, 8),
    Family("nin", {}, None, "digits-rectified", 40, 17),
    Family("preresnet-cifar", {"depth": 20}, 8),
    Family("preresnet", WIDE, 32),
    Family("res2net", STAGES, 32),
    Family("res2next29", {"cardinality": 2, "base_width": 4}, 8),
    Family("resnet-cifar", size=8),
    Family("resnet-elu", size=8),
    Family("resnet", STAGES, 32),
    Family("resnet8-digits"),
    Family("resnext-cifar", {"cardinality": 2, "d": 8, "widths": [16, 32, 64]}, 8),
    Family("resnext", {**WIDE, "cardinality": 4, "d": 8}, 32),
    Family("ror-pooled", {"depth": 20}, 16, epochs=8),
    Family("ror-preactivated", {"depth": 16, "k": 1}, 8),
    Family("ror", {"depth": 20}, 8),
    Family("senet", {**STAGES, "reduction": 4}, 32),
    Family("smith-topin", {"widths": [8, 16, 16, 32, 32, 32, 32]}, 16, epochs=16),
    _adam("spatial-transformer", {"width": 16, "grid": "affine"}, 42, 8),
    Family("stochastic-depth", {"depth": 20}, 8),
    _adam("vgg16", {"widths": [8, 16, 32, 64, 64], "features": 128, "norm": True}, 32, 16),
    _adam("vit", {"input": [1, 8, 8], "image": 8, "patch": 2, "width": 32, "depth": 3, "heads": 4}, epochs=40),
    Family("wide-resnet-imagenet", {"k": 1, **WIDE, "stem_width": 16}, 32),
    Family("wide-resnet", {"depth": 16, "k": 1}, 8),
    Family("xception", {"middle": 1}, 32, epochs=4),
)

NOT = {
    "ijepa": "predicts features, and has no classes",
    "ijepa-small": "predicts features, and has no classes",
    "inception-resnet": "a giant: it halves images five times without padding, so that they need 75x75, and has no width to narrow",
    "inception-v3": "a giant, like inception-resnet",
    "inception-v4": "a giant, like inception-resnet",
    "mnist-addition": "takes two digits: see [spatial transformers](spatial_transformers.md)",
    "polyinception": "modules of a network, without classes",
    "polynet": "a giant, like inception-resnet",
    "r2unet-small": "gives a map of the image's size",
    "unet": "gives a map of the image's size",
}
"""Families that are left out, and why."""
