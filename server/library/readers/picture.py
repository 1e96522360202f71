"""Pictures: a page each, and many for a TIFF of many; all of them scans, whose text nobody has read yet."""

import contextlib
import io
from collections.abc import Iterator
from typing import BinaryIO

import pi_heif
from PIL import AvifImagePlugin, Image, ImageFile

from server.library.readers.protocol import Refused, Source
from server.library.readers.records import Opened, Page, Refusal, Remark

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
"""What Pillow reads by itself, and HEIF: no vector formats, which start other programs."""

PAGED_FORMAT = "TIFF"
JPEG_QUALITY = 90
WHITE = (255, 255, 255)

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by the orientation that its Exif data say."""

SIDEWAYS = (
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
)


class PictureReader:
    """A picture, or the pages of a TIFF. Only the page that is drawn is decoded."""

    def __init__(self, source: Source) -> None:
        self._file, self._limits = source.file, source.limits
        with _open_image(self._file) as image:
            _check_size(image, self._limits.max_pixels)
            self.opened = Opened("picture", _count_pages(image, self._limits.max_pages))

    def read_pages(self, first: int) -> Iterator[Page]:
        with _open_image(self._file) as image:
            for number in range(first, (self.opened.num_pages or 1) + 1):
                yield Page(number=number, text="", is_scan=True, remarks=self._check_page(image, number))

    def _check_page(self, image: Image.Image, number: int) -> tuple[Remark, ...]:
        """Return a remark where a page of several is too large or has no header."""
        try:
            self._seek(image, number)
        except Refused as error:
            cause = error.refusal.values.get("cause", error.refusal.code)
            return (Remark("page_unreadable", {"page": number, "cause": cause}),)
        return ()

    def render(self, number: int, max_width: int, max_height: int) -> bytes:
        """Return a page, upright and over white, as a JPEG that fits into a box; it is never made larger."""
        if not 1 <= number <= (self.opened.num_pages or 1):
            raise IndexError(number)
        with _open_image(self._file) as image:
            self._seek(image, number)
            drawn = io.BytesIO()
            _scale(image, max_width, max_height).save(drawn, "JPEG", quality=JPEG_QUALITY)
        return drawn.getvalue()

    def _seek(self, image: Image.Image, number: int) -> None:
        with _refusing():
            image.seek(number - 1)
        _check_size(image, self._limits.max_pixels)

    def close(self) -> None:
        """Do nothing: the file is not open here."""


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever decoders raise into `Refused`; on damaged files they raise exceptions of any type."""
    try:
        yield
    except (MemoryError, Refused):
        raise
    except Exception as error:
        raise Refused(Refusal("broken", {"cause": "picture"})) from error


def _open_image(file: BinaryIO) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # the limit is our own
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    pi_heif.register_heif_opener(thumbnails=False)
    with _refusing():
        file.seek(0)
        return Image.open(file, formats=FORMATS)


def _count_pages(image: Image.Image, max_pages: int) -> int:
    """Return the number of pages, of a damaged TIFF those that are found. Raises `Refused` where there are too many."""
    if image.format != PAGED_FORMAT:
        return 1
    num_pages = 0
    with contextlib.suppress(Exception):
        while num_pages <= max_pages:
            image.seek(num_pages)
            num_pages += 1
    if num_pages > max_pages:
        raise Refused(Refusal("too_many_pages", {"limit": max_pages}))
    return max(num_pages, 1)


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise Refused(Refusal("too_many_pixels", {"num_pixels": image.width * image.height, "limit": max_pixels}))


def _scale(image: Image.Image, max_width: int, max_height: int) -> Image.Image:
    """Return a picture in RGB, upright, that fits into a box."""
    with _refusing():
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
        box = (max_height, max_width) if turn in SIDEWAYS else (max_width, max_height)
        image.draft("RGB", (2 * box[0], 2 * box[1]))
        image.thumbnail(box, reducing_gap=2.0)
        flat = _flatten(image)
        return flat if turn is None else flat.transpose(turn)


def _flatten(image: Image.Image) -> Image.Image:
    """Return a picture in RGB, over white where it is transparent."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda each: each * (1 / 256)).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, mask=image.getchannel("A"))
    return flat
