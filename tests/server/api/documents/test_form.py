"""Forms with files, in whatever pieces they come, and what is none."""

import io
from collections.abc import Iterable
from typing import BinaryIO

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.documents import form
from server.api.documents.form import FormReader, is_form
from server.errors import BadBody, DocumentTooBig, FieldRefused, ServerError

pytestmark = pytest.mark.anyio

TYPE = "multipart/form-data; boundary=xyz"
FILE = b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'


def write_form(*parts: bytes, end: bytes = b"--xyz--\r\n") -> bytes:
    return b"".join(b"--xyz\r\n" + part + b"\r\n" for part in parts) + end


def field(name: str, value: bytes) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value


async def read(pieces: Iterable[bytes], file: BinaryIO | None = None, max_bytes: int = 1 << 20) -> FormReader:
    reader = FormReader(TYPE, file or io.BytesIO(), max_bytes)
    for piece in pieces:
        await reader.add(piece)
    await reader.finish()
    return reader


@given(data=st.binary(max_size=300), size=st.integers(1, 80))
def test_a_file_comes_out_as_it_went_in(data: bytes, size: int) -> None:
    async def check() -> None:
        body, file = write_form(field("user_id", "安".encode()), FILE + data, field("password", b"x")), io.BytesIO()
        reader = await read((body[i : i + size] for i in range(0, len(body), size)), file)
        assert file.read() == data
        assert (reader.fields, reader.name) == ({"user_id": "安", "password": "x"}, "a.pdf")

    if b"\r\n--xyz" not in data:
        anyio.run(check)


async def test_a_file_is_written_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "WRITE_BYTES", 100)
    file = io.BytesIO()
    reader = FormReader(TYPE, file, 1 << 20)
    await reader.add(b"--xyz\r\n" + FILE)
    for _ in range(50):
        await reader.add(b"x" * 90)
        assert len(reader._gathered) < 100 + 90
    assert len(file.getvalue()) > 4000


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'filename="a.pdf"', "a.pdf"),
        ('filename="合同.pdf"'.encode(), "合同.pdf"),
        (b"filename=a.pdf", "a.pdf"),
        (b"filename=\"x\"; filename*=UTF-8''%E5%90%88.pdf", "合.pdf"),
        (b'filename=""', ""),
        (b"x=y", ""),
    ],
)
async def test_names_of_files(disposition: bytes, name: str) -> None:
    part = b'Content-Disposition: form-data; name="file"; ' + disposition + b"\r\n\r\nabc"
    assert (await read([write_form(part)])).name == name


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "no whole"),
        (b"{}", "no whole"),
        (write_form(FILE + b"abc", end=b""), "no whole"),
        (write_form(FILE + b"abc")[:-20], "no whole"),
        (write_form(field("user_id", b"ann")), "no part named file"),
        (write_form(FILE + b"a", FILE + b"b"), "two parts named 'file'"),
        (write_form(field("a", b"1"), field("a", b"2"), FILE), "two parts named 'a'"),
        (write_form(*(field(str(number), b"1") for number in range(40)), FILE), "too many parts"),
        (write_form(b"X: " + b"y" * 10_000 + b"\r\n" + FILE), "too long headers"),
        (write_form(b"X" * 10_000), "too long headers"),
        (write_form(*[b"X: y\r\n" * 20 + FILE]), "too many parts, or too long headers"),
        (write_form(b"X: y\r\n\r\nabc"), "no whole"),
        (write_form(b"\xff\xfe: y\r\n" + FILE), "no whole"),
    ],
)
async def test_what_is_no_form_with_a_file_is_refused(body: bytes, cause: str) -> None:
    for size in (1 << 20, 7):
        with pytest.raises(BadBody, match=cause) as raised:
            await read(body[i : i + size] for i in range(0, len(body), size))
        assert raised.value.status == 400
        assert raised.value.texts["zh"] != raised.value.texts["en"]


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([FILE + b"x" * 101], DocumentTooBig),
        ([field("password", b"x" * 5000), FILE], FieldRefused),
        ([field("password", b"\xff"), FILE], FieldRefused),
    ],
)
async def test_limits(parts: list[bytes], error: type[ServerError]) -> None:
    with pytest.raises(error):
        await read([write_form(*parts)], max_bytes=100)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", ""])
def test_a_form_needs_a_boundary(content_type: str) -> None:
    with pytest.raises(BadBody, match="boundary"):
        FormReader(content_type, io.BytesIO(), 100)


def test_types() -> None:
    assert is_form(TYPE)
    assert is_form("Multipart/Form-Data")
    assert not is_form("application/json")
    assert not is_form("multipart/mixed; boundary=xyz")
