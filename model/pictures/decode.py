"""From the bytes that a user sent to a picture. The bytes are not trusted."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from model.errors import ImageError, ImageTooLarge
from model.options import MAX_IMAGE_PIXELS, MAX_IMAGE_RATIO
from model.pictures.colour import find_conversion
from model.pictures.decode_cost import estimate_bytes
from model.pictures.file import PictureFile, complete, read_picture_file
from model.pictures.file_formats import read_webp_size
from model.pictures.heif import open_heif
from model.pictures.layout import Size
from model.pictures.media_boxes import is_heif
from model.pictures.orientation import turn_size
from model.pictures.partial_load import NOTHING, Shown, draft_image, load_cut_jpeg, load_png, load_shown
from model.pictures.pixels import Pixels
from model.pictures.png_chunks import find_checksum, mend_checksum
from model.pictures.sample_reader import read_samples
from model.pictures.tiff_file import name_samples

# Raster formats that Pillow reads by itself: no vector formats, which start other programs.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "ICO", "TGA", "JPEG2000")
PLUGINS = ("Png", "Jpeg", "WebP", "Gif", "Bmp", "Tiff", "Avif", "Ppm", "Ico", "Tga", "Jpeg2K")

DRAFT_PIXELS = 25_000_000
"""A JPEG with more pixels is decoded at a half, a quarter or an eighth of its size where its views need no more."""

DRAFT_MARGIN = 2
"""How many times as large as the views a picture that is scaled while it is decoded still is, in each direction."""

NO_MEMORY = "decoding the picture takes more memory than its header says"
DAMAGED = "the picture is damaged or cut off, and nothing of it can be shown"


@dataclass(frozen=True)
class SizeLimits:
    """The most pixels of a picture, and how many times its longer side may be as long as the shorter one."""

    max_pixels: int = MAX_IMAGE_PIXELS
    max_ratio: int = MAX_IMAGE_RATIO


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded. `size` is upright; `num_bytes` is what decoding it takes."""

    media_type: str
    size: Size
    num_bytes: int


def read_header(data: bytes, limits: SizeLimits, find_needed: Callable[[Size], Size]) -> Header:
    """Return what a picture's file says. `find_needed` gives the largest size that one of its size is scaled to.

    Raises as `decode_pixels` does, but for damage behind the header.
    """
    with _open(data, limits) as (image, file):
        size = _find_size(image, file)
        media_type = _find_media_type(image)
        draft_image(image, _find_draft(image, file, find_needed(size)))
        return Header(media_type, size, estimate_bytes(image, file))


def decode_pixels(data: bytes, limits: SizeLimits, needed: Size | None = None) -> Pixels:
    """Return the first frame. With `needed`, a large one may be scaled as it is decoded, see `DRAFT_PIXELS`.

    What was cut off is white, as in browsers. Raises `ImageTooLarge`, from the header alone, and `ImageError` for
    anything that cannot be read, or of which nothing can be shown.
    """
    with _open(data, limits) as (image, file):
        size = _find_size(image, file)
        loaded, shown = _load(image, file, None if needed is None else _find_draft(image, file, needed))
        if shown == NOTHING:
            raise ImageError(DAMAGED, "damaged")
        if file.samples is not None:
            loaded = read_samples(loaded, file.samples)
            shown = (0, shown[1], loaded.width, shown[3])
        return Pixels(loaded, file, size, find_conversion(file.profile, loaded.mode), shown)


def decode_image(data: bytes, max_pixels: int = MAX_IMAGE_PIXELS) -> Image.Image:
    """Return the first frame in RGB: upright, over white, and in sRGB. Raises as `decode_pixels` does."""
    return decode_pixels(data, SizeLimits(max_pixels)).to_rgb()


@contextmanager
def _open(data: bytes, limits: SizeLimits) -> Iterator[tuple[Image.Image, PictureFile]]:
    """Open a picture within the limits; whatever is wrong with it becomes an `ImageError`."""
    load_plugins()
    if (webp_size := read_webp_size(data)) is not None:
        _check_size(webp_size, limits)  # to open it takes as much memory as a large part of decoding it
    try:
        file = read_picture_file(data)
        with _open_image(file) as image:
            file = complete(file, image)
            _check_size(_find_size(image, file), limits)
            yield image, file
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(NO_MEMORY, "memory") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(f"the picture has more pixels than the limit of {limits.max_pixels:,}") from error
    except Exception as error:  # on damaged files decoders raise exceptions of any type
        raise ImageError(DAMAGED, "damaged") from error


def _open_image(file: PictureFile) -> Image.Image:
    if is_heif(file.data):
        return open_heif(file.data)
    try:
        image = Image.open(io.BytesIO(file.data), formats=FORMATS)
    except UnidentifiedImageError as error:
        if file.is_known:
            raise
        raise ImageError("it is not a picture in a known format", "format") from error
    if isinstance(image, TiffImageFile):
        name_samples(image)
    return image


def load_plugins() -> None:
    """Load Pillow's readers of `FORMATS`, and no others; this may be called again and again."""
    for plugin in PLUGINS:
        import_module(f"PIL.{plugin}ImagePlugin")


def _find_media_type(image: Image.Image) -> str:
    kind = image.format or ""
    return "image/heic" if kind == "HEIF" else Image.MIME.get(kind, "application/octet-stream")


def _find_size(image: Image.Image, file: PictureFile) -> Size:
    """Return the size of a picture, upright."""
    return turn_size(image.size if file.samples is None else file.samples.size, file.orientation)


def _check_size(size: Size, limits: SizeLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"the picture has {width} x {height} = {width * height:,} pixels, the limit is {limits.max_pixels:,}"
        )
    if max(size) > limits.max_ratio * min(size):
        ratio = max(size) / max(min(size), 1)
        raise ImageError(
            f"the picture has {width} x {height} pixels: its longer side is {ratio:,.0f} times its shorter one, "
            f"the limit is {limits.max_ratio:,}",
            "ratio",
        )


def _find_draft(image: Image.Image, file: PictureFile, needed: Size) -> Size | None:
    """Return the size that a large JPEG is scaled to while it is decoded, about; None for other pictures."""
    if image.format != "JPEG" or image.width * image.height <= DRAFT_PIXELS:
        return None
    width, height = turn_size(needed, file.orientation)
    return DRAFT_MARGIN * width, DRAFT_MARGIN * height


def _load(image: Image.Image, file: PictureFile, draft: Size | None) -> tuple[Image.Image, Shown]:
    """Decode a picture as far as it goes."""
    draft_image(image, draft)
    size = image.size
    shown = load_shown(image)
    if image.size != size:  # an icon may hold a picture of another size than it says
        raise ImageError(f"the picture has not the size that its header says, {size[0]} x {size[1]}", "damaged")
    if shown[3] - shown[1] == image.height or image.format not in ("JPEG", "PNG"):
        return image, shown
    if image.format == "PNG":
        return _load_mended(image, file, shown)
    image.close()
    return load_cut_jpeg(file.data, draft, shown)


def _load_mended(image: Image.Image, file: PictureFile, shown: Shown) -> tuple[Image.Image, Shown]:
    """Decode a PNG again if only the checksum of its pixels is wrong."""
    found = find_checksum(file.data)
    if found is None:
        return image, shown
    image.close()
    return load_png(mend_checksum(file.data, *found))
