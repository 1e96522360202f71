"""A picture's file as its decoder gets it, and what its other parts say about the pixels.

What is no pixel, texts, thumbnails and other descriptions, never reaches a decoder, and so refuses no picture.
"""

import contextlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image

from model.errors import ImageError
from model.pictures import bmp_file, icon_file, jpeg_segments, png_chunks, tiff_file
from model.pictures.icc_profile import (
    BT_709,
    Primaries,
    is_known,
    make_power_curve,
    write_code_points,
    write_profile,
)
from model.pictures.jpeg_segments import read_jpeg
from model.pictures.media_boxes import PICTURE_BRANDS, hide_descriptions, read_brands, read_code_points
from model.pictures.orientation import UPRIGHT, read_orientation
from model.pictures.png_chunks import PngFile, inflate_profile, read_png
from model.pictures.sample_reader import SampleLayout
from model.pictures.tiff_file import read_tiff
from model.pictures.webp_chunks import mend_webp

VECTORS: Mapping[bytes, str] = {b"%PDF": "a PDF document", b"%!PS": "a PostScript document"}
GZIP = b"\x1f\x8b"
TEXT_BYTES = 4096
"""How far into a file its kind is looked for, where that is text."""

PNG_UNIT = 100_000
SRGB_GAMMA = 45_455
FULL_RANGE_RGB = b"\0\1"
SIGNATURE_PLACE = slice(36, 40)
EXIF_PREFIX = b"Exif\0\0"
JPEG_BITS = 8


@dataclass(frozen=True)
class PictureFile:
    """What a decoder gets, and how its pixels are read.

    `profile` is an ICC profile, as far as it is known before the picture is opened. `transparent` is the one colour
    that is transparent, in the bits of a sample. `samples` is there where the decoder gives bytes instead of pixels.
    `is_known` is whether the first bytes tell what kind of picture it is.
    """

    data: bytes
    orientation: int = UPRIGHT
    profile: bytes = b""
    transparent: tuple[int, ...] | None = None
    bits: int = 8
    samples: SampleLayout | None = None
    is_known: bool = True


def read_picture_file(data: bytes) -> PictureFile:
    """Return what a file holds. Raises `ImageError` for the kinds that are refused by name."""
    if data.startswith(png_chunks.SIGNATURE):
        return _from_png(read_png(data))
    if data.startswith(jpeg_segments.SIGNATURE):
        return _from_jpeg(data)
    if data.startswith(tiff_file.SIGNATURES):
        tiff = read_tiff(data)
        return PictureFile(tiff.data, tiff.orientation, tiff.profile, samples=tiff.samples)
    if data.startswith(bmp_file.SIGNATURE):
        bmp = bmp_file.read_bmp(data)
        return PictureFile(bmp.data, profile=bmp.profile, is_known=False)
    if icon_file.is_icon(data):
        return _from_icon(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureFile(mend_webp(data))
    if read_brands(data) & PICTURE_BRANDS:
        return PictureFile(hide_descriptions(data), profile=write_code_points(*read_code_points(data)))
    _refuse_vectors(data)
    return PictureFile(data, is_known=False)


def complete(file: PictureFile, image: Image.Image) -> PictureFile:
    """Return the file with what only the open picture says: its profile, and how AVIF's boxes turn it."""
    if image.format not in ("WEBP", "AVIF", "HEIF"):
        return file
    profile = image.info.get("icc_profile") or file.profile
    exif = image.info.get("exif") if image.format == "AVIF" else None  # the decoder puts the boxes' turn there
    return replace(file, profile=profile, orientation=read_orientation((exif or b"").removeprefix(EXIF_PREFIX)))


def _from_png(png: PngFile) -> PictureFile:
    orientation = read_orientation(png.chunks.get(b"eXIf", b""))
    return PictureFile(png.data, orientation, _find_png_profile(png.chunks), png.transparent, png.bits)


def _from_icon(data: bytes) -> PictureFile:
    icon = icon_file.read_icon(data)
    if not icon.is_png:
        return PictureFile(icon.data)
    png = read_png(icon.data)
    if png.size != icon.size:
        raise ImageError(
            f"the icon holds a picture of another size than its header says, {icon.size[0]} x {icon.size[1]}", "damaged"
        )
    return _from_png(png)


def _find_png_profile(chunks: Mapping[bytes, bytes]) -> bytes:
    """Return the profile by the first of cICP, iCCP, sRGB and gAMA that says something; nothing for sRGB (4.3)."""
    code_points = chunks.get(b"cICP", b"")
    if len(code_points) == 4 and code_points[2:] == FULL_RANGE_RGB and is_known(*code_points[:2]):
        return write_code_points(*code_points[:2])
    profile = inflate_profile(chunks.get(b"iCCP", b""))
    if profile[SIGNATURE_PLACE] == b"acsp":
        return profile
    return b"" if len(chunks.get(b"sRGB", b"")) == 1 else _write_gamma(chunks)


def _write_gamma(chunks: Mapping[bytes, bytes]) -> bytes:
    """Return the profile of gAMA, with the primaries of cHRM where that makes sense (11.3.2.1 and 2)."""
    value, values = chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b"")
    gamma = int.from_bytes(value, "big")
    if len(value) != 4 or not gamma:
        return b""
    curve = make_power_curve(PNG_UNIT / gamma)
    if len(values) == 32:
        x_y = [value / PNG_UNIT for value in struct.unpack(">8I", values)]
        with contextlib.suppress(ValueError):
            return write_profile(Primaries(*zip(x_y[::2], x_y[1::2], strict=True)), curve)
    return b"" if gamma == SRGB_GAMMA else write_profile(BT_709, curve)


def _from_jpeg(data: bytes) -> PictureFile:
    jpeg = read_jpeg(data)
    if jpeg.bits not in (0, JPEG_BITS):
        raise ImageError(f"it is a JPEG with {jpeg.bits} bits a sample; only those with 8 are read", "depth")
    return PictureFile(jpeg.data, read_orientation(jpeg.exif), jpeg.profile)


def _refuse_vectors(data: bytes) -> None:
    text = data[:TEXT_BYTES]
    if text.startswith(GZIP):
        with contextlib.suppress(zlib.error):
            text = zlib.decompressobj(wbits=31).decompress(text, TEXT_BYTES)
    text = text.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip()  # UTF-16 has zeros between letters
    kind = next((name for start, name in VECTORS.items() if text.startswith(start)), None)
    if text[:1] in (b"<", b"\xff", b"\xfe") and b"<svg" in text.lower():
        kind = "an SVG drawing"
    if kind is not None:
        raise ImageError(f"it is {kind}, and only pictures made of pixels are read: send it as PNG or JPEG", "vector")
