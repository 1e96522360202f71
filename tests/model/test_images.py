"""Scaling, slicing and patches of pictures that the recorded outputs do not cover."""

import random

import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import LoadError
from model.images import ImageProcessor, View
from model.pictures.layout import choose_grid

Size = tuple[int, int]


@pytest.fixture(scope="module")
def processor() -> ImageProcessor:
    return ImageProcessor()


def unpatch(view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Put patches `[rows * columns, 3, P, P]` together into pixels `[H, W, 3]`."""
    side = view.patches.shape[-1]
    grid = view.patches.view(view.rows, view.columns, 3, side, side).permute(0, 3, 1, 4, 2)
    return grid.reshape(view.rows * side, view.columns * side, 3).numpy()


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (3, 1), (1, 2000), (2000, 1), (7, 5000), (13, 14), (20000, 3)])
def test_any_picture_gives_views(processor: ImageProcessor, size: Size) -> None:
    image = processor(Image.new("RGB", size, "red"))
    for view in image.views:
        assert view.patches.shape == (view.rows * view.columns, 3, 14, 14)
        assert view.patches.dtype == torch.uint8
        assert min(view.rows, view.columns) >= 1


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((448, 448), None),
        ((449, 448), (2, 1)),
        ((1344, 1344), (3, 3)),
        ((640, 480), (2, 1)),
        ((1280, 720), (3, 2)),
        ((2000, 400), (5, 1)),
        ((400, 2000), (1, 5)),
        ((100, 4000), (1, 3)),
    ],
)
def test_grids_of_known_sizes(size: Size, grid: Size | None) -> None:
    assert choose_grid(size, 9, 448) == grid


@pytest.mark.parametrize(("size", "num_tokens"), [((1344, 1344), 640), ((640, 480), 192), ((1280, 720), 448)])
def test_token_counts_are_the_published_ones(processor: ImageProcessor, size: Size, num_tokens: int) -> None:
    assert len(processor(Image.new("RGB", size)).views) * processor.image_feature_size == num_tokens


def test_grids_and_areas_stay_in_bounds(processor: ImageProcessor) -> None:
    rng = random.Random(0)
    for _ in range(60):
        size = (rng.randint(1, 1500), rng.randint(1, 1500))
        limit = rng.randint(1, 9)
        image = processor(Image.new("RGB", size), limit)
        assert len(image.views) <= 1 + (limit if limit > 1 else 0)
        assert len(image.views) == 1 + (image.grid[0] * image.grid[1] if image.grid else 0)
        for view in image.views:
            is_thin = min(view.rows, view.columns) == 1
            assert is_thin or view.rows * view.columns <= 32 * 32 * 1.3


def test_with_one_slice_there_is_only_the_whole_picture(processor: ImageProcessor) -> None:
    image = processor(Image.new("RGB", (3000, 3000)), 1)
    assert image.grid is None
    assert [(view.rows, view.columns) for view in image.views] == [(32, 32)]


def test_patches_lie_row_by_row(processor: ImageProcessor) -> None:
    source = Image.new("RGB", (448, 448), "black")
    source.paste((255, 0, 0), (14 * 5, 14 * 2, 14 * 6, 14 * 3))  # column 5 of row 2
    (view,) = processor(source).views
    red = view.patches[:, 0].flatten(1).float().mean(1)
    assert red.argmax() == 2 * 32 + 5
    assert view.patches[2 * 32 + 5, 0].min() == 255
    assert view.patches[2 * 32 + 5, 1:].max() == 0


def test_a_view_of_its_own_size_is_unchanged(processor: ImageProcessor) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (448, 448, 3), dtype=np.uint8)
    (view,) = processor(Image.fromarray(pixels)).views
    assert (unpatch(view) == pixels).all()


def test_slices_come_row_by_row(processor: ImageProcessor) -> None:
    """Each of nine grey squares is in a slice of its own."""
    source = Image.new("RGB", (1344, 1344))
    for index in range(9):
        x, y = index % 3 * 448, index // 3 * 448
        source.paste((index * 25,) * 3, (x, y, x + 448, y + 448))
    _, *slices = processor(source).views
    assert [int(unpatch(view)[224, 224, 0]) for view in slices] == [index * 25 for index in range(9)]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_mode_becomes_rgb(processor: ImageProcessor, mode: str) -> None:
    (view,) = processor(Image.new("RGB", (50, 50), "white").convert(mode)).views
    assert view.patches.min() == 255


def test_another_normalisation_is_refused() -> None:
    with pytest.raises(LoadError, match="normalised"):
        ImageProcessor(norm_mean=(0.48, 0.46, 0.41))


@pytest.mark.parametrize("size", [(448, 448), (1, 1), (1280, 720), (640, 480), (1001, 999), (400, 2000), (3, 2000)])
def test_boxes_of_slices_tile_the_picture(processor: ImageProcessor, size: Size) -> None:
    image = processor(Image.new("RGB", size))
    whole, *slices = image.views
    assert image.size == size
    assert [*whole.box] == [0, 0, *size]
    columns = image.grid[0] if image.grid else 1
    for index, view in enumerate(slices):
        left, top, right, bottom = view.box
        is_first, is_last = index % columns == 0, index % columns == columns - 1
        assert left == (0 if is_first else slices[index - 1].box[2])
        assert top == (0 if index < columns else slices[index - columns].box[3])
        assert (right == size[0]) is is_last
        assert (bottom == size[1]) is (index >= len(slices) - columns)


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (1001, 699)])
def test_a_view_shows_what_lies_in_its_box(processor: ImageProcessor, size: Size) -> None:
    """In a picture with a colour gradient, the middle of a view has the colour of the middle of its box."""
    across = np.tile(np.linspace(0, 255, size[0])[None, :], (size[1], 1))
    down = np.tile(np.linspace(0, 255, size[1])[:, None], (1, size[0]))
    pixels = np.stack([across, down, np.zeros_like(across)], axis=-1).astype(np.uint8)
    for view in processor(Image.fromarray(pixels)).views:
        shown = unpatch(view)
        assert (shown.shape[1], shown.shape[0]) == view.size
        left, top, right, bottom = view.box
        middle = shown[view.size[1] // 2, view.size[0] // 2]
        assert abs(int(middle[0]) - (left + right) / 2 / size[0] * 255) < 3
        assert abs(int(middle[1]) - (top + bottom) / 2 / size[1] * 255) < 3
