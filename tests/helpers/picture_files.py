"""One small scene, and writers of the forms of pictures that Pillow does not write."""

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.pictures.icc_profile import (
    BT_709,
    D50,
    PRIMARIES,
    Primaries,
    join_profile,
    make_power_curve,
    srgb_curve,
    write_profile,
)
from tests.helpers.pictures import chunk

WIDTH, HEIGHT = 45, 37
"""Neither is a multiple of a block."""

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

ADOBE_RGB = Primaries(red=(0.64, 0.33), green=(0.21, 0.71), blue=(0.15, 0.06))
PROPHOTO = Primaries((0.3457, 0.3585), (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
SWAPPED = Primaries(red=BT_709.green, green=BT_709.blue, blue=BT_709.red)
PROFILES: Mapping[str, bytes] = {
    "srgb": write_profile(BT_709, srgb_curve),
    "p3": write_profile(PRIMARIES[12], srgb_curve),
    "adobe": write_profile(ADOBE_RGB, make_power_curve(2.2)),
    "prophoto": write_profile(PROPHOTO, make_power_curve(1.8)),
    "linear": write_profile(BT_709, make_power_curve(1.0)),
    "swapped": write_profile(SWAPPED, srgb_curve),
}


def write_grey_profile(exponent: float) -> bytes:
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"
    return join_profile(
        b"GRAY", {b"wtpt": b"XYZ \0\0\0\0" + np.rint(D50 * 65536).astype(">i4").tobytes(), b"kTRC": curve}
    )


def write_ink_profile() -> bytes:
    """Return a CMYK profile whose tables make a warm grey of black ink, nine entries a channel (ICC.1:2022, 10.10)."""
    inks = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    light = (1 - 0.9 * inks[:, :3]) * (1 - 0.85 * inks[:, 3:])
    lab = np.stack(
        (light.mean(1), 0.5 + 0.3 * (light[:, 0] - light[:, 1]), 0.52 + 0.3 * (light[:, 1] - light[:, 2])), 1
    )
    table = np.rint(lab.clip(0, 1) * 255).astype(np.uint8).tobytes()
    ramp = bytes(range(256))
    matrix = np.rint(np.eye(3) * 65536).astype(">i4").tobytes()
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 9, 0]) + matrix + ramp * 4 + table + ramp * 3
    white = b"XYZ \0\0\0\0" + np.rint(D50 * 65536).astype(">i4").tobytes()
    return join_profile(b"CMYK", {b"wtpt": white, b"A2B0": lut, b"A2B1": lut}, kind=b"prtr", pcs=b"Lab ")


def open_scene(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Return a picture with all hues, light and dark, soft and sharp."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = [0.5 + 0.5 * np.sin(6.3 * (x * a + y * b) + c) for a, b, c in ((1, 0.3, 0), (0.4, 1, 2), (1.2, -0.7, 4))]
    pixels = np.stack(waves, axis=-1) * (0.25 + 0.75 * y[..., None])
    pixels[height // 4 : height // 2, width // 5 : width // 2] = (0.9, 0.1, 0.15)
    return Image.fromarray(np.rint(pixels * 255).astype(np.uint8))


def open_cutout() -> Image.Image:
    """Return the scene with every degree of transparency, and black under what is not seen at all."""
    pixels = np.array(open_scene().convert("RGBA"))
    pixels[..., 3] = np.linspace(0, 255, WIDTH).astype(np.uint8)
    pixels[:8, :, 3] = 0
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels)


def make_samples(colour_type: int, bits: int) -> NDArray[np.uint16]:
    """Return samples `[height, width, channels]` of the scene in a PNG's colour type."""
    image = {0: open_scene().convert("L"), 2: open_scene(), 4: open_cutout().convert("LA"), 6: open_cutout()}.get(
        colour_type
    )
    if image is None:
        return np.array(open_scene().quantize(1 << bits), np.uint16)[..., None]
    values = np.array(image, np.float64).reshape(HEIGHT, WIDTH, -1)
    return np.rint(values / 255 * ((1 << bits) - 1)).astype(np.uint16)


def write_samples(
    samples: NDArray[np.uint16],
    colour_type: int,
    bits: int,
    chunks: Iterable[bytes] = (),
    *,
    is_interlaced: bool = False,
) -> bytes:
    """Return a PNG of samples `[height, width, channels]`, with further chunks before its pixels."""
    height, width, _ = samples.shape
    passes = ADAM7 if is_interlaced else ((0, 0, 1, 1),)
    rows = b"".join(_pack_rows(samples[y::dy, x::dx], bits) for x, y, dx, dy in passes)
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, int(is_interlaced))
    parts = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _pack_rows(samples: NDArray[np.uint16], bits: int) -> bytes:
    if not samples.size:
        return b""
    values = samples.reshape(len(samples), -1)
    if bits == 16:
        packed = np.ascontiguousarray(values.astype(">u2")).view(np.uint8).reshape(len(values), -1)
    else:
        spread = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        packed = np.packbits(spread.reshape(len(values), -1).astype(np.uint8), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in packed)


