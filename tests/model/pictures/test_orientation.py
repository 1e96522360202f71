"""Orientations are read from EXIF data that may be damaged, and rows are found in pictures that lie."""

import numpy as np
from PIL import Image

from model.pictures.decode import SizeLimits, decode_image, read_header
from model.pictures.orientation import TRANSPOSES, find_box, read_orientation, turn_size
from tests.helpers.picture_files import open_scene, scene_png, write_exif
from tests.helpers.pictures import chunk, encode

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def test_both_byte_orders_are_read() -> None:
    for order in ("<", ">"):
        assert [read_orientation(write_exif(number, order)) for number in range(1, 9)] == list(range(1, 9))


def test_what_cannot_be_read_is_upright() -> None:
    exif = write_exif(6)
    damaged = (
        b"",
        b"II",
        b"II*\0",
        b"junk" * 5,
        exif[:12],
        exif[:8] + b"\xff\xff",
        exif.replace(b"\x12\x01", b"\x13\x01"),
    )
    odd = (
        write_exif(0),
        write_exif(9),
        exif.replace(b"\x03\0\x01", b"\x02\0\x01"),
        exif.replace(b"\x01\0\0\0\6", b"\x02\0\0\0\6"),
    )
    for data in (*damaged, *odd):
        assert read_orientation(data) == 1, data


def test_rows_of_the_upright_picture_are_found_in_the_file() -> None:
    image = open_scene((9, 6))
    for orientation, turn in TRANSPOSES.items():
        upright = image.transpose(turn)
        assert upright.size == turn_size(image.size, orientation)
        for top, bottom in ((0, 2), (2, upright.height)):
            rows = image.crop(find_box(image.size, orientation, top, bottom)).transpose(turn)
            assert rows.tobytes() == upright.crop((0, top, upright.width, bottom)).tobytes(), orientation


def test_each_format_is_turned_by_its_own_rule() -> None:
    exif = b"Exif\0\0" + write_exif(6)
    scene = open_scene((90, 60))
    turned = {
        "JPEG": encode(scene, "JPEG", exif=exif),
        "PNG": scene_png(2, 8, chunk(b"eXIf", write_exif(6))),
        "AVIF": encode(scene, "AVIF", speed=10, exif=exif),
        "TIFF": encode(scene, "TIFF", tiffinfo={274: 6}),
    }
    upright = {
        "WebP": encode(scene, "WEBP", exif=exif),
        "JPEG with XMP": encode(scene, "JPEG", xmp=XMP),
        "PNG with XMP": scene_png(2, 8, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)),
        "WebP with XMP": encode(scene, "WEBP", xmp=XMP),
    }
    for name, data in {**turned, **upright}.items():
        image = decode_image(data)
        assert (image.height > image.width) == (name in turned), name
        assert read_header(data, SizeLimits(), lambda size: size).size == image.size, name


def test_a_photo_is_turned_as_pillow_turns_it() -> None:
    image = Image.fromarray(np.asarray(open_scene((30, 20))))
    for orientation in TRANSPOSES:
        data = encode(image, "PNG", exif=b"Exif\0\0" + write_exif(orientation))
        assert decode_image(data).tobytes() == image.transpose(TRANSPOSES[orientation]).tobytes(), orientation
