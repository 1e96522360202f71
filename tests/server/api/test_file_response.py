"""A response is written to a file first and sent when it is whole."""

from typing import IO

import pytest
from litestar import Litestar, get
from litestar.response import Stream
from litestar.testing import TestClient

from server.api import file_response
from server.api.file_response import respond_with_file

HEADERS = {"X-Kind": "test"}


def test_the_whole_file_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_response, "CHUNK_BYTES", 4)

    async def write(file: IO[bytes]) -> None:
        file.write(b"0123456789")

    @get("/")
    async def given() -> Stream:
        return await respond_with_file(write, "text/plain", HEADERS)

    with TestClient(Litestar([given], openapi_config=None)) as client:
        response = client.get("/")
    assert (response.content, response.headers["x-kind"]) == (b"0123456789", "test")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.anyio
async def test_a_file_that_cannot_be_written_is_closed() -> None:
    opened: list[IO[bytes]] = []

    async def write(file: IO[bytes]) -> None:
        opened.append(file)
        file.write(b"a part")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await respond_with_file(write, "text/plain", HEADERS)
    assert opened[0].closed
