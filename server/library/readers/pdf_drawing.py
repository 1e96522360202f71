"""Pages of a PDF as pictures."""

import io

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]
from PIL import Image, ImageChops

WHITE = (255, 255, 255, 255)
PNG_LEVEL = 2
JPEG_QUALITY = 90


def draw(page: pdfium.PdfPage, max_width: int, max_height: int) -> Image.Image:
    """Return a page in RGB over white, with its annotations, upright, so that it fills a box in one direction."""
    width, height = _fit(page.get_size(), max_width, max_height)
    bitmap = pdfium.PdfBitmap.new_native(width, height, pdfium_c.FPDFBitmap_BGR, rev_byteorder=True)
    try:
        bitmap.fill_rect(WHITE, 0, 0, width, height)
        flags = pdfium_c.FPDF_ANNOT | pdfium_c.FPDF_REVERSE_BYTE_ORDER | pdfium_c.FPDF_RENDER_LIMITEDIMAGECACHE
        pdfium_c.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
        image: Image.Image = bitmap.to_pil()
        return image
    finally:
        bitmap.close()


def _fit(size: tuple[float, float], max_width: int, max_height: int) -> tuple[int, int]:
    """Return the size in pixels of a page of any size, however absurd."""
    width, height = (max(each, 1e-3) for each in size)
    scale = min(max_width / width, max_height / height)
    return min(max(round(width * scale), 1), max_width), min(max(round(height * scale), 1), max_height)


def encode_picture(image: Image.Image, is_photo: bool) -> bytes:
    """Return a picture as a JPEG, or as a PNG, which is in grey where it has no colour."""
    encoded = io.BytesIO()
    if is_photo:
        image.save(encoded, "JPEG", quality=JPEG_QUALITY)
    else:
        (image if has_colour(image) else image.getchannel(0)).save(encoded, "PNG", compress_level=PNG_LEVEL)
    return encoded.getvalue()


def has_colour(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return ImageChops.difference(red, green).getbbox() is not None or (
        ImageChops.difference(red, blue).getbbox() is not None
    )
