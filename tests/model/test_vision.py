"""Positions of patches, and views that do not affect each other."""

import pytest
import torch

from model.chat import ChatModel
from model.vision import VisionTower, position_ids

Grid = tuple[int, int]
GRIDS: list[Grid] = [(4, 6), (6, 4), (4, 6), (1, 1), (1, 90), (3, 3)]


@pytest.fixture(scope="module")
def tower(chat_model: ChatModel) -> VisionTower:
    return chat_model.model.vpm


def random_patches(grid: Grid, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (grid[0] * grid[1], 3, 14, 14), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize(
    ("count", "cells"),
    [(25, {5: 13, 10: 27, 15: 41, 20: 55, 24: 67}), (50, {5: 6, 10: 13, 30: 41}), (35, {1: 2, 34: 68}), (1, {0: 0})],
)
def test_cells_are_rounded_as_in_the_reference(count: int, cells: dict[int, int]) -> None:
    columns = position_ids(1, count, 70)
    assert {index: int(columns[index]) for index in cells} == cells


def test_a_full_grid_uses_each_position_once() -> None:
    assert position_ids(70, 70, 70).tolist() == list(range(4900))


def test_any_count_has_a_cell_for_each_patch_in_order() -> None:
    for count in (*range(1, 300), 7143, 14000):
        cells = position_ids(1, count, 70)
        assert len(cells) == count
        assert cells.max() < 70
        assert (cells.diff() >= 0).all()


def test_rows_come_before_columns() -> None:
    ids = position_ids(2, 3, 70).view(2, 3)
    assert (ids[1] - ids[0]).tolist() == [35 * 70] * 3
    assert ids[0].tolist() == [0, 23, 46]


@torch.inference_mode()
def test_a_views_features_do_not_depend_on_other_views_or_their_order(tower: VisionTower) -> None:
    views = [random_patches(grid, seed) for seed, grid in enumerate(GRIDS)]
    together = tower(torch.cat(views), GRIDS).split([len(view) for view in views])
    backwards = tower(torch.cat(views[::-1]), GRIDS[::-1]).split([len(view) for view in views[::-1]])[::-1]
    for view, grid, one, other in zip(views, GRIDS, together, backwards, strict=True):
        alone = tower(view, [grid])
        torch.testing.assert_close(one, alone, atol=1e-5, rtol=0)
        torch.testing.assert_close(other, alone, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_features_depend_on_the_positions_of_patches(tower: VisionTower) -> None:
    patches = random_patches((2, 2), 0)
    assert (tower(patches, [(2, 2)]) - tower(patches.flip(0), [(2, 2)]).flip(0)).abs().max() > 1e-3


@torch.inference_mode()
def test_each_patch_affects_every_other_of_its_view(tower: VisionTower) -> None:
    patches = random_patches((3, 3), 0)
    changed = patches.clone()
    changed[8] = 255 - changed[8]
    differences = (tower(patches, [(3, 3)]) - tower(changed, [(3, 3)])).abs().amax(1)
    assert differences.min() > 1e-6
