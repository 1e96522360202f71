"""How a picture is turned upright: one rule for all formats, which is what browsers do.

The orientation is that of the EXIF data in a JPEG (its first APP1 segment of that kind) and a PNG (eXIf), that of a
TIFF's own tag, and that of the boxes irot and imir in AVIF and HEIF, whose EXIF data turn nothing. XMP turns nothing,
and no other format is turned. An orientation that cannot be read is upright.
"""

import struct

from PIL import Image

from model.pictures.layout import Size
from model.pictures.tiff_tags import SHORT, read_tags

ORIENTATION = 0x0112
UPRIGHT = 1
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation."""

SIDEWAYS = range(5, 9)
FROM_THE_END = (3, 4, 7, 8)
"""The orientations whose first row upright is the last row or column of the file."""


def read_orientation(exif: bytes) -> int:
    """Return the orientation in EXIF data, which are laid out like a TIFF (CIPA DC-008, 4.6.4)."""
    try:
        tag = read_tags(exif).get(ORIENTATION)
    except (ValueError, struct.error):
        return UPRIGHT
    if tag is None or tag.kind != SHORT or tag.count != 1:
        return UPRIGHT
    return tag.values[0] if tag.values[0] in TRANSPOSES else UPRIGHT


def turn_size(size: Size, orientation: int) -> Size:
    """Return the size of a picture when it stands upright."""
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def find_box(size: Size, orientation: int, top: int, bottom: int) -> tuple[int, int, int, int]:
    """Return where rows of the upright picture lie in the file's, of `size`: rows or columns."""
    if orientation in FROM_THE_END:
        height = turn_size(size, orientation)[1]
        top, bottom = height - bottom, height - top
    return (top, 0, bottom, size[1]) if orientation in SIDEWAYS else (0, top, size[0], bottom)
