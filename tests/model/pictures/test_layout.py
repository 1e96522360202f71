"""The arithmetic of views: their number, sizes and boxes, from a picture's size alone."""

import pytest

from model.images import ImageProcessor, outline_views, read_views
from model.pictures.layout import Size, lay_out
from tests.helpers.pictures import open_noise

SIZES = [(1, 1), (60, 40), (448, 448), (640, 480), (1344, 1344), (300, 2000), (4000, 10), (9, 3600)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("max_slice_nums", [1, 2, 9, 64])
def test_the_layout_is_what_a_picture_is_cut_into(size: Size, max_slice_nums: int) -> None:
    processor = ImageProcessor()
    layout = processor.lay_out(size, max_slice_nums)
    cut = processor(open_noise(size), max_slice_nums)
    assert (layout.grid, layout.size) == (cut.grid, size)
    assert [(v.rows, v.columns, v.box) for v in layout.views] == [(v.rows, v.columns, v.box) for v in cut.views]
    assert layout.num_bytes == sum(view.patches.nbytes for view in cut.views)


def test_an_outline_has_the_sizes_and_takes_no_memory() -> None:
    layout = lay_out((900, 700), 9, 448, 14)
    outline = outline_views(layout)
    assert [view.size for view in outline.views] == [(view.columns * 14, view.rows * 14) for view in layout.views]
    assert {view.patches.device.type for view in outline.views} == {"meta"}


def test_views_are_read_from_memory_without_a_copy() -> None:
    layout = lay_out((900, 700), 9, 448, 14)
    memory = bytearray(layout.num_bytes)
    views = read_views(layout, memory, b"digest").views
    memory[0], memory[-1] = 7, 9
    assert (int(views[0].patches.flatten()[0]), int(views[-1].patches.flatten()[-1])) == (7, 9)
    assert [view.key for view in views] == [b"digest" + bytes([index, 0]) for index in range(len(views))]


def test_scaling_takes_less_memory_than_the_picture() -> None:
    assert lay_out((7071, 7071), 64, 448, 14).num_scratch_bytes < 4 * 7071 * 7071
