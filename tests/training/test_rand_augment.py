"""RandAugment: each operation beside pillow's, how often each is drawn, and that a seed fixes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Generator, Tensor

import archdsl
from archdsl.errors import ArchError
from archdsl.training import rand_augment
from archdsl.training.augmentation import Alteration, augment, erase
from archdsl.training.augmenting import Erase, RandAugment
from archdsl.training.rand_augment import OPERATIONS, Units
from archdsl.training.recipes import load_recipe
from tests.training.networks import TINY

START = "recipe: 1\nname: r\nepochs: 1\nbatch_size: 300\noptimizer: {sgd: {lr: 0.1}}\n"
UNITS = Units.of((100.0, 120.0, 90.0), (50.0, 60.0, 40.0), 0.0, 255.0)
GRAY = (127, 127, 127)


def pixels(seed: int, count: int = 1, channels: int = 3, side: int = 24) -> Tensor:
    """Return smooth images of bytes, ``(n, C, side, side)``, which do not reach from 0 to 255."""
    draw = numpy.random.default_rng(seed)
    small = draw.integers(20, 220, (count, 4, 4, channels), numpy.uint8)
    large = [numpy.asarray(Image.fromarray(each.squeeze()).resize((side, side), Image.Resampling.BILINEAR)) for each in small]
    return torch.from_numpy(numpy.stack(large)).view(count, side, side, channels).permute(0, 3, 1, 2)


def ours(name: str, images: Tensor, level: float, direction: float = 1.0) -> Tensor:
    """Return bytes after one operation."""
    count = len(images)
    fill = torch.full((1, images.shape[1], 1, 1), 127 / 255)
    changed = OPERATIONS[name](images / 255, torch.full((count,), level), torch.full((count,), direction), fill)
    assert changed.shape == images.shape
    return changed * 255


def _affine(*matrix: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=GRAY)


THEIRS: list[tuple[str, float, float, Callable[[Image.Image], Image.Image], float]] = [
    ("identity", 1.0, 1.0, lambda image: image, 0.01),
    ("auto_contrast", 1.0, 1.0, ImageOps.autocontrast, 1.01),
    ("equalize", 1.0, 1.0, ImageOps.equalize, 0.01),
    ("posterize", 1.0, 1.0, lambda image: ImageOps.posterize(image, 4), 0.01),
    ("posterize", 0.5, 1.0, lambda image: ImageOps.posterize(image, 6), 0.01),
    ("solarize", 0.5, 1.0, lambda image: ImageOps.solarize(image, 128), 0.01),
    ("solarize", 0.0, 1.0, lambda image: image, 0.01),
    ("color", 1.0, 1.0, lambda image: ImageEnhance.Color(image).enhance(1.9), 2.0),
    ("color", 1.0, -1.0, lambda image: ImageEnhance.Color(image).enhance(0.1), 2.0),
    ("contrast", 0.5, 1.0, lambda image: ImageEnhance.Contrast(image).enhance(1.45), 1.6),
    ("contrast", 1.0, -1.0, lambda image: ImageEnhance.Contrast(image).enhance(0.1), 1.6),
    ("brightness", 1.0, -1.0, lambda image: ImageEnhance.Brightness(image).enhance(0.1), 1.01),
    ("brightness", 0.2, 1.0, lambda image: ImageEnhance.Brightness(image).enhance(1.18), 1.01),
    ("sharpness", 1.0, 1.0, lambda image: ImageEnhance.Sharpness(image).enhance(1.9), 1.6),
    ("sharpness", 1.0, -1.0, lambda image: ImageEnhance.Sharpness(image).enhance(0.1), 1.6),
    ("rotate", 1.0, 1.0, lambda image: image.rotate(30, Image.Resampling.BILINEAR, fillcolor=GRAY), 1.6),
    ("rotate", 0.5, -1.0, lambda image: image.rotate(-15, Image.Resampling.BILINEAR, fillcolor=GRAY), 1.6),
    ("shear_x", 1.0, 1.0, _affine(1, 0.3, -0.3 * 12, 0, 1, 0), 1.6),
    ("shear_y", 0.5, -1.0, _affine(1, 0, 0, -0.15, 1, 0.15 * 12), 1.6),
    ("translate_x", 1 / 0.45 / 8, 1.0, _affine(1, 0, 3, 0, 1, 0), 0.6),
    ("translate_y", 1 / 0.45 / 4, -1.0, _affine(1, 0, 0, 0, 1, -6), 0.6),
]


@pytest.mark.parametrize(("name", "level", "direction", "theirs", "tolerance"), THEIRS)
def test_operations_are_those_of_pillow(name: str, level: float, direction: float, theirs: Any, tolerance: float) -> None:
    images = pixels(3, 4)
    wanted = torch.stack([torch.from_numpy(numpy.array(theirs(Image.fromarray(each.permute(1, 2, 0).numpy())))).permute(2, 0, 1) for each in images])
    inside = slice(None) if "ea" not in name and "rot" not in name else slice(5, -5)  # pillow leaves the half pixel at a border
    found = ours(name, images, level, direction)[..., inside, inside]
    assert (found - wanted[..., inside, inside].float()).abs().max() <= tolerance


def test_every_operation_is_beside_pillow() -> None:
    assert {name for name, *_ in THEIRS} == set(OPERATIONS)
    assert len(OPERATIONS) == 14


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [1, 2, 7])
def test_operations_take_all_images_and_stay_within_the_range(name: str, channels: int, side: int) -> None:
    images = pixels(5, 3, channels, side) if channels != 2 else pixels(5, 3, 4, side)[:, :2]
    for each in (images, torch.zeros_like(images), torch.full_like(images, 255)):
        for level, direction in ((0.0, 1.0), (1.0, 1.0), (1.0, -1.0)):
            changed = ours(name, each, level, direction)
            assert changed.isfinite().all() and changed.min() >= 0 and changed.max() <= 255.001


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in ("auto_contrast", "equalize")])
def test_level_nought_changes_nothing(name: str) -> None:
    images = pixels(1, 2)
    assert ours(name, images, 0.0) == pytest.approx(images.float(), abs=0.02)


def normalized(images: Tensor) -> Tensor:
    scale, offset = (torch.tensor(each).view(1, 3, 1, 1) for each in (UNITS.scale, UNITS.offset))
    return (images / 255 - offset) / scale


def drawn(images: Tensor, seed: int = 0, **given: Any) -> Tensor:
    return rand_augment.rand_augment(images, RandAugment(**given), Generator().manual_seed(seed), UNITS)


def test_all_operations_are_drawn_equally_often(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, int] = {}

    def counting(name: str) -> Any:
        def count(images: Tensor, *_: Tensor) -> Tensor:
            counts[name] = counts.get(name, 0) + len(images)
            return images

        return count

    monkeypatch.setattr(rand_augment, "OPERATIONS", {name: counting(name) for name in OPERATIONS})
    images = torch.zeros(7000, 3, 1, 1)
    drawn(images, count=2)
    assert sum(counts.values()) == 14_000 and min(counts.values()) > 850 and max(counts.values()) < 1150
    counts.clear()
    drawn(images, count=1, chance=0.5)
    assert 3300 < sum(counts.values()) < 3700


def test_levels_are_those_of_the_strength_with_a_deviation(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[Tensor] = []
    monkeypatch.setattr(rand_augment, "OPERATIONS", {"one": lambda images, level, direction, fill: levels.append(level * direction) or images})
    images = torch.zeros(4000, 3, 1, 1)
    drawn(images, count=1, strength=5.0)
    drawn(images, count=1, strength=5.0, deviation=1.0)
    assert levels[0].abs().unique().tolist() == [0.5] and abs(float(levels[0].mean())) < 0.03
    assert abs(float(levels[1].abs().mean()) - 0.5) < 0.01 and abs(float(levels[1].abs().std()) - 0.1) < 0.01


def test_a_seed_fixes_it_and_images_differ_in_their_draws() -> None:
    images = normalized(pixels(2)).expand(8, -1, -1, -1)
    assert torch.equal(drawn(images, 3), drawn(images, 3))
    assert not torch.equal(drawn(images, 3), drawn(images, 4))
    assert len({tuple(each.flatten().tolist()) for each in drawn(images, 3)}) > 4


def test_values_come_back_as_they_were() -> None:
    images = normalized(pixels(2, 5))
    assert drawn(images, chance=1e-9) == pytest.approx(images, abs=1e-5)


def test_what_comes_in_is_the_mean() -> None:
    images = normalized(torch.full((200, 3, 12, 12), 200.0))
    found = drawn(images, 1, count=1, strength=10)
    moved = [each for each in found if each.abs().amax(0).min() < 1e-4 and not each.abs().amax(0).max() < 1e-4]
    assert len(moved) > 20


def test_a_recipe_trains_with_it(tmp_path: Any) -> None:
    recipe = START + "augment: [{rand_augment: {count: 2, deviation: 0.5}}, {erase: {chance: 0.5}}]\n"
    runs = [archdsl.train(TINY, recipe=recipe, files=False, progress=False, devices="cpu") for _ in range(2)]
    assert runs[0].history[0].train_loss == runs[1].history[0].train_loss
    plain = archdsl.train(TINY, recipe=START, files=False, progress=False, devices="cpu")
    assert plain.history[0].train_loss != runs[0].history[0].train_loss


def test_units_hold_for_values_below_nought() -> None:
    units = Units.of((0.0,), (2.0,), -1.0, 3.0)
    images = torch.tensor([-0.5, 0.0, 1.5]).view(3, 1, 1, 1)  # the values -1, 0 and 3
    assert (images * units.scale[0] + units.offset[0]).flatten().tolist() == pytest.approx([0.0, 0.25, 1.0])
    alter = Alteration(load_recipe(START + "augment: [{rand_augment: {chance: 0.001}}]\n").augment, None, None, 10, units)
    assert torch.allclose(augment(images, alter.changes, Generator().manual_seed(0), units), images, atol=1e-6)


def test_erasing_puts_noise_into_one_box_inside() -> None:
    images = torch.full((3000, 2, 20, 30), 7.0)
    found = erase(images, Erase(chance=0.5, area=(0.1, 0.2), ratio=(0.5, 2.0)), Generator().manual_seed(0))
    erased = (found != 7).any(1)
    shares = erased.float().mean((1, 2))
    assert abs(float((shares > 0).float().mean()) - 0.5) < 0.04
    assert shares[shares > 0].min() > 0.08 and shares.max() < 0.22
    for each in erased[shares > 0][:200]:
        rows, columns = each.any(1), each.any(0)
        assert torch.equal(each, rows[:, None] & columns[None, :])
    assert found[found != 7].std() == pytest.approx(1, abs=0.01)
    assert erased.float().mean(0).min() > 0  # the corners, too


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("rand_augment: {count: 0}", "a whole number from 1 to 10"),
        ("rand_augment: {strength: 11}", "a number from 0 to 10"),
        ("rand_augment: {chance: 0}", "a number above 0 to 1"),
        ("rand_augment: {magnitude: 3}", "has no field `magnitude`"),
        ("erase: {area: [0.5, 0.1]}", "two shares above 0 and up to 1, the smaller first"),
    ],
)
def test_wrong_settings(change: str, message: str) -> None:
    with pytest.raises(ArchError, match=message):
        load_recipe(START + f"augment: [{{{change}}}]\n")
