"""Damaged, forged and huge pictures sent to a real model are refused, and the server keeps answering."""

import base64
import io
import struct
import zlib
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.chat import ChatModel
from tests.helpers.fuzzing import check_reply, open_fuzzing_client

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")


@pytest.fixture(scope="module")
def client(chat_model: ChatModel) -> Iterator[httpx.Client]:
    with open_fuzzing_client(chat_model) as client:
        yield client


def encode_picture(file_format: str, size: tuple[int, int] = (9, 7)) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, file_format)
    return buffer.getvalue()


PICTURES = {file_format: encode_picture(file_format) for file_format in FORMATS}


def show(client: httpx.Client, data: bytes | str) -> httpx.Response:
    image = data if isinstance(data, str) else base64.b64encode(data).decode()
    response = client.post("/ask", json={"question": "what is it?", "image": image})
    check_reply(response)
    return response


def make_png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """Return a PNG whose header has this size, whatever its pixels are."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def test_good_pictures_of_every_format(client: httpx.Client) -> None:
    for data in PICTURES.values():
        assert show(client, data).status_code == 200


@given(data=st.binary(max_size=200))
def test_random_bytes(client: httpx.Client, data: bytes) -> None:
    show(client, data)


@given(text=st.text(max_size=60))
def test_random_text(client: httpx.Client, text: str) -> None:
    """Most of it is neither base64 nor a data URL."""
    show(client, text)


@given(prefix=st.sampled_from(["data:", "data:image/png;base64,", "data:;base64,", "http:", "file://"]), text=st.text())
def test_random_urls(client: httpx.Client, prefix: str, text: str) -> None:
    show(client, prefix + text)
    url = {"type": "image_url", "image_url": {"url": prefix + text}}
    body = {"model": "minicpm-v", "messages": [{"role": "user", "content": [url]}]}
    check_reply(client.post("/v1/chat/completions", json=body))


@given(data=st.data(), file_format=st.sampled_from(FORMATS))
def test_truncated_pictures(client: httpx.Client, data: st.DataObject, file_format: str) -> None:
    whole = PICTURES[file_format]
    show(client, whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(data=st.data(), file_format=st.sampled_from(FORMATS))
def test_mutated_pictures(client: httpx.Client, data: st.DataObject, file_format: str) -> None:
    changed = bytearray(PICTURES[file_format])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    show(client, bytes(changed))


@given(width=st.integers(0, 2**31), height=st.integers(0, 2**31), pixels=st.binary(max_size=30))
def test_forged_sizes(client: httpx.Client, width: int, height: int, pixels: bytes) -> None:
    assert show(client, make_png(width, height, pixels)).status_code in (400, 413)


@pytest.mark.parametrize("size", [(0, 9), (9, 0), (0, 0), (2**31 - 1, 2**31 - 1), (2**31, 1), (100_000, 1)])
def test_extreme_sizes(client: httpx.Client, size: tuple[int, int]) -> None:
    assert show(client, make_png(*size)).status_code in (400, 413)


@pytest.mark.parametrize("file_format", FORMATS[:-1])
def test_a_decompression_bomb_is_refused_by_its_size_before_it_is_decoded(
    client: httpx.Client, file_format: str
) -> None:
    buffer = io.BytesIO()
    Image.new("1" if file_format == "TIFF" else "L", (3000, 300)).save(
        buffer, file_format, **({"compression": "group4"} if file_format == "TIFF" else {})
    )
    response = show(client, buffer.getvalue())
    assert response.status_code == 413 or len(buffer.getvalue()) > 150_000


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (200, 200)])
def test_odd_sizes_are_answered(client: httpx.Client, size: tuple[int, int]) -> None:
    assert show(client, encode_picture("PNG", size)).status_code == 200
