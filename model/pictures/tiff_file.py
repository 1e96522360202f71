"""A TIFF's pixels as a file with one directory, and what its other tags say about them (TIFF 6.0).

Samples that Pillow does not read are presented to it as the bytes of a grey picture, and read by `SampleReader`.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from PIL.TiffImagePlugin import TiffImageFile

from model.pictures.orientation import ORIENTATION, TRANSPOSES, UPRIGHT
from model.pictures.sample_reader import FLOAT, UNSIGNED, SampleLayout
from model.pictures.tiff_tags import Tag, read_order, read_tags, write_directory, write_entry

SIGNATURES = (b"II*\0", b"MM\0*")
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANES, PREDICTOR = 256, 257, 258, 259, 262, 277, 284, 317
TILE_WIDTH, EXTRA_SAMPLES, SAMPLE_FORMAT, PROFILE = 322, 338, 339, 34675
FILL_ORDER = 266
STRIPS = (FILL_ORDER, 273, 278, 279)
COMPRESSED = (292, 293, 320, 347, *range(512, 522), *range(529, 533))
TILES = (323, 324, 325)
FORM = (WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, PLANES, EXTRA_SAMPLES, SAMPLE_FORMAT)
KEPT = frozenset((*FORM, COMPRESSION, PREDICTOR, TILE_WIDTH, *STRIPS, *TILES, *COMPRESSED))

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, SEPARATED = 0, 1, 2, 5
LOSSLESS = (1, 5, 8, 32773, 32946, 34925, 50000)
"""The compressions of bytes, whatever they mean: none, LZW, Deflate, PackBits, LZMA, Zstandard."""

MAX_SAMPLES = 8
PILLOWS_BITS = {WHITE_IS_ZERO: (1, 2, 4, 8), BLACK_IS_ZERO: (1, 2, 4, 8, 16), RGB: (8, 16)}
"""The bits of unsigned samples that Pillow reads right, without further ones beside the colour's own."""

PILLOWS_EXTRAS = {(BLACK_IS_ZERO, 8), (RGB, 8), (RGB, 16)}
PILLOWS_NUMBERS = {(FLOAT, 32)}


@dataclass(frozen=True)
class TiffFile:
    """`samples` is None where Pillow reads them itself."""

    data: bytes
    orientation: int = UPRIGHT
    profile: bytes = b""
    samples: SampleLayout | None = None


def read_tiff(data: bytes) -> TiffFile:
    """Return what a TIFF's first directory holds; tags that do not tell how pixels are read are left out."""
    try:
        tags = read_tags(data)
        samples = _find_layout(data, tags)
        entries = {number: tag.entry for number, tag in tags.items() if number in KEPT}
        if samples is not None:
            entries = {**entries, **_present_as_bytes(data, tags, samples)}
            entries = {number: entry for number, entry in entries.items() if entry}
        elif _get(tags, PHOTOMETRIC, WHITE_IS_ZERO) == SEPARATED and EXTRA_SAMPLES in entries:
            count = min(tags[EXTRA_SAMPLES].count, 2)  # of inks Pillow reads those that say nothing
            entries[EXTRA_SAMPLES] = entries[EXTRA_SAMPLES][:4] + struct.pack(f"{read_order(data)}I4x", count)
        whole = write_directory(data, entries.values())
    except (ValueError, struct.error):
        return TiffFile(data)
    turned = _get(tags, ORIENTATION, UPRIGHT)
    profile = tags.get(PROFILE)
    return TiffFile(
        whole,
        turned if turned in TRANSPOSES else UPRIGHT,
        data[profile.place : profile.place + profile.count] if profile is not None else b"",
        samples,
    )


def _get(tags: Mapping[int, Tag], number: int, default: int) -> int:
    tag = tags.get(number)
    return tag.values[0] if tag is not None and tag.values else default


def _find_layout(data: bytes, tags: Mapping[int, Tag]) -> SampleLayout | None:
    """Return how the samples lie, where Pillow does not read them; None for the others, and what nobody reads."""
    bits = set(tags[BITS].values) if BITS in tags else {1}
    kinds = set(tags[SAMPLE_FORMAT].values) if SAMPLE_FORMAT in tags else {UNSIGNED}
    photometric, count = _get(tags, PHOTOMETRIC, WHITE_IS_ZERO), _get(tags, SAMPLES, 1)
    extras = tags[EXTRA_SAMPLES].values if EXTRA_SAMPLES in tags else ()
    num_colours = 3 if photometric == RGB else 1
    is_plain = len(bits) == len(kinds) == 1 and photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB)
    is_packed = _get(tags, PLANES, 1) == 1 or count == 1
    is_readable = _get(tags, COMPRESSION, 1) in LOSSLESS and _get(tags, PREDICTOR, 1) == 1
    if not (is_plain and is_packed and is_readable and num_colours <= count <= MAX_SAMPLES):
        return None
    layout = SampleLayout(
        size=(_get(tags, WIDTH, 0), _get(tags, HEIGHT, 0)),
        bits=bits.pop(),
        kind=kinds.pop(),
        num_samples=count,
        num_colours=num_colours,
        alpha=extras[0] if extras and count > num_colours else 0,
        is_white_zero=photometric == WHITE_IS_ZERO,
        is_big_endian=read_order(data) == ">",
    )
    is_reversed = _get(tags, FILL_ORDER, 1) != 1 and count > num_colours
    return layout if layout.is_known and (is_reversed or not _is_pillows(layout, photometric)) else None


def _is_pillows(layout: SampleLayout, photometric: int) -> bool:
    has_extras = layout.num_samples > layout.num_colours
    if layout.kind != UNSIGNED or layout.bits > 16:
        is_grey = layout.num_samples == 1 and photometric == BLACK_IS_ZERO
        return is_grey and not layout.is_big_endian and (layout.kind, layout.bits) in PILLOWS_NUMBERS
    if has_extras:
        return (photometric, layout.bits) in PILLOWS_EXTRAS
    return layout.bits in PILLOWS_BITS[photometric]


def _present_as_bytes(data: bytes, tags: Mapping[int, Tag], samples: SampleLayout) -> Mapping[int, bytes]:
    """Return the entries that make a grey picture of the rows' bytes, and empty ones for those that go."""
    values = {WIDTH: samples.row_bytes, BITS: 8, SAMPLES: 1, PHOTOMETRIC: BLACK_IS_ZERO, SAMPLE_FORMAT: UNSIGNED}
    if TILE_WIDTH in tags:
        bits = _get(tags, TILE_WIDTH, 0) * samples.num_samples * samples.bits
        if bits % 8:
            raise ValueError("tiles whose rows end within a byte")
        values[TILE_WIDTH] = bits // 8
    order = read_order(data)
    return {
        EXTRA_SAMPLES: b"",
        PLANES: b"",
        **{number: write_entry(order, number, value) for number, value in values.items()},
    }


def name_samples(image: TiffImageFile) -> None:
    """Tell Pillow that uncompressed samples in planes have 16 bits, where it takes each of their bytes for one."""
    tags, tiles = image.tag_v2, image.tile
    if tags.get(PLANES) == 2 and set(tags.get(BITS, ())) == {16} and {tile[0] for tile in tiles} == {"raw"}:
        suffix = ";16B" if tags.prefix == b"MM" else ";16L"
        parts = [(tile, tile.args) for tile in tiles if isinstance(tile.args, tuple)]
        tiles[:] = [tile._replace(args=(f"{args[0]}{suffix}", *args[1:])) for tile, args in parts]
