"""Changing batches: what each change does to pixels, how often, and that a seed fixes it."""

from __future__ import annotations

from math import isclose
from random import Random

import pytest
import torch
from torch import Generator, Tensor

from archdsl.errors import ArchError
from archdsl.training.augmentation import Alteration, augment, box, mix, rotate_scale
from archdsl.training.augmenting import RotateScale
from archdsl.training.recipes import Recipe, load_recipe

START = "recipe: 1\nname: r\nepochs: 10\nbatch_size: 8\noptimizer: {sgd: {lr: 0.1}}\n"
RAMP = torch.arange(1.0, 37.0).view(1, 1, 6, 6)


def draws(seed: int = 0) -> Generator:
    """Return a generator."""
    return torch.Generator().manual_seed(seed)


def changed(change: str, images: Tensor, seed: int = 0) -> Tensor:
    """Return images after one change, written as in a recipe."""
    recipe = load_recipe(START + f"augment: [{{{change}}}]\n")
    return augment(images, recipe.augment, draws(seed))


def windows(padded: Tensor, side: int) -> list[Tensor]:
    """Return all windows of one image."""
    places = range(padded.shape[-1] - side + 1)
    return [padded[..., row : row + side, column : column + side] for row in places for column in places]


@pytest.mark.parametrize(("change", "mode"), [("pad_crop: 2", "constant"), ("translate: 2", "constant"), ("reflect_crop: 2", "reflect")])
def test_crops_are_windows_of_the_padded_image_all_equally_often(change: str, mode: str) -> None:
    images = changed(change, RAMP.expand(5000, -1, -1, -1))
    wanted = windows(torch.nn.functional.pad(RAMP, (2,) * 4, mode), 6)
    counts = torch.stack([(images == window).all((1, 2, 3)).sum() for window in wanted])
    assert int(counts.sum()) == 5000
    assert len(wanted) == 25 and counts.min() > 140 and counts.max() < 260


def test_a_reflection_reaches_no_further_than_the_image() -> None:
    assert changed("reflect_crop: 9", RAMP).shape == RAMP.shape


@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_flips(chance: float) -> None:
    images = changed(f"flip: {chance}", RAMP.expand(4000, -1, -1, -1))
    flipped = (images == RAMP.flip(3)).all((1, 2, 3))
    assert ((images == RAMP).all((1, 2, 3)) | flipped).all()
    assert abs(float(flipped.double().mean()) - chance) < 0.03


def test_a_cutout_is_a_square_cut_off_at_the_border() -> None:
    images = changed("cutout: 4", torch.ones(4000, 2, 8, 8))
    assert torch.equal(images[:, 0], images[:, 1])
    holes = (images[:, 0] == 0).sum((1, 2))
    sides = {rows * columns for rows in (2, 3, 4) for columns in (2, 3, 4)}
    assert set(holes.tolist()) == sides
    middle = (images[:, 0, 3:5, 3:5] == 0).double().mean()
    assert isclose(float(middle), 0.25, abs_tol=0.03)


def test_a_box_of_odd_sides_lies_around_its_center() -> None:
    inside = box(torch.zeros(2000, 1, 9, 9), 3, 5, draws())
    assert set(inside.any(3).sum((1, 2)).tolist()) == {2, 3}
    assert set(inside.any(2).sum((1, 2)).tolist()) == {3, 4, 5}


def rotated(images: Tensor, degrees: float = 0.0, scale: tuple[float, float] = (1.0, 1.0), shift: float = 0.0) -> Tensor:
    """Return images after ``rotate_scale``."""
    return rotate_scale(images, RotateScale(degrees=degrees, scale=scale, shift=shift), draws())


def test_nothing_turned_is_nothing_changed() -> None:
    image = torch.randn(3, 2, 7, 5)
    torch.testing.assert_close(rotated(image), image)


def test_scaling_keeps_the_middle_and_spreads_the_rest() -> None:
    image = torch.zeros(1, 1, 9, 9)
    image[0, 0, 4, 3:6] = 1.0
    larger, smaller = (rotated(image, scale=(by, by)) for by in (2.0, 0.5))
    assert larger.sum() > 2.5 * image.sum() > 0
    assert smaller.sum() < 0.5 * image.sum()
    assert larger[0, 0, 4, 4] == 1.0 and torch.allclose(larger, larger.flip(3))


@pytest.mark.parametrize("shape", [(16, 16), (12, 20)])
def test_turning_keeps_lengths_on_oblong_images_too(shape: tuple[int, int]) -> None:
    rows, columns = torch.meshgrid(*(torch.arange(side) - (side - 1) / 2 for side in shape), indexing="ij")
    image = torch.exp(-((rows - 1) ** 2 + (columns - 2) ** 2) / 2).expand(300, 1, *shape)
    turned = rotated(image, degrees=180)
    weight = turned / turned.sum((2, 3), keepdim=True)
    y, x = ((weight * place).sum((1, 2, 3)) for place in (rows, columns))
    assert torch.allclose((x**2 + y**2).sqrt(), torch.tensor(5.0).sqrt(), atol=0.1)
    angles = torch.atan2(y, x)
    assert angles.min() < -2.5 and angles.max() > 2.5


