"""The boxes of AVIF and HEIF files tell their kind and colours; their descriptions are hidden from decoders."""

import struct

from model.pictures.decode import decode_image
from model.pictures.media_boxes import (
    has_deep_samples,
    has_full_chroma,
    hide_descriptions,
    is_heif,
    read_brands,
    read_code_points,
)
from tests.helpers.heif_writer import box
from tests.helpers.picture_files import open_scene, write_exif
from tests.helpers.pictures import encode


def test_brands_tell_the_kind() -> None:
    assert read_brands(box(b"ftyp", b"mif1", bytes(4), b"mif1", b"heic")) == {b"mif1", b"heic"}
    assert is_heif(box(b"ftyp", b"mif1", bytes(4), b"mif1", b"heic"))
    assert not is_heif(box(b"ftyp", b"mif1", bytes(4), b"mif1", b"avif"))
    assert not is_heif(box(b"ftyp", b"mp42", bytes(4), b"isom"))
    for data in (b"", b"\0\0\0\x10ftyp", b"RIFF\0\0\0\0WEBP", b"\0\0\0\0moov"):
        assert not is_heif(data), data


def test_code_points_are_those_of_the_first_box() -> None:
    def colr(primaries: int, transfer: int) -> bytes:
        return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, 0, 128))

    assert read_code_points(colr(12, 16) + colr(9, 18)) == (12, 16)
    assert read_code_points(colr(9, 1)) == (9, 13), "what cameras mean by that is the screen's"
    assert read_code_points(box(b"mdat", colr(9, 16))) == (0, 0), "pixels are no boxes"
    assert read_code_points(box(b"colr", b"nclx")[:12]) == (0, 0)


def test_depth_and_chroma_are_those_of_the_decoders_configuration() -> None:
    def hvcc(chroma: int, depth: int) -> bytes:
        return box(b"hvcC", bytes(16), bytes([0xFC | chroma, 0xF8 | depth - 8, 0xF8 | depth - 8]), bytes(4))

    assert [has_deep_samples(hvcc(1, depth)) for depth in (8, 10, 12)] == [False, True, True]
    assert [has_full_chroma(hvcc(chroma, 8)) for chroma in range(4)] == [False, False, True, True]
    assert [has_deep_samples(box(b"av1C", bytes([0x81, 0, flags, 0]))) for flags in (0x0C, 0x4C)] == [False, True]
    assert not has_deep_samples(b"av1C")
    assert not has_full_chroma(b"hvcC")


def test_hidden_descriptions_change_no_pixel() -> None:
    exif = b"Exif\0\0" + write_exif(1)
    plain = encode(open_scene(), "AVIF", speed=10)
    described = encode(open_scene(), "AVIF", speed=10, exif=exif, xmp=b"<x/>")
    hidden = hide_descriptions(described)
    assert len(hidden) == len(described)
    assert b"Exif\0" not in hidden[: hidden.index(b"mdat")]
    assert hide_descriptions(plain) == plain
    assert decode_image(described).tobytes() == decode_image(plain).tobytes()
