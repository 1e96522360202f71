"""Pictures as documents: every page is a scan that nobody has read yet."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from server.library.readers.protocol import DrawingReader, ReaderLimits, Refused
from server.library.readers.records import Opened, Page, Refusal, Remark
from tests.helpers.paths import ROOT
from tests.helpers.pictures import encode, open_noise
from tests.helpers.reading import opened_reader, read_document
from tests.helpers.refusals import refusal_of

RED, BLUE = (255, 0, 0), (0, 0, 255)


def render(data: bytes, number: int = 1, width: int = 100, height: int = 100) -> Image.Image:
    with opened_reader(data) as reader:
        assert isinstance(reader, DrawingReader)
        return Image.open(io.BytesIO(reader.render(number, width, height)))


def write_tiff(colours: list[tuple[int, int, int]], size: tuple[int, int] = (40, 30)) -> bytes:
    first, *others = (Image.new("RGB", size, colour) for colour in colours)
    return encode(first, "TIFF", save_all=True, append_images=others)


def is_colour(image: Image.Image, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.asarray(image.convert("RGB"), int) - np.array(colour)).max() < 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_picture_is_a_page(kind: str) -> None:
    data = encode(Image.new("RGB", (300, 200), RED), kind)
    assert read_document(data) == (Opened("picture", 1), [Page(number=1, text="", is_scan=True)])
    drawn = render(data)
    assert (drawn.format, drawn.size) == ("JPEG", (100, 67))
    assert is_colour(drawn, RED)


def test_pictures_of_phones() -> None:
    data = (ROOT / "tests" / "model" / "pictures" / "heic" / "plain.heic").read_bytes()
    assert read_document(data, "a.jpg")[0] == Opened("picture", 1)
    assert render(data, 1, 48, 48).size == (48, 32)


def test_a_tiff_of_many_pages() -> None:
    data = write_tiff([RED, BLUE, RED])
    opened, pages = read_document(data)
    assert (opened.num_pages, [page.number for page in pages]) == (3, [1, 2, 3])
    assert is_colour(render(data, 2), BLUE)
    assert is_colour(render(data, 3), RED)
    with pytest.raises(IndexError):
        render(data, 4)
    limits = ReaderLimits(max_pages=2)
    assert refusal_of(lambda: read_document(data, limits=limits)) == Refusal("too_many_pages", {"limit": 2})


def test_only_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_document(data)[0].num_pages == 1
    assert is_colour(render(data), RED)


def test_a_picture_is_not_made_larger() -> None:
    assert render(encode(open_noise((30, 20)), "PNG"), 1, 1000, 1000).size == (30, 20)


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_pictures_are_upright(orientation: int, corner: tuple[int, int]) -> None:
    image = Image.new("RGB", (80, 40), "white")
    image.paste(RED, (0, 0, 30, 15))
    exif = Image.Exif()
    exif[0x0112] = orientation
    drawn = render(encode(image, "JPEG", exif=exif, quality=95), 1, 40, 40)
    assert drawn.size == ((40, 20) if orientation < 5 else (20, 40))
    place = corner[0] * (drawn.width - 6) + 3, corner[1] * (drawn.height - 6) + 3
    assert is_colour(drawn.crop((place[0] - 1, place[1] - 1, place[0] + 1, place[1] + 1)), RED)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "CMYK", "I;16"])
def test_any_mode_is_drawn(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert (
        render(encode(open_noise((40, 40), mode) if mode != "CMYK" else Image.new(mode, (40, 40)), kind)).mode == "RGB"
    )


def test_what_is_transparent_is_white() -> None:
    assert is_colour(render(encode(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG")), (255, 255, 255))


def test_deep_grey_is_not_cut_off() -> None:
    image = Image.fromarray(np.full((20, 20), 0x8000, np.uint16))
    assert is_colour(render(encode(image, "PNG")), (128, 128, 128))


def test_a_picture_of_too_many_pixels_is_refused_by_its_header() -> None:
    data = encode(Image.new("1", (1000, 1000)), "PNG")
    limits = ReaderLimits(max_pixels=999_999)
    expected = Refusal("too_many_pixels", {"num_pixels": 1_000_000, "limit": 999_999})
    assert refusal_of(lambda: read_document(data, limits=limits)) == expected


def test_a_page_of_too_many_pixels_is_told() -> None:
    images = [Image.new("1", (20, 20)), Image.new("1", (200, 200)), Image.new("1", (20, 20))]
    data = encode(images[0], "TIFF", save_all=True, append_images=images[1:])
    _, pages = read_document(data, limits=ReaderLimits(max_pixels=1000))
    assert [page.remarks for page in pages] == [
        (),
        (Remark("page_unreadable", {"page": 2, "cause": "too_many_pixels"}),),
        (),
    ]


def test_a_cut_picture_is_drawn_as_far_as_it_goes() -> None:
    data = encode(open_noise((200, 200)), "JPEG")
    assert render(data[: len(data) // 2]).size == (100, 100)


def test_a_picture_without_a_header_is_broken() -> None:
    assert refusal_of(lambda: read_document(b"\x89PNG\r\n\x1a\n" + bytes(9))) == Refusal("broken", {"cause": "picture"})


TIFF = write_tiff([RED, BLUE])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TIFF)), st.integers(0, len(TIFF) - 1), st.integers(0, 255))
def test_damage_is_refused_or_drawn(cut: int, place: int, byte: int) -> None:
    data = bytearray(TIFF)
    data[place] = byte
    code = read_and_draw(bytes(data[:cut] if cut % 2 else data))
    assert code in (None, "empty", "broken", "unknown_kind", "too_many_pixels")


def read_and_draw(data: bytes) -> str | None:
    """Read and draw all pages, and return the code of what was refused."""
    try:
        with opened_reader(data) as reader:
            assert isinstance(reader, DrawingReader)
            for page in reader.read_pages(1):
                reader.render(page.number, 20, 20)
    except Refused as error:
        return error.refusal.code
    return None