def test_shifts_reach_as_far_as_they_say() -> None:
    rows, columns = torch.meshgrid(torch.arange(21.0), torch.arange(21.0), indexing="ij")
    image = torch.exp(-((rows - 10) ** 2 + (columns - 10) ** 2) / 2).expand(500, 1, 21, 21)
    moved = rotated(image, shift=0.2)
    weight = moved / moved.sum((2, 3), keepdim=True)
    y, x = ((weight * place).sum((1, 2, 3)) - 10 for place in (rows, columns))
    for axis in (x, y):
        assert 3.8 < float(axis.max()) < 4.3 and -4.3 < float(axis.min()) < -3.8 and abs(float(axis.mean())) < 0.4


def test_resized_crops_are_boxes_inside_the_image_of_the_right_shares() -> None:
    rows, columns = torch.meshgrid((torch.arange(64) + 0.5) / 64, (torch.arange(96) + 0.5) / 96, indexing="ij")
    images = torch.stack([rows, columns])[None].expand(2000, -1, -1, -1)
    crops = changed("resized_crop: {area: [0.2, 0.5]}", images)
    high = (crops[:, 0, -1, 0] - crops[:, 0, 0, 0]) * 64 / 63
    wide = (crops[:, 1, 0, -1] - crops[:, 1, 0, 0]) * 96 / 95
    assert 0.19 < (wide * high).min() < 0.21 and 0.49 < (wide * high).max() < 0.51
    assert abs((wide * high).mean() - 0.35) < 0.01
    ratio = wide * 96 / (high * 64)
    assert 0.74 < ratio.min() < 0.78 and 1.28 < ratio.max() < 1.35
    assert crops.min() >= 0 and crops.max() <= 1
    torch.testing.assert_close(changed("resized_crop: {area: [1, 1], ratio: [1.5, 1.5]}", images[:3]), images[:3])


def test_a_seed_fixes_the_draws() -> None:
    images = torch.randn(20, 3, 8, 8)
    recipe = load_recipe(START + "augment: [{pad_crop: 2}, {flip: 0.5}, {cutout: 3}, {rotate_scale: {degrees: 20, scale: [0.7, 1.2], shift: 0.1}}]\n")
    one, again, other = (augment(images, recipe.augment, draws(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)


# --- mixing -------------------------------------------------------------------------------------------------------------------------------


def numbered(count: int) -> tuple[Tensor, Tensor]:
    """Return images each of one value, and its target."""
    return torch.arange(float(count)).view(-1, 1, 1, 1).expand(-1, 1, 10, 10).contiguous(), torch.eye(count)


@pytest.mark.parametrize(("mixup", "cutmix"), [(0.8, None), (None, 1.0), (0.8, 1.0)])
def test_targets_say_what_an_image_is_made_of(mixup: float | None, cutmix: float | None) -> None:
    draw, dice = draws(), Random(0)
    kinds = set()
    for _ in range(60):
        images, targets = numbered(16)
        images, targets = mix(images, targets, mixup, cutmix, draw, dice)
        torch.testing.assert_close(targets.sum(1), torch.ones(16))
        torch.testing.assert_close(images.mean((1, 2, 3)), targets @ torch.arange(16.0), atol=1e-4, rtol=1e-4)
        kinds.add("blend" if bool((images != images.round()).any()) else "box")
    assert kinds == {name for name, given in (("blend", mixup), ("box", cutmix)) if given}


def test_shares_follow_the_beta_distribution() -> None:
    draw, dice = draws(), Random(0)
    shares = torch.stack([mix(*numbered(8), 1.0, None, draw, dice)[1].diagonal().min() for _ in range(800)])
    assert abs(float(shares.mean()) - 0.5) < 0.03
    assert abs(float(shares.var()) - 1 / 12) < 0.01


def test_without_mixing_the_labels_stay_numbers() -> None:
    images, labels = torch.randn(4, 1, 6, 6), torch.arange(4)
    same, still = Alteration((), None, None, 4)(images, labels, draws(), Random(0))
    assert torch.equal(same, images) and torch.equal(still, labels)
    _, shares = Alteration((), 0.2, None, 9)(images, labels, draws(), Random(0))
    assert shares.shape == (4, 9)


WRONG = {
    "augment: {flip: 0.5}": "`augment` must be a list, got a mapping",
    "augment: [{flop: 0.5}]": "`augment` has no field `flop`",
    "augment: [{flip: 1}]": "`flip` must be a number above 0 to below 1, got `1`",
    "augment: [{cutout: 0}]": "`cutout` must be a whole number of pixels from 1 to 512, got `0`",
    "augment: [{rotate_scale: {scale: [2, 1]}}]": "`scale` must be two numbers above 0, the smaller first, got `[2, 1]`",
    "augment: [{rotate_scale: {degrees: 200}}]": "`degrees` must be degrees from 0 to 180, got `200`",
    "augment: [{rotate_scale: {shift: 1}}]": "`shift` must be a number from 0 to below 1, got `1`",
    "augment: [{resized_crop: {area: [0.5, 1.5]}}]": "`area` must be two shares above 0 and up to 1, the smaller first, got `[0.5, 1.5]`",
    "mixup: 0": "`mixup` must be a number above 0, got `0`",
    "global_drop_path: {per: day}": "`per` must be `sample` or `batch`, got `day`",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_lines(line: str) -> None:
    with pytest.raises(ArchError) as caught:
        load_recipe(START + line)
    assert [each.message for each in caught.value.diagnostics] == [WRONG[line]]


def test_changes_read_back() -> None:
    text = "augment: [{reflect_crop: 4}, {flip: 0.5}, {rotate_scale: {degrees: 9}}]\nmixup: 0.2\ncutmix: 1.0\nglobal_drop_path: {}\n"
    recipe = load_recipe(START + text)
    assert Recipe.model_validate(recipe.as_dict()) == recipe
