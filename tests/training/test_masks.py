"""Multi-block masks: sizes, places, and that no context holds what is to be predicted."""

from __future__ import annotations

from random import Random

import pytest
import torch

from archdsl.training.masks import CONTEXT_SCALE, LEAST, TARGET_ASPECT, TARGET_SCALE, TARGETS, block_size, draw_masks


@pytest.mark.parametrize("side", [8, 10, 14, 16])
@pytest.mark.parametrize("seed", range(10))
def test_contexts_and_targets_are_disjoint_and_keep_enough(side: int, seed: int) -> None:
    masks = draw_masks(32, side, Random(seed))
    blocks, images, length = masks.targets.shape
    assert (blocks, images, len(masks.context)) == (TARGETS, 32, 32)
    assert masks.context.shape[1] > LEAST
    for image in range(32):
        seen = masks.context[image].tolist()
        hidden = masks.targets[:, image].flatten().tolist()
        assert seen == sorted(set(seen)) and not set(seen) & set(hidden)
        assert min(seen + hidden) >= 0 and max(seen + hidden) < side * side
        assert all(len(set(block)) == length for block in masks.targets[:, image].tolist())


@pytest.mark.parametrize("seed", range(10))
def test_targets_are_blocks_of_one_size_at_places_of_their_own(seed: int) -> None:
    masks = draw_masks(16, 14, Random(seed))
    rows, columns = masks.targets // 14, masks.targets % 14
    heights, widths = (each.amax(2) - each.amin(2) + 1 for each in (rows, columns))
    assert heights.unique().numel() == widths.unique().numel() == 1
    assert int(heights[0, 0] * widths[0, 0]) == masks.targets.shape[2], "the block is whole"
    assert len({tuple(block) for block in masks.targets.flatten(0, 1).tolist()}) > 30


@pytest.mark.parametrize(("side", "least", "most"), [(7, 6, 12), (8, 8, 12), (14, 24, 42)])
def test_target_sizes_are_those_of_the_paper(side: int, least: int, most: int) -> None:
    sizes = {block_size(side, TARGET_SCALE, TARGET_ASPECT, Random(seed)) for seed in range(2000)}
    areas = [height * width for height, width in sizes]
    assert (min(areas), max(areas)) == (least, most)
    assert {block_size(side, CONTEXT_SCALE, (1.0, 1.0), Random(seed)) for seed in range(50)} == {(side - 1, side - 1)}


def test_masks_depend_on_the_dice_alone() -> None:
    first, again, other = (draw_masks(8, 14, Random(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.context, again.context) and torch.equal(first.targets, again.targets)
    assert first.targets.shape != other.targets.shape or not torch.equal(first.targets, other.targets)


def test_a_grid_that_is_too_small_keeps_patches_of_targets_rather_than_none() -> None:
    masks = draw_masks(8, 4, Random(0))
    assert masks.context.shape[1] >= 1
