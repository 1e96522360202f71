"""An application on a real loopback port, for what an in-process client hides: timing, and clients that leave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from litestar.types import ASGIApp

from server.process.connection_limits import ConnectionLimits
from server.process.uvicorn_server import PlainServer, create_config
from tests.helpers.processes import wait_until_ready


@contextmanager
def serve_on_loopback(app: ASGIApp, limits: ConnectionLimits | None = None) -> Iterator[tuple[str, int]]:
    server = PlainServer(create_config(app, limits or ConnectionLimits()))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    host, port = listener.getsockname()
    wait_until_ready(f"http://{host}:{port}")
    try:
        yield host, port
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listener.close()


def begin_post(
    address: tuple[str, int], path: str, body: bytes, headers: Mapping[str, str] | None = None
) -> socket.socket:
    """Send a request, and return the connection with nothing read."""
    connection = socket.create_connection(address, timeout=60)
    own = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body))}
    given = {**own, **(headers or {})}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)
    return connection


def comes_true(condition: Callable[[], Any], within_s: float = 30.0) -> bool:
    """Wait until `condition` is true. The time is for a busy machine."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return False
