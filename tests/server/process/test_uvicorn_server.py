"""An application that is replaced while it is served."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from server.process.uvicorn_server import UvicornServer

pytestmark = pytest.mark.anyio


def app_saying(text: bytes) -> Any:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
        await send({"type": "http.response.body", "body": text})

    return app


async def test_the_application_may_be_replaced() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    frontend = UvicornServer(app_saying(b"one"), listener)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{frontend.port}") as client:
        assert (await asked(client)) == "one"
        frontend.app = app_saying(b"two")
        assert (await asked(client)) == "two"
    for _ in range(2):
        await frontend.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", frontend.port)


async def asked(client: httpx.AsyncClient) -> str:
    for _ in range(1000):
        try:
            return (await client.get("/")).text
        except httpx.ConnectError:  # it does not listen yet
            await asyncio.sleep(0.02)
    raise AssertionError("it does not come up")
