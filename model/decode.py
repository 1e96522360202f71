"""From the bytes that a user sent to a picture. The bytes are not trusted."""

import base64
import binascii
import io
import re

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from model.errors import ImageError, ImageTooLarge
from model.options import MAX_IMAGE_PIXELS

# Raster formats that Pillow reads by itself: no vector formats, which start other programs.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "ICO", "TGA", "JPEG2000")
DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(;[\w.+-]+=[^;,]*)*;base64,", re.IGNORECASE)


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64 text, with or without a data URL's prefix (RFC 2397); white space is ignored.

    Raises `ImageError` for other text, and where there are no bytes.
    """
    prefix = DATA_URL.match(text)
    payload = "".join(text[prefix.end() if prefix else 0 :].split())
    try:
        data = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError("it is neither base64 nor a data URL with base64", "base64") from error
    if not data:
        raise ImageError("it is empty", "empty")
    return data


def decode_image(data: bytes, max_pixels: int = MAX_IMAGE_PIXELS) -> Image.Image:
    """Return the first frame in RGB, rotated as its EXIF orientation says.

    Transparent pixels keep the colour stored under them, as in the reference; greys of more than 8 bits are scaled.
    Raises `ImageTooLarge`, from the header alone, and `ImageError` for anything that cannot be read.
    """
    Image.init()  # load every plugin: `formats` may only name formats that are loaded
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image, max_pixels)
            image.load()
            return _to_rgb(ImageOps.exif_transpose(image))
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(f"the picture has more pixels than the limit of {max_pixels:,}") from error
    except UnidentifiedImageError as error:
        raise ImageError("it is not a picture in a known format", "format") from error
    except Exception as error:  # on damaged files Pillow's decoders raise exceptions of any type
        raise ImageError(f"the picture is damaged or cut off ({error})", "damaged") from error


def read_media_type(data: bytes) -> str:
    """Return the media type of a picture that `decode_image` takes, read from its header.

    What the sender declared is not looked at. Raises `UnidentifiedImageError` for other bytes.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return Image.MIME.get(image.format or "", "application/octet-stream")


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"the picture has {width} x {height} = {width * height:,} pixels, the limit is {max_pixels:,}"
        )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = _to_8_bits(image)
    return image.convert("RGB")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale greys to 0-255, where Pillow would clip them: 16-bit ones from 0-65535, wider ones from their own range."""
    values = np.asarray(image, dtype=np.float64)
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (values.min(), values.max())
    if image.mode == "I" and low >= 0 and high <= 65535:  # Pillow opens some 16-bit PNGs in this 32-bit mode
        low, high = 0.0, 65535.0
    scaled = (values - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(np.nan_to_num(scaled).clip(0, 255).astype(np.uint8))
