"""An interlaced picture that was cut off: each pixel that is missing looks like the one that came for it before."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

BLOCK = 8
Passes = Sequence[tuple[int, int, int, int]]
PNG_PASSES: Passes = ((4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The first pixel of each pass but the first, and its steps, as x, y, x, y (PNG specification, 8.1)."""

GIF_PASSES: Passes = ((0, 4, 1, 8), (0, 2, 1, 4), (0, 1, 1, 2))
"""The same of a GIF: whole rows (GIF 89a, appendix E)."""


def fill_passes(image: Image.Image, passes: Passes = PNG_PASSES) -> None:
    """Fill the empty pixels of a PNG or GIF whose last passes are missing or short, in the place of it."""
    for top in range(0, image.height, BLOCK):
        box = (0, top, image.width, min(top + BLOCK, image.height))
        band = np.array(image.crop(box))
        for x, y, step_x, step_y in passes:
            place = np.s_[y::step_y, x::step_x]
            earlier = band[0 if y else y :: step_y, 0 if x else x :: step_x]
            missing = band[place]
            known = earlier[: missing.shape[0], : missing.shape[1]]
            if missing.size:
                is_empty = ~missing.reshape(*missing.shape[:2], -1).any(axis=2)
                missing[is_empty] = known[is_empty]
        image.paste(_to_image(band, image.mode), box)


def _to_image(band: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], mode: str) -> Image.Image:
    if mode == "1":
        return Image.fromarray(band)
    return Image.frombytes(mode, (band.shape[1], band.shape[0]), band.tobytes())
