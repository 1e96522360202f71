"""Pictures with damage: in what is no pixel, at the end, or in the pixels."""

import struct
import zlib

import numpy as np

from tests.helpers.picture_files import (
    gamma,
    open_scene,
    scene_png,
    write_exif,
    write_samples,
)
from tests.helpers.pictures import chunk, encode

ANCILLARY = [
    "tEXt",
    "zTXt",
    "iTXt",
    "pHYs",
    "tIME",
    "gAMA",
    "cHRM",
    "iCCP",
    "eXIf",
    "sRGB",
    "sBIT",
    "bKGD",
    "hIST",
    "sPLT",
    "cICP",
    "acTL",
    "caBX",
    "abCd",
]
SEGMENTS = (0xE0, 0xE1, 0xE2, 0xEC, 0xED, 0xEE, 0xFE)
BOMB_BYTES = 100 << 20
SHARES = (0.3, 0.6, 0.9)
CUT_SIZE = (90, 320)
"""Large enough that the blocks in which decoders give out rows do not matter."""


def list_harmless() -> dict[str, bytes]:
    """Return pictures whose pixels are whole, by what is damaged."""
    return {**_list_harmless_png(), **_list_harmless_jpeg(), **_list_harmless_others()}


def list_cut() -> dict[str, bytes]:
    """Return pictures of which a part is missing or damaged, so that something of them can be shown."""
    scene = open_scene(CUT_SIZE)
    samples = np.asarray(scene, np.uint16)
    png, jpeg = write_samples(samples, 2, 8), encode(scene, "JPEG", quality=90)
    forms = {
        "png": png,
        "png interlaced": write_samples(samples, 2, 8, is_interlaced=True),
        "png palette": encode(scene.quantize(64), "PNG"),
        "jpeg": jpeg,
        "jpeg progressive": encode(scene, "JPEG", quality=90, progressive=True),
        "gif": encode(scene.quantize(64), "GIF", interlace=0),
        "gif interlaced": encode(scene.quantize(64), "GIF", interlace=1),
        "bmp": encode(scene, "BMP"),
    }
    cut = {f"{name} {share}": data[: int(len(data) * share)] for name, data in forms.items() for share in SHARES}
    place, length = _find_pixels(png)
    rows = zlib.decompress(png[place : place + length])
    middle = (1 + 3 * CUT_SIZE[0]) * 150
    scan = jpeg.index(b"\xff\xda")
    return {
        **cut,
        "png unknown filter": _replace_pixels(png, zlib.compress(rows[:middle] + b"\x09" + rows[middle + 1 :])),
        "png damaged stream": png[: place + length // 2] + bytes(16) + png[place + length // 2 + 16 :],
        "jpeg bad marker": jpeg[: scan + 200] + b"\xff\xff\x00\x12\xff\x3e" + jpeg[scan + 206 :],
        "jpeg zeros": jpeg[: scan + 300] + bytes(200) + jpeg[scan + 500 :],
    }


def list_hopeless() -> dict[str, bytes]:
    """Return files of which neither browsers nor we show anything."""
    png = scene_png()
    return {
        "png header checksum": png[:29] + b"abcd" + png[33:],
        "png signature alone": png[:8],
        "png cut in header": png[:20],
        "jpeg cut in tables": encode(open_scene(), "JPEG")[:100],
        "webp cut in header": encode(open_scene(), "WEBP")[:18],
        "gif cut in header": encode(open_scene(), "GIF")[:9],
    }


def _list_harmless_png() -> dict[str, bytes]:
    png = scene_png()
    place, length = _find_pixels(png)
    pixels, end = png[place : place + length], png[place + length + 4 :]
    bomb = zlib.compress(bytes(BOMB_BYTES), 9)
    damaged = {
        f"png {name} {kind}": png[:33] + each + png[33:]
        for name in ANCILLARY
        for kind, each in {
            "empty": chunk(name.encode(), b""),
            "junk": chunk(name.encode(), b"\xff" * 7),
            "long": chunk(name.encode(), b"\xff" * 70_000),
            "checksum": chunk(name.encode(), b"\0\1\x86\xa0")[:-4] + b"abcd",
            "twice": chunk(name.encode(), b"\1\0") * 2,
        }.items()
    }
    bombs = {"zTXt": b"key\0\0", "iTXt": b"key\0\1\0\0\0", "iCCP": b"key\0\0"}
    return {
        **damaged,
        **{f"png {n} bomb": png[:33] + chunk(n.encode(), head + bomb) + png[33:] for n, head in bombs.items()},
        "png gAMA behind pixels": png[:-12] + gamma(100_000) + png[-12:],
        "png behind end": png + chunk(b"tEXt", b"a\0b") + b"garbage" * 99,
        "png without end": png[:-12],
        "png cut in end": png[:-6],
        "png pixels' checksum": png[: place + length] + b"abcd" + end,
        "png rows' checksum": _replace_pixels(png, _blacken(pixels)[:-4] + b"abcd"),
        "png too many pixels": _replace_pixels(png, zlib.compress(zlib.decompress(pixels) + bytes(500))),
        "png junk behind pixels": _replace_pixels(png, pixels + b"junk"),
        "png many chunks": png[: place - 8]
        + b"".join(chunk(b"IDAT", pixels[at : at + 50]) for at in range(0, length, 50))
        + end,
        "png exif with text before": png[:33] + chunk(b"eXIf", b"Exif\0\0junk") + png[33:],
    }


def _blacken(pixels: bytes) -> bytes:
    """Return pixels whose last rows are black, like those that a decoder has not got to."""
    rows = zlib.decompress(pixels)
    return zlib.compress(rows[: len(rows) // 2] + bytes(len(rows) - len(rows) // 2))


def _list_harmless_jpeg() -> dict[str, bytes]:
    jpeg = encode(open_scene(), "JPEG", quality=90)
    contents = {
        "empty": b"",
        "junk": b"\xff\xd8junk\xff\xe0",
        "exif": b"Exif\0\0MM\0*\0\0",
        "profile": b"ICC_PROFILE\0\1",
        "part of a profile": b"ICC_PROFILE\0\2\1abc",
        "adobe": b"Adobe\0",
        "photoshop": b"Photoshop 3.0\x008BIM\xff\xff\xff",
        "pictures": b"MPF\0MM\0*\0\0\0\x08\xff\xff",
        "jfif": b"JFIF\0\1",
    }
    damaged = {
        f"jpeg {marker:x} {kind}": jpeg[:2] + _write_segment(marker, content) + jpeg[2:]
        for marker in SEGMENTS
        for kind, content in contents.items()
    }
    short = {
        f"jpeg {marker:x} length {n}": jpeg[:2] + _write_segment(marker, b"", n) + jpeg[2:]
        for marker in SEGMENTS
        for n in (0, 1)
    }
    return {
        **damaged,
        **short,
        "jpeg junk between": jpeg[:20] + b"\0\1\2\3" + jpeg[20:],
        "jpeg fill bytes": jpeg[:20] + b"\xff\xff\xff" + jpeg[20:],
        "jpeg junk behind": jpeg + b"trail" * 1000,
        "jpeg twice": jpeg + jpeg,
    }


def _list_harmless_others() -> dict[str, bytes]:
    webp, gif, bmp = encode(open_scene(), "WEBP"), encode(open_scene(), "GIF"), encode(open_scene(), "BMP")
    avif = encode(open_scene(), "AVIF", speed=10, exif=b"Exif\0\0" + write_exif(6))
    return {
        "webp junk behind": webp + b"x" * 30,
        "webp broken exif": encode(open_scene(), "WEBP", exif=b"Exif\0\0" + b"junk" * 4),
        "gif junk behind": gif + b"xx" * 9,
        "gif without end": gif[:-1],
        "gif comment cut": gif[:-1] + b"\x21\xfe\xff",
        "bmp wrong size": bmp[:2] + bytes(4) + bmp[6:],
        "bmp junk behind": bmp + b"xyz" * 100,
        "avif broken exif": avif.replace(b"II*\0\x08", b"zzzzz"),
        "avif junk behind": avif + b"junk" * 10,
    }


def _find_pixels(png: bytes) -> tuple[int, int]:
    place = png.index(b"IDAT") + 4
    return place, int(struct.unpack(">I", png[place - 8 : place - 4])[0])


def _replace_pixels(png: bytes, pixels: bytes) -> bytes:
    place, length = _find_pixels(png)
    return png[: place - 8] + chunk(b"IDAT", pixels) + png[place + length + 4 :]


def _write_segment(marker: int, content: bytes, length: int | None = None) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2 if length is None else length) + content