def palette(bits: int) -> bytes:
    colours = open_scene().quantize(1 << bits).getpalette() or []
    return chunk(b"PLTE", bytes(colours[: 3 << bits]))


def scene_png(colour_type: int = 2, bits: int = 8, *chunks: bytes, is_interlaced: bool = False) -> bytes:
    before = [each for each in chunks if each[4:8] not in (b"tRNS", b"bKGD", b"hIST")]
    after = [each for each in chunks if each not in before]
    table = [palette(bits)] if colour_type == 3 else []
    parts = [*before, *table, *after]
    return write_samples(make_samples(colour_type, bits), colour_type, bits, parts, is_interlaced=is_interlaced)


def gamma(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


def chromaticities(primaries: Primaries) -> bytes:
    places = (primaries.white, primaries.red, primaries.green, primaries.blue)
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for place in places for value in place)))


def code_points(primaries: int, transfer: int) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, 0, 1]))


def profile_chunk(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))


SRGB_CHUNK = chunk(b"sRGB", b"\0")


def write_exif(orientation: int, order: str = "<") -> bytes:
    """Return EXIF data with nothing but an orientation."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def write_bmp(
    values: NDArray[Any],
    bits: int,
    masks: tuple[int, ...] = (),
    colours: Iterable[int] = (),
    *,
    is_top_down: bool = False,
) -> bytes:
    """Return a BMP with the header of Windows 3."""
    height, width = values.shape
    rows = values if is_top_down else values[::-1]
    if bits < 8:
        spread = (rows[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        raw = np.packbits(spread.reshape(height, -1).astype(np.uint8), axis=1)
    else:
        raw = np.ascontiguousarray(rows.astype(f"<u{bits // 8}")).view(np.uint8).reshape(height, -1)
    raw = np.pad(raw, ((0, 0), (0, -raw.shape[1] % 4)))
    triples = np.array(list(colours), np.uint8).reshape(-1, 3)[: 1 << bits, ::-1]
    table = np.pad(triples, ((0, 0), (0, 1))).tobytes() + struct.pack(f"<{len(masks)}I", *masks)
    signed = -height if is_top_down else height
    info = struct.pack("<IiiHHIIiiII", 40, width, signed, 1, bits, 3 if masks else 0, raw.size, 0, 0, len(triples), 0)
    start = 14 + len(info) + len(table)
    return b"BM" + struct.pack("<IHHI", start + raw.size, 0, 0, start) + info + table + raw.tobytes()


def open_ink() -> Image.Image:
    pixels = np.array(open_scene().convert("CMYK"))
    pixels[..., 3] = np.linspace(0, 200, WIDTH)
    return Image.fromarray(pixels, "CMYK")
