"""HEIC and other HEIF pictures, by libheif and libde265, which only decode."""

import io

from pi_heif import options
from pi_heif.as_plugin import HeifImageFile
from PIL import Image


def open_heif(data: bytes) -> Image.Image:
    """Open the primary picture of a HEIF file, turned and cropped as its boxes say. Raises `SyntaxError` for others."""
    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    image: Image.Image = HeifImageFile(io.BytesIO(data))
    return image
