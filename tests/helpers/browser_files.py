"""Small pictures in every form that browsers show."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import ImageFilter

from model.pictures.icc_profile import BT_709, PRIMARIES
from tests.helpers.picture_files import (
    CHANNELS,
    DEPTHS,
    HEIGHT,
    PROFILES,
    SRGB_CHUNK,
    WIDTH,
    chromaticities,
    code_points,
    gamma,
    make_samples,
    open_cutout,
    open_ink,
    open_scene,
    palette,
    profile_chunk,
    scene_png,
    write_bmp,
    write_exif,
    write_grey_profile,
    write_ink_profile,
)
from tests.helpers.pictures import chunk, encode


def list_files() -> dict[str, bytes]:
    """Return files by what they are, of all forms that Chromium shows."""
    groups = (_list_png(), _list_png_colours(), _list_jpeg(), _list_bmp(), _list_others(), _list_avif())
    files = dict[str, bytes]()
    for group in groups:
        for name, data in group:
            assert name not in files, name
            files[name] = data
    return files


Files = Iterator[tuple[str, bytes]]
WEBP_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "lossy": {},
    "q30": {"quality": 30},
    "lossless": {"lossless": True},
    "exact": {"lossless": True, "exact": True},
}


def _list_png() -> Files:
    for colour_type, depths in DEPTHS.items():
        for bits in depths:
            name = f"png type {colour_type} bits {bits}"
            yield name, scene_png(colour_type, bits)
            yield f"{name} interlaced", scene_png(colour_type, bits, is_interlaced=True)
            yield (
                f"{name} sBIT",
                scene_png(colour_type, bits, chunk(b"sBIT", bytes([min(bits, 5)] * max(3, CHANNELS[colour_type])))),
            )
            if colour_type in (0, 2):
                key = make_samples(colour_type, bits)[20, 20]
                yield f"{name} key", scene_png(colour_type, bits, chunk(b"tRNS", key.astype(">u2").tobytes()))
            elif colour_type == 3:
                yield f"{name} alphas", scene_png(colour_type, bits, chunk(b"tRNS", bytes([0, 200, 100][: 1 << bits])))
                yield f"{name} one alpha", scene_png(colour_type, bits, chunk(b"tRNS", b"\0"), is_interlaced=True)
    for orientation in range(1, 9):
        yield f"png exif {orientation}", scene_png(2, 8, chunk(b"eXIf", write_exif(orientation, "<>"[orientation % 2])))
    yield "png exif alpha", scene_png(6, 8, chunk(b"eXIf", write_exif(5)))
    frames = [open_scene(), open_scene().rotate(180)]
    yield "png animated", encode(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=60_000)
    hidden = [open_scene().rotate(90), *frames]
    options = {"default_image": True, "duration": 60_000}
    yield "png animated behind another", encode(hidden[0], "PNG", save_all=True, append_images=hidden[1:], **options)
    yield "png short palette", scene_png(3, 8).replace(palette(8), palette(7))
    yield "png background", scene_png(6, 8, chunk(b"bKGD", bytes(6)))


def _list_png_colours() -> Files:
    for colour_type in (0, 2, 3, 4, 6):
        for name, chunks in list_colour_chunks().items():
            yield f"png type {colour_type} {name}", scene_png(colour_type, 8, *chunks)
    for name in ("gamma 1", "profile p3", "cicp 12 13"):
        yield f"png 16 bits {name}", scene_png(2, 16, *list_colour_chunks()[name])
    yield "png grey profile", scene_png(0, 8, profile_chunk(write_grey_profile(1.0)))
    yield "png grey alpha grey profile", scene_png(4, 8, profile_chunk(write_grey_profile(1.5)))
    yield "png colour grey profile", scene_png(2, 8, profile_chunk(write_grey_profile(1.0)))


def list_colour_chunks() -> dict[str, tuple[bytes, ...]]:
    """Return chunks of a PNG that say what its colours are, one kind and several."""
    p3 = chromaticities(PRIMARIES[12])
    return {
        **{f"gamma {value / 1e5:g}": (gamma(value),) for value in (100_000, 45_455, 55_556, 31_250, 200_000, 0)},
        **{f"profile {name}": (profile_chunk(profile),) for name, profile in PROFILES.items()},
        **{
            f"cicp {p} {t}": (code_points(p, t),)
            for p, t in (
                (12, 13),
                (9, 14),
                (1, 8),
                (5, 4),
                (1, 1),
                (1, 13),
                (2, 2),
                (9, 16),
                (9, 18),
                (12, 16),
                (11, 17),
            )
        },
        "gamma p3": (gamma(45_455), p3),
        "gamma 1 bt2020": (gamma(100_000), chromaticities(PRIMARIES[9])),
        "gamma 1 same": (gamma(100_000), chromaticities(BT_709)),
        "p3 alone": (p3,),
        "sRGB": (SRGB_CHUNK,),
        "sRGB over gamma": (gamma(100_000), p3, SRGB_CHUNK),
        "profile over gamma": (gamma(100_000), profile_chunk(PROFILES["adobe"])),
        "cicp over profile": (code_points(12, 13), profile_chunk(PROFILES["linear"])),
        "cicp over sRGB": (code_points(9, 13), SRGB_CHUNK),
        "broken profile over gamma": (gamma(100_000), chunk(b"iCCP", b"x\0\0broken")),
    }


def _list_jpeg() -> Files:
    scene = open_scene()
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        for quality in (40, 90):
            for is_progressive in (False, True):
                name = f"jpeg {subsampling} q{quality} {'progressive' if is_progressive else 'baseline'}"
                yield name, encode(scene, "JPEG", subsampling=subsampling, quality=quality, progressive=is_progressive)
    yield "jpeg rgb", encode(scene, "JPEG", keep_rgb=True, quality=90)
    yield "jpeg restarts", encode(scene, "JPEG", restart_marker_blocks=1)
    for mode in ("L", "CMYK"):
        image = scene.convert(mode)
        yield f"jpeg {mode}", encode(image, "JPEG", quality=90)
        yield f"jpeg {mode} progressive", encode(image, "JPEG", quality=90, progressive=True)
    yield "jpeg ink profile", encode(open_ink(), "JPEG", quality=95, icc_profile=write_ink_profile())
    yield "jpeg ink", encode(open_ink(), "JPEG", quality=95)
    for name, profile in {
        **PROFILES,
        "grey": write_grey_profile(1.0),
        "ink": write_ink_profile(),
        "none": b"x" * 200,
    }.items():
        yield f"jpeg profile {name}", encode(scene, "JPEG", quality=90, icc_profile=profile)
        yield f"jpeg L profile {name}", encode(scene.convert("L"), "JPEG", quality=90, icc_profile=profile)
    for orientation in range(10):
        exif = b"Exif\0\0" + write_exif(orientation, "<>"[orientation % 2])
        yield f"jpeg exif {orientation}", encode(scene, "JPEG", exif=exif)
    yield "jpeg exif broken", encode(scene, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")


def _list_bmp() -> Files:
    scene = open_scene()
    for mode in ("1", "L", "RGB"):
        yield f"bmp {mode}", encode(scene.convert(mode), "BMP")
    yield "bmp P", encode(scene.quantize(200), "BMP")
    yield "bmp RGBA", encode(open_cutout(), "BMP")
    yield "bmp 4 bits", write_bmp(make_samples(3, 4)[..., 0], 4, colours=open_scene().quantize(16).getpalette() or [])
    red, green, blue = (np.array(scene, np.uint16)[..., band] for band in range(3))
    yield "bmp 555", write_bmp(red >> 3 << 10 | green >> 3 << 5 | blue >> 3, 16)
    yield "bmp 565", write_bmp(red >> 3 << 11 | green >> 2 << 5 | blue >> 3, 16, masks=(0xF800, 0x07E0, 0x001F))
    wide = red.astype(np.uint32) << 16 | green.astype(np.uint32) << 8 | blue
    yield "bmp 32", write_bmp(wide, 32)
    yield "bmp 32 masks", write_bmp(wide, 32, masks=(0xFF0000, 0xFF00, 0xFF))
    yield "bmp red first", write_bmp(wide, 32, masks=(0xFF, 0xFF00, 0xFF0000))
    yield "bmp 4 bits a colour", write_bmp(wide >> 4 & 0xFFF, 16, masks=(0xF00, 0xF0, 0xF))
    yield "bmp top down", write_bmp(wide, 32, is_top_down=True)


def _list_others() -> Files:
    scene, cutout = open_scene(), open_cutout()
    for name, options in WEBP_OPTIONS.items():
        yield f"webp {name}", encode(scene, "WEBP", **options)
        yield f"webp alpha {name}", encode(cutout, "WEBP", **options)
    for name, profile in PROFILES.items():
        yield f"webp profile {name}", encode(scene, "WEBP", lossless=True, icc_profile=profile)
    yield "webp exif", encode(scene, "WEBP", lossless=True, exif=b"Exif\0\0" + write_exif(6))
    frames = [scene.rotate(180), scene]
    for file_format in ("WEBP", "GIF"):
        yield (
            f"{file_format.lower()} animated",
            encode(scene, file_format, save_all=True, append_images=frames, duration=60_000),
        )
    for num_colours in (2, 16, 256):
        yield f"gif {num_colours}", encode(scene.quantize(num_colours), "GIF", interlace=0)
        yield f"gif {num_colours} interlaced", encode(scene.quantize(num_colours), "GIF", interlace=1)
        yield f"gif {num_colours} transparent", encode(scene.quantize(num_colours), "GIF", transparency=1)
    yield "gif grey", encode(scene.convert("L"), "GIF")
    yield "gif larger screen", _enlarge_screen(encode(scene.quantize(64), "GIF"))
    yield "ico png", encode(scene.resize((32, 32)), "ICO", sizes=[(32, 32)])
    yield "ico png alpha", encode(cutout.resize((32, 32)), "ICO", sizes=[(32, 32)])
    yield "ico bmp", encode(cutout.resize((32, 32)), "ICO", sizes=[(32, 32)], bitmap_format="bmp")
    cursor = bytearray(encode(cutout.resize((32, 32)), "ICO", sizes=[(32, 32)], bitmap_format="bmp"))
    cursor[2] = 2
    yield "cursor", bytes(cursor)
    yield "ico bmp opaque", encode(scene.resize((32, 32)), "ICO", sizes=[(32, 32)], bitmap_format="bmp")
    yield "ico several", encode(scene.resize((64, 64)), "ICO", sizes=[(16, 16), (32, 32), (64, 64)])


def _enlarge_screen(gif: bytes) -> bytes:
    return gif[:6] + struct.pack("<HH", WIDTH + 9, HEIGHT + 7) + gif[10:]


def _list_avif() -> Files:
    soft = open_scene().filter(ImageFilter.GaussianBlur(1))
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield f"avif {subsampling}", encode(soft, "AVIF", subsampling=subsampling, quality=80, speed=10)
    yield "avif grey", encode(soft.convert("L"), "AVIF", subsampling="4:0:0", speed=10)
    cutout = open_cutout()
    yield "avif half-transparent", encode(cutout, "AVIF", quality=95, speed=10)
    cutout.putalpha(cutout.getchannel("A").point([0] * 128 + [255] * 128))
    yield "avif alpha", encode(cutout, "AVIF", quality=95, speed=10)
    yield "avif premultiplied", encode(cutout, "AVIF", quality=95, speed=10, alpha_premultiplied=True)
    for name in ("p3", "adobe", "prophoto"):
        yield f"avif profile {name}", encode(soft, "AVIF", quality=95, speed=10, icc_profile=PROFILES[name])
    for orientation in range(1, 9):
        yield f"avif boxes {orientation}", encode(soft, "AVIF", speed=10, exif=b"Exif\0\0" + write_exif(orientation))
    plain = encode(soft, "AVIF", quality=95, speed=10)
    place = plain.index(b"colrnclx") + 8
    for primaries, transfer in ((12, 13), (9, 13), (1, 1), (1, 8), (9, 14), (2, 2), (1, 4), (9, 16), (9, 18)):
        yield (
            f"avif nclx {primaries} {transfer}",
            plain[:place] + struct.pack(">HH", primaries, transfer) + plain[place + 4 :],
        )
