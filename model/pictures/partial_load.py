"""Decoding a picture as far as it goes, where its file was cut off or is damaged."""

import io
import re
from collections.abc import Iterator
from itertools import islice

from PIL import Image

from model.pictures.interlace import GIF_PASSES, PNG_PASSES, Passes, fill_passes
from model.pictures.jpeg_segments import end_jpeg
from model.pictures.layout import Size

Shown = tuple[int, int, int, int]
"""The part of a picture that its file has pixels for: left, top, right, bottom; empty where there is none."""

NOTHING: Shown = (0, 0, 0, 0)

MAX_BLOCK_ROWS = 16
"""The rows of a JPEG that are decoded together: a decoder waits for the end of the file with the last ones."""

MAX_ATTEMPTS = 10
"""How many scans of a JPEG that are damaged are left out at most, one after another from the end."""

NO_MEMORY = "memory"
"""What the messages of decoders have in common that ran out of it."""


def draft_image(image: Image.Image, size: Size | None) -> None:
    """Let a JPEG be scaled while it is decoded, to about that size or a larger one."""
    if size is not None:
        image.draft(None, size)


def load_shown(image: Image.Image) -> Shown:
    """Decode an open picture as far as it goes, and return which part of it there is. Raises `MemoryError`."""
    shown, passes = _find_frame(image), _find_passes(image)
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # decoders raise exceptions of any type
        if NO_MEMORY in str(error).lower():
            raise MemoryError from error
        top, bottom = _find_rows(image, passes)
        return (shown[0], max(shown[1], top), shown[2], min(shown[3], bottom)) if top < bottom else NOTHING
    return shown


def _find_frame(image: Image.Image) -> Shown:
    """Return the part that the file has parts for: a GIF's screen may be larger than its frame, a TIFF lack strips."""
    boxes = [tile.extents or (0, 0, *image.size) for tile in getattr(image, "tile", ())]
    if not boxes:
        return 0, 0, image.width, image.height
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _find_passes(image: Image.Image) -> Passes:
    """Return the passes that a picture comes in, none for most."""
    if image.format == "PNG":
        return PNG_PASSES if image.info.get("interlace") else ()
    gifs = [tile for tile in getattr(image, "tile", ()) if tile.codec_name == "gif"]
    return GIF_PASSES if any(is_interlaced for _, is_interlaced, *_ in (tile.args for tile in gifs)) else ()


def _find_rows(image: Image.Image, passes: Passes) -> tuple[int, int]:
    """Return which rows of a picture that could not be decoded whole are not empty, and take it as it is."""
    image.tile = []  # type: ignore[attr-defined]  # nothing more is decoded
    image.readonly = 0  # as after a whole file: otherwise the first change copies it, which takes as much memory again
    try:
        if passes:
            fill_passes(image, passes)
        box = image.getbbox(alpha_only=False)
    except Exception:  # it holds no pixels
        return 0, 0
    return (0, 0) if box is None else (box[1], box[3])


def load_png(data: bytes) -> tuple[Image.Image, Shown]:
    """Decode a PNG as far as it goes."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return image, load_shown(image)


def load_cut_jpeg(data: bytes, draft: Size | None, shown: Shown) -> tuple[Image.Image, Shown]:
    """Decode a JPEG that ended after a part of it, with an end: then even a progressive one shows what there is.

    A decoder makes the rest grey; only the last block of rows is taken from it, and those of a progressive one.
    """
    image, found = _load_ended_jpeg(data, draft)
    places = (place for place in _find_scans(data) if found == NOTHING)
    for place in islice(places, MAX_ATTEMPTS):
        image.close()  # two would take more memory than is allowed
        image, found = _load_ended_jpeg(data[:place], draft)
    is_partial = 0 < shown[3] < image.height - MAX_BLOCK_ROWS
    return image, shown if is_partial else found


def _load_ended_jpeg(data: bytes, draft: Size | None) -> tuple[Image.Image, Shown]:
    with Image.open(io.BytesIO(end_jpeg(data)), formats=("JPEG",)) as image:
        draft_image(image, draft)
        return image, load_shown(image)


def _find_scans(data: bytes) -> Iterator[int]:
    """Yield where each scan but the first begins, the last one first."""
    places = [match.start() for match in re.finditer(b"\xff\xda", data)]
    return reversed(places[1:])
