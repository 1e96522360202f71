"""A PNG is rewritten with the chunks that its pixels follow from, and what they say is read."""

import io
import struct
import zlib

from PIL import Image

from model.pictures.png_chunks import (
    MAX_ANCILLARY_BYTES,
    SIGNATURE,
    find_checksum,
    inflate_profile,
    mend_checksum,
    read_png,
)
from tests.helpers.picture_files import gamma, palette, scene_png
from tests.helpers.pictures import chunk

TEXT = chunk(b"tEXt", b"a\0b")


def list_names(data: bytes) -> list[bytes]:
    names, place = [], len(SIGNATURE)
    while place < len(data):
        names.append(data[place + 4 : place + 8])
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    return names


def test_only_what_pixels_follow_from_is_left() -> None:
    png = scene_png(2, 8, TEXT, gamma(45_455), chunk(b"eXIf", b"MM"))
    png = png[:-12] + TEXT + png[-12:] + b"behind the end"
    read = read_png(png)
    assert list_names(read.data) == [b"IHDR", b"IDAT", b"IEND"]
    assert dict(read.chunks) == {b"gAMA": struct.pack(">I", 45_455), b"eXIf": b"MM"}
    assert Image.open(io.BytesIO(read.data)).tobytes() == Image.open(io.BytesIO(png)).tobytes()


def test_a_palette_keeps_its_colours_and_alphas() -> None:
    read = read_png(scene_png(3, 4, chunk(b"tRNS", b"\0\x80")))
    assert list_names(read.data) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert (read.bits, read.colour_type, read.transparent) == (4, 3, None)
    assert palette(4) in read.data


def test_the_transparent_colour_is_read_by_the_colour_type() -> None:
    key = chunk(b"tRNS", struct.pack(">3H", 1, 2, 300))
    assert read_png(scene_png(2, 16, key)).transparent == (1, 2, 300)
    assert read_png(scene_png(0, 2, key)).transparent == (1,)
    assert read_png(scene_png(6, 8, key)).transparent is None
    assert read_png(scene_png(2, 8, chunk(b"tRNS", b"\0\1"))).transparent is None


def test_chunks_with_wrong_checksums_or_places_are_left_out() -> None:
    png = scene_png()
    wrong = gamma(100_000)[:-4] + b"abcd"
    assert read_png(png[:33] + wrong + png[33:]).chunks == {}
    assert read_png(png[:-12] + gamma(100_000) + png[-12:]).chunks == {}
    assert list(read_png(png[:-12] + chunk(b"eXIf", b"II") + png[-12:]).chunks) == [b"eXIf"]
    assert read_png(png[:33] + gamma(1) + gamma(2) + png[33:]).chunks[b"gAMA"] == struct.pack(">I", 1)


def test_a_file_that_was_cut_off_gets_an_end() -> None:
    png = scene_png()
    for length in (8, 20, 33, 60, len(png) - 12, len(png) - 3):
        assert read_png(png[:length]).data.endswith(chunk(b"IEND", b""))


def test_a_profile_is_inflated_up_to_a_limit() -> None:
    assert inflate_profile(b"name\0\0" + zlib.compress(b"profile")) == b"profile"
    too_large = zlib.compress(bytes(MAX_ANCILLARY_BYTES + 1))
    assert inflate_profile(b"name\0\0" + too_large) == b""
    for damaged in (b"", b"name", b"name\0\0junk", b"name\0\0" + zlib.compress(b"profile")[:-6]):
        assert inflate_profile(damaged) == b""


def test_an_animation_begins_with_its_first_frame_where_that_is_as_large() -> None:
    png = scene_png()
    place = png.index(b"IDAT") - 4
    size = png[16:24]
    for region, is_taken in ((size + bytes(8), True), (bytes(4) + size + bytes(4), False), (b"", False)):
        frame = (
            chunk(b"fcTL", bytes(4) + region + bytes(6))
            + chunk(b"fdAT", b"\0\0\0\1first")
            + chunk(b"fdAT", b"\0\0\0\2!")
        )
        later = chunk(b"fcTL", bytes(4) + region + bytes(6)) + chunk(b"fdAT", b"\0\0\0\4second")
        data = png[:place] + chunk(b"acTL", bytes(8)) + png[place:-12] + frame + later + png[-12:]
        assert (b"IDATfirst!\0\0\0\0" in read_png(data).data) == is_taken, region
        without = png[:-12] + frame + later + png[-12:]
        assert b"IDATfirst" not in read_png(without).data, "no animation is announced"


def test_samples_beyond_the_palette_have_its_last_colour() -> None:
    rows = zlib.compress(b"\0\0\1\2\3")
    head = chunk(b"IHDR", struct.pack(">2I5B", 4, 1, 8, 3, 0, 0, 0))
    png = SIGNATURE + head + chunk(b"PLTE", bytes(range(6))) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert Image.open(io.BytesIO(read_png(png).data)).convert("RGB").tobytes() == b"\0\1\2" + b"\3\4\5" * 3
    png = png.replace(chunk(b"IDAT", rows), chunk(b"tRNS", b"\x80\x40") + chunk(b"IDAT", rows))
    alpha = Image.open(io.BytesIO(read_png(png).data)).convert("RGBA").getchannel("A")
    assert alpha.tobytes() == b"\x80\x40\x40\x40"


def test_a_wrong_checksum_of_the_pixels_is_mended_where_they_are_all_there() -> None:
    for behind in (b"", b"garbage"):
        rows = zlib.compress(bytes(300_000))
        head = chunk(b"IHDR", struct.pack(">2I5B", 299_999, 1, 8, 0, 0, 0, 0))
        whole = SIGNATURE + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
        wrong = whole.replace(chunk(b"IDAT", rows), chunk(b"IDAT", rows[:-4] + b"1234" + behind))
        found = find_checksum(wrong)
        assert found is not None
        assert mend_checksum(wrong, *found) == whole
        cut = whole.replace(chunk(b"IDAT", rows), chunk(b"IDAT", rows[:-40]))
        assert find_checksum(cut) is None
    bomb = SIGNATURE + chunk(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", rows)
    assert find_checksum(bomb) is None
