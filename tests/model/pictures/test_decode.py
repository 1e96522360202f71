"""Pictures of every mode and orientation are decoded, and damaged or oversized ones refused."""

import base64
import gzip
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.errors import ImageError, ImageTooLarge
from model.pictures.base64_text import decode_base64
from model.pictures.decode import SizeLimits, decode_image, read_header

RED, BLUE = (220, 30, 40), (30, 40, 220)


def make_picture(size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Return a red picture with a blue top left corner."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, 0, size[0] // 4, size[1] // 4))
    return image


def encode(image: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(channel) for channel in value)


def is_near(found: tuple[int, ...], wanted: tuple[int, ...], tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr"])
def test_colours_survive_every_mode(mode: str) -> None:
    file_format = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    image = decode_image(encode(make_picture().convert(mode), file_format))
    assert image.mode == "RGB"
    assert is_near(pixel(image, 30, 15), RED, 40)


@pytest.mark.parametrize(("mode", "value"), [("L", 200), ("LA", (200, 128)), ("1", 255)])
def test_greys_become_rgb(mode: str, value: Any) -> None:
    image = decode_image(encode(Image.new(mode, (8, 8), value)))
    assert pixel(image, 3, 3) == ((255,) * 3 if mode == "1" else (227 if mode == "LA" else 200,) * 3)


def test_16_bit_greys_are_scaled_and_not_clipped() -> None:
    values = np.array([[0, 257 * 100, 257 * 200, 65535]], dtype=np.uint16)
    image = decode_image(encode(Image.fromarray(values)))
    assert [pixel(image, x, 0)[0] for x in range(4)] == [0, 100, 200, 255]


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_wider_greys_are_scaled_by_their_own_range(dtype: Any) -> None:
    values = np.array([[-1000, 0, 1000]], dtype=dtype)
    image = decode_image(encode(Image.fromarray(values), "TIFF"))
    assert [pixel(image, x, 0)[0] // 2 for x in range(3)] in ([0, 63, 127], [0, 64, 127])


def test_a_uniform_float_picture_does_not_divide_by_zero() -> None:
    image = decode_image(encode(Image.fromarray(np.full((2, 2), 7.5, dtype=np.float32)), "TIFF"))
    assert pixel(image, 0, 0) == (0, 0, 0)


def test_what_is_transparent_is_white() -> None:
    for mode in ("RGBA", "LA", "PA"):
        cutout = make_picture().convert(mode)
        cutout.putalpha(Image.linear_gradient("L").resize(cutout.size))
        image = decode_image(encode(cutout, "TIFF" if mode == "PA" else "PNG"))
        assert is_near(pixel(image, 30, 0), (255, 255, 255)), mode
        assert sum(pixel(image, 30, 19)) < sum(pixel(image, 30, 10)) < 3 * 255, mode


def test_a_palette_with_transparency_is_read() -> None:
    palette = make_picture().convert("P")
    image = decode_image(encode(palette, transparency=0))
    assert is_near(pixel(image, 30, 15), RED, 40)


@pytest.mark.parametrize(
    ("orientation", "size", "blue_corner"),
    [
        (1, (40, 20), (1, 1)),
        (2, (40, 20), (38, 1)),
        (3, (40, 20), (38, 18)),
        (4, (40, 20), (1, 18)),
        (6, (20, 40), (18, 1)),
        (8, (20, 40), (1, 38)),
    ],
)
def test_photos_are_rotated_by_their_exif_orientation(
    orientation: int, size: tuple[int, int], blue_corner: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode_image(encode(make_picture(), "JPEG", exif=exif.tobytes(), quality=95))
    assert image.size == size
    assert is_near(pixel(image, *blue_corner), BLUE, 40)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_animations_give_their_first_frame(file_format: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE, BLUE)]
    data = encode(frames[0], file_format, save_all=True, append_images=frames[1:], duration=50)
    assert is_near(pixel(decode_image(data), 8, 8), RED)


def test_the_smallest_picture_is_read() -> None:
    assert decode_image(encode(Image.new("RGB", (1, 1), RED))).size == (1, 1)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>"]
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ImageError):
        decode_image(data)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "TIFF", "BMP"])
