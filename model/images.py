"""From a picture to views: scaling, slicing, and cutting into patches.

The arithmetic is the reference's, bit for bit; `tests/scripts/test_check_golden.py` compares it with recorded outputs.
What needs no torch is in `layout.py` and `cutting.py`: the server cuts pictures in processes of their own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import ImageProcessingMixin

from model.errors import LoadError
from model.pictures.cutting import make_view_key, scale
from model.pictures.layout import Box, Layout, Size, lay_out


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
        layout = self.lay_out(rgb.size, max_slice_nums)
        scaled = scale(rgb, layout)
        return _make_views(layout, map(torch.from_numpy, scaled.cut()), scaled.digest)

    def lay_out(self, size: Size, max_slice_nums: int | None = None) -> Layout:
        """Return how a picture of that size is cut."""
        return lay_out(size, max_slice_nums or self.max_slice_nums, self.scale_resolution, self.patch_size)


def outline_views(layout: Layout) -> ImageViews:
    """Return views without pixels, for what depends only on their number and sizes, such as the prompt's tokens."""
    return _make_views(layout, (torch.empty(shape, dtype=torch.uint8, device="meta") for shape in _shapes(layout)))


def read_views(layout: Layout, buffer: Any, digest: bytes) -> ImageViews:
    """Return the views whose patches lie in a writable buffer, one after another. They are not copied."""
    shapes = _shapes(layout)
    parts = torch.split(torch.frombuffer(buffer, dtype=torch.uint8), [math.prod(shape) for shape in shapes])
    return _make_views(layout, (part.view(shape) for part, shape in zip(parts, shapes, strict=True)), digest)


def _shapes(layout: Layout) -> list[tuple[int, int, int, int]]:
    side = layout.patch_size
    return [(view.rows * view.columns, 3, side, side) for view in layout.views]


def _make_views(layout: Layout, patches: Iterable[Tensor], digest: bytes = b"") -> ImageViews:
    views = (
        View(part, view.rows, view.columns, make_view_key(digest, index), view.box)
        for index, (part, view) in enumerate(zip(patches, layout.views, strict=True))
    )
    return ImageViews(tuple(views), layout.grid, layout.size)
