"""Base64 is read in pieces, strictly, in a time that grows with the text alone."""

import base64
import time
from contextlib import suppress
from urllib.parse import quote

import pytest

from model.errors import ImageError
from model.pictures import base64_text
from model.pictures.base64_text import decode_base64


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 100, 1000])
@pytest.mark.parametrize("piece", [1, 3, 4, 7, 64, 1 << 20])
def test_pieces_make_no_difference(length: int, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base64_text, "PIECE", piece)
    data = bytes(range(256)) * 4
    text = base64.encodebytes(data[:length]).decode()
    assert decode_base64(text) == data[:length]
    assert decode_base64(memoryview(b"data:image/png;base64," + text.encode())) == data[:length]


DATA = bytes(range(256)) * 3
TEXT = base64.b64encode(DATA).decode()
URL_SAFE = base64.urlsafe_b64encode(DATA).decode()


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 64, 1 << 20])
def test_every_way_to_write_it(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base64_text, "PIECE", piece)
    texts = [
        TEXT,
        f"data:;base64,{TEXT}",
        f"data:base64,{TEXT}",
        f"data:image/png;base64,{TEXT}",
        f"data:image/png;charset=utf-8;base64,{TEXT}",
        f"data:image/svg+xml;a=b;c=d;base64,{TEXT}",
        f"DATA:IMAGE/PNG;BASE64,{TEXT}",
        f"data: image/png ; base64 , {TEXT}",
        f"  \n data:image/png;base64,\r\n{TEXT[:9]} {TEXT[9:]}\t\n",
        f'"data:image/png;base64,{TEXT}"',
        f"'{TEXT}'\n",
        f"data:image/png;base64,{URL_SAFE}",
        f"data:image/png;base64,{quote(TEXT, safe='')}",
        f"data:image/png;base64,{quote(TEXT, safe='')}%0D%0A",
        TEXT.replace("+", "%2b").replace("/", "%2f"),
        "%20".join((TEXT[:7], TEXT[7:])),
    ]
    for text in texts:
        assert decode_base64(text) == DATA, text[:60]
        assert decode_base64(memoryview(text.encode())) == DATA


def test_padding_may_lack() -> None:
    for length in range(1, 9):
        text = base64.b64encode(DATA[:length]).decode()
        for num_kept in range(text.count("=") + 1):
            assert decode_base64(text.rstrip("=") + "=" * num_kept) == DATA[:length]


@pytest.mark.parametrize("text", ["", " \n", '""', "data:;base64,", "data:image/png;base64, \n"])
def test_nothing_is_refused_as_such(text: str) -> None:
    with pytest.raises(ImageError) as refused:
        decode_base64(text)
    assert refused.value.reason == "empty"


@pytest.mark.parametrize(
    "text",
    ["AA==AAAA", "AAAA=", "A", "=", "AA=A", "AA===", "AAAA====", "A\0AA", "AAAé", "AA%4", "%", "AA%ZZ", "data:a,AAAA"],
)
@pytest.mark.parametrize("piece", [2, 1 << 20])
def test_what_is_no_base64_is_refused(text: str, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base64_text, "PIECE", piece)
    for given in (text, memoryview(text.encode())):
        with pytest.raises(ImageError) as refused:
            decode_base64(given)
        assert refused.value.reason == "base64"


@pytest.mark.parametrize(
    "text",
    ["a " * 4_000_000, "data:a/b" + ";a=" * 3_000_000, "data:" + "a" * 8_000_000, "%" * 8_000_000, "%2B" * 3_000_000],
)
def test_hostile_text_takes_no_long_time(text: str) -> None:
    began_s = time.thread_time()
    with suppress(ImageError):
        decode_base64(text)
    assert time.thread_time() - began_s < 1.0