def test_truncated_files_are_shown_as_far_as_they_go(file_format: str) -> None:
    noise = np.random.default_rng(0).integers(20, 230, (400, 64, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), file_format, **({"interlace": 0} if file_format == "GIF" else {}))
    whole = np.asarray(decode_image(data), int)
    for share in (0.3, 0.6, 0.9):
        part = np.asarray(decode_image(data[: int(len(data) * share)]), int)
        is_same, is_white = (part == whole).all(axis=(1, 2)), (part == 255).all(axis=(1, 2))
        assert abs(is_same.mean() - share) < 0.1, share
        assert abs(is_white.mean() - (1 - share)) < 0.1, share


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_truncated_files_of_which_nothing_can_be_shown_are_refused(file_format: str) -> None:
    data = encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), file_format)
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(ImageError, match="nothing of it can be shown"):
            decode_image(data[: int(len(data) * share)])


def test_drawings_and_documents_are_refused_by_name() -> None:
    svg = b'<?xml version="1.0"?><!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>'
    kinds = {"SVG": (svg, b"\xef\xbb\xbf \n" + svg, gzip.compress(svg), svg.decode().encode("utf-16"))}
    for name, files in {**kinds, "PDF": (b"%PDF-1.7\n",), "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n",)}.items():
        for data in files:
            with pytest.raises(ImageError, match=name) as refused:
                decode_image(data)
            assert refused.value.reason == "vector"


def test_a_jpeg_of_12_bits_is_refused_by_its_depth() -> None:
    data = bytearray(encode(make_picture(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(ImageError, match="12 bits a sample") as refused:
        decode_image(bytes(data))
    assert refused.value.reason == "depth"


def test_corrupt_bytes_raise_only_image_errors() -> None:
    rng = np.random.default_rng(1)
    for file_format in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"):
        original = encode(make_picture(), file_format)
        for _ in range(60):
            data = np.frombuffer(original, dtype=np.uint8).copy()
            data[rng.integers(0, len(data), 8)] = rng.integers(0, 256, 8)
            try:
                image = decode_image(data.tobytes())
            except ImageError:
                continue
            assert image.mode == "RGB"


def test_too_many_pixels_are_refused_with_both_numbers() -> None:
    with pytest.raises(ImageTooLarge, match=r"40 x 20 = 800 pixels, the limit is 799"):
        decode_image(encode(make_picture()), max_pixels=799)
    assert decode_image(encode(make_picture()), max_pixels=800).size == (40, 20)


@pytest.mark.parametrize("side", [10_000, 14_000])
def test_decompression_bombs_are_refused_before_decoding(side: int) -> None:
    """At 100 million pixels in a few kilobytes Pillow warns, at 196 million it raises."""
    data = encode(Image.new("1", (side, side)))
    assert len(data) < 100_000
    with pytest.raises(ImageTooLarge):
        decode_image(data)
    with pytest.raises(ImageTooLarge):
        decode_image(data, max_pixels=10**12)


@pytest.mark.parametrize(
    "prefix", ["", "data:image/png;base64,", "data:image/jpeg;charset=utf-8;base64,", "DATA:image/x;BASE64,"]
)
def test_base64_with_and_without_a_data_url(prefix: str) -> None:
    assert decode_base64(prefix + base64.b64encode(b"picture").decode()) == b"picture"


def test_base64_may_have_line_breaks() -> None:
    text = base64.encodebytes(b"x" * 200).decode()
    assert "\n" in text
    assert decode_base64(text) == b"x" * 200


@pytest.mark.parametrize("text", ["", "   ", "data:image/png;base64,", "abcde", "a!!b", "图片", "data:image/png,abcd"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ImageError):
        decode_base64(text)


@pytest.mark.parametrize(
    ("file_format", "media_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("TIFF", "image/tiff"),
    ],
)
def test_the_media_type_is_that_of_the_content(file_format: str, media_type: str) -> None:
    buffer = io.BytesIO()
    make_picture().save(buffer, file_format)
    header = read_header(buffer.getvalue(), SizeLimits(), lambda size: size)
    assert (header.media_type, header.size) == (media_type, (40, 20))
