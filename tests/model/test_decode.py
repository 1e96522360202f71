"""Pictures of every mode and orientation are decoded, and damaged or oversized ones refused."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.decode import decode_base64, decode_image, read_media_type
from model.errors import ImageError, ImageTooLarge

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
    assert pixel(image, 3, 3) == ((255,) * 3 if mode == "1" else (200,) * 3)


def test_16_bit_greys_are_scaled_and_not_clipped() -> None:
    values = np.array([[0, 257 * 100, 257 * 200, 65535]], dtype=np.uint16)
    image = decode_image(encode(Image.fromarray(values)))
    assert [pixel(image, x, 0)[0] for x in range(4)] == [0, 100, 200, 255]


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_wider_greys_are_scaled_by_their_own_range(dtype: Any) -> None:
    values = np.array([[-1000, 0, 1000]], dtype=dtype)
    image = decode_image(encode(Image.fromarray(values), "TIFF"))
    assert [pixel(image, x, 0)[0] for x in range(3)] == [0, 127, 255]


def test_a_uniform_float_picture_does_not_divide_by_zero() -> None:
    image = decode_image(encode(Image.fromarray(np.full((2, 2), 7.5, dtype=np.float32)), "TIFF"))
    assert pixel(image, 0, 0) == (0, 0, 0)


def test_transparent_pixels_keep_their_colour_as_in_the_reference() -> None:
    image = decode_image(encode(Image.new("RGBA", (4, 4), (*RED, 0))))
    assert pixel(image, 1, 1) == RED


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


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_files_are_refused(file_format: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    data = encode(noise, file_format)
    with pytest.raises(ImageError):
        decode_image(data[: int(len(data) * share)])


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


@pytest.mark.parametrize("text", ["", "   ", "data:image/png;base64,", "abc", "a!!b", "图片", "data:image/png,abcd"])
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
    assert read_media_type(buffer.getvalue()) == media_type
