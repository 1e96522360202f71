"""From a picture to views: scaling, slicing, and cutting into patches.

The arithmetic is the reference's, bit for bit; `tests/scripts/test_check_golden.py` compares it with recorded outputs.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import ImageProcessingMixin

from model.errors import LoadError

Size = tuple[int, int]
"""Width and height in pixels, or columns and rows: the order of PIL."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True, eq=False)
class View:
    """A resized picture or one slice of it, as uint8 `patches` `[rows * columns, 3, P, P]`, row by row.

    Views with equal `key`s have equal patches: it is a hash of the picture's pixels and how it is cut, with the view's
    index. `box` is the part of the picture, in its own pixels, that the view shows.
    """

    patches: Tensor
    rows: int
    columns: int
    key: bytes = b""
    box: Box = (0, 0, 0, 0)

    @property
    def size(self) -> Size:
        """The view's own size in pixels, after scaling."""
        side = self.patches.shape[-1]
        return self.columns * side, self.rows * side


@dataclass(frozen=True)
class ImageViews:
    """The views of one picture: the whole first, then the slices of `grid` (columns, rows), row by row.

    `grid` is None without slices; `size` is the picture's own, in pixels.
    """

    views: tuple[View, ...]
    grid: Size | None
    size: Size


class ImageProcessor(ImageProcessingMixin):
    """Cuts pictures into views, with the fields of `preprocessor_config.json`.

    A view has at most about the area of a square with sides of `scale_resolution` pixels, and its sides are multiples
    of `patch_size`. Source: Yao et al., "MiniCPM-V" (2024), 3.2. Raises `LoadError` for another normalisation than the
    model's own.
    """

    model_input_names = ("views",)

    def __init__(
        self,
        max_slice_nums: int = 9,
        scale_resolution: int = 448,
        patch_size: int = 14,
        use_image_id: bool = True,
        image_feature_size: int = 64,
        norm_mean: Sequence[float] = (0.5, 0.5, 0.5),
        norm_std: Sequence[float] = (0.5, 0.5, 0.5),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if {*norm_mean, *norm_std} != {0.5}:
            raise LoadError(
                f"pixels are normalised by mean {norm_mean} and std {norm_std}; the model uses 0.5 for both"
            )
        self.max_slice_nums = max_slice_nums
        self.scale_resolution = scale_resolution
        self.patch_size = patch_size
        self.use_image_id = use_image_id
        self.image_feature_size = image_feature_size
        self.norm_mean = list(norm_mean)
        self.norm_std = list(norm_std)

    def __call__(self, image: Image.Image, max_slice_nums: int | None = None) -> ImageViews:
        """Return the views of a picture of any mode and size, with at most `max_slice_nums` slices."""
        rgb = image.convert("RGB")
        grid = choose_grid(rgb.size, max_slice_nums or self.max_slice_nums, self.scale_resolution)
        whole = rgb.resize(self._view_size(rgb.size, upscale=grid is None), Image.Resampling.BICUBIC)
        parts = [(whole, (0, 0, *rgb.size)), *(self._cut_slices(rgb, grid) if grid else ())]
        digest = hashlib.blake2b(rgb.tobytes() + repr((rgb.size, grid, self.scale_resolution)).encode(), digest_size=16)
        views = (self._make_view(part, _view_key(digest.digest(), i), box) for i, (part, box) in enumerate(parts))
        return ImageViews(tuple(views), grid, rgb.size)

    def _cut_slices(self, image: Image.Image, grid: Size) -> list[tuple[Image.Image, Box]]:
        """Return the slices, row by row, each with its box in `image`."""
        columns, rows = grid
        cell = (_round_to_multiple(image.width, columns) / columns, _round_to_multiple(image.height, rows) / rows)
        width, height = self._view_size(cell, upscale=True)
        large = image.resize((width * columns, height * rows), Image.Resampling.BICUBIC)
        corners = [(x * width, y * height) for y in range(rows) for x in range(columns)]
        cuts = [(left, top, left + width, top + height) for left, top in corners]
        return [(large.crop(cut), _scale_box(cut, large.size, image.size)) for cut in cuts]

    def _view_size(self, size: tuple[float, float], upscale: bool) -> Size:
        """Return a size near the aspect ratio of `size`: of one view's area with `upscale`, of at most that without."""
        width, height = size
        if upscale or width * height > self.scale_resolution**2:
            ratio = width / height
            height = int(self.scale_resolution / math.sqrt(ratio))
            width = int(height * ratio)
        return _round_to_multiple(width, self.patch_size), _round_to_multiple(height, self.patch_size)

    def _make_view(self, image: Image.Image, key: bytes, box: Box) -> View:
        side = self.patch_size
        columns, rows = image.width // side, image.height // side
        pixels = torch.from_numpy(np.array(image))  # [H, W, 3]
        patches = pixels.view(rows, side, columns, side, 3).permute(0, 2, 4, 1, 3)  # [rows, columns, 3, P, P]
        return View(patches.reshape(rows * columns, 3, side, side), rows, columns, key, box)


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


def _scale_box(box: Box, size: Size, to: Size) -> Box:
    """Return the box in a picture of size `to` that corresponds to `box` in one of size `size`."""
    left, top, right, bottom = box
    return left * to[0] / size[0], top * to[1] / size[1], right * to[0] / size[0], bottom * to[1] / size[1]


def _view_key(picture: bytes, index: int) -> bytes:
    return picture + index.to_bytes(2, "little")


def _round_to_multiple(length: float, divisor: int) -> int:
    return max(round(length / divisor) * divisor, divisor)
