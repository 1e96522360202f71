"""How a picture is cut into views: the grid of slices, the sizes, and the parts that they show. Plain arithmetic.

It is the reference's, see `images.py`. Everything follows from the picture's size, so from its header.
"""

import math
from dataclasses import dataclass
from functools import cached_property

Size = tuple[int, int]
"""Width and height in pixels, or columns and rows: the order of PIL."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""

BYTES_PER_PIXEL = 3
PIL_BYTES_PER_PIXEL = 4
"""What PIL takes for a pixel of a picture in RGB."""


@dataclass(frozen=True)
class ViewLayout:
    """One view: its `rows` and `columns` in patches, and the part of the picture that it shows."""

    rows: int
    columns: int
    box: Box


@dataclass(frozen=True)
class Layout:
    """The views of one picture of `size`: the overview, and the slices of `grid` (columns, rows), or None.

    The overview is the picture scaled to `overview_size`. The slices are cut from the picture scaled to `sliced_size`.
    """

    size: Size
    grid: Size | None
    overview_size: Size
    sliced_size: Size | None
    patch_size: int
    scale_resolution: int

    @property
    def scaled_sizes(self) -> tuple[Size, ...]:
        return (self.overview_size,) if self.sliced_size is None else (self.overview_size, self.sliced_size)

    @cached_property
    def cuts(self) -> tuple[tuple[int, int, int, int], ...]:
        """The slices in the picture of `sliced_size`, row by row."""
        if self.grid is None or self.sliced_size is None:
            return ()
        columns, rows = self.grid
        width, height = self.sliced_size[0] // columns, self.sliced_size[1] // rows
        corners = [(x * width, y * height) for y in range(rows) for x in range(columns)]
        return tuple((left, top, left + width, top + height) for left, top in corners)

    @cached_property
    def views(self) -> tuple[ViewLayout, ...]:
        """The overview first, then the slices, row by row."""
        whole = self._lay_out_view(self.overview_size, (0, 0, *self.size))
        if self.sliced_size is None:
            return (whole,)
        sliced_size = self.sliced_size
        slices = [((cut[2] - cut[0], cut[3] - cut[1]), scale_box(cut, sliced_size, self.size)) for cut in self.cuts]
        return (whole, *(self._lay_out_view(size, box) for size, box in slices))

    @cached_property
    def num_bytes(self) -> int:
        """The size of the patches of all views."""
        return BYTES_PER_PIXEL * sum(width * height for width, height in self.scaled_sizes)

    @property
    def num_scratch_bytes(self) -> int:
        """The memory that scaling takes beside the picture: the scaled ones, and one scaled in one direction only."""
        between = max(max(width * self.size[1], self.size[0] * height) for width, height in self.scaled_sizes)
        return PIL_BYTES_PER_PIXEL * (between + sum(width * height for width, height in self.scaled_sizes))

    def _lay_out_view(self, size: Size, box: Box) -> ViewLayout:
        return ViewLayout(size[1] // self.patch_size, size[0] // self.patch_size, box)


def lay_out(size: Size, max_slice_nums: int, scale_resolution: int, patch_size: int) -> Layout:
    """Return how a picture of `size` is cut into at most `max_slice_nums` slices beside its overview."""
    grid = choose_grid(size, max_slice_nums, scale_resolution)
    overview_size = _scale_view(size, scale_resolution, patch_size, upscale=grid is None)
    sliced_size = None
    if grid is not None:
        columns, rows = grid
        cell = (round_to_multiple(size[0], columns) / columns, round_to_multiple(size[1], rows) / rows)
        width, height = _scale_view(cell, scale_resolution, patch_size, upscale=True)
        sliced_size = width * columns, height * rows
    return Layout(size, grid, overview_size, sliced_size, patch_size, scale_resolution)


def choose_grid(size: Size, max_slice_nums: int, scale_resolution: int) -> Size | None:
    """Return the (columns, rows) whose log aspect ratio is nearest to the picture's; None where one view is enough."""
    width, height = size
    wanted = min(math.ceil(width * height / scale_resolution**2), max_slice_nums)
    if wanted <= 1:
        return None
    counts = [n for n in (wanted - 1, wanted, wanted + 1) if 1 < n <= max_slice_nums]
    grids = [(columns, n // columns) for n in counts for columns in range(1, n + 1) if n % columns == 0]
    log_ratio = math.log(width / height)
    return min(grids, key=lambda grid: abs(log_ratio - math.log(grid[0] / grid[1])))


def scale_box(box: Box, size: Size, to: Size) -> Box:
    """Return the box in a picture of size `to` that corresponds to `box` in one of size `size`."""
    left, top, right, bottom = box
    return left * to[0] / size[0], top * to[1] / size[1], right * to[0] / size[0], bottom * to[1] / size[1]


def round_to_multiple(length: float, divisor: int) -> int:
    return max(round(length / divisor) * divisor, divisor)


def _scale_view(size: tuple[float, float], scale_resolution: int, patch_size: int, upscale: bool) -> Size:
    """Return a size near the aspect ratio of `size`: of one view's area with `upscale`, of at most that without."""
    width, height = size
    if upscale or width * height > scale_resolution**2:
        ratio = width / height
        height = int(scale_resolution / math.sqrt(ratio))
        width = int(height * ratio)
    return round_to_multiple(width, patch_size), round_to_multiple(height, patch_size)
