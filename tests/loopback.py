"""An application on a real loopback port, for what an in-process client hides: timing, and clients that leave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from litestar.types import ASGIApp

from tests.processes import wait_until_ready


@contextmanager
def listening(app: ASGIApp) -> Iterator[tuple[str, int]]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    host, port = listener.getsockname()
    wait_until_ready(f"http://{host}:{port}")
    try:
        yield host, port
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


def begin_post(address: tuple[str, int], path: str, body: bytes) -> socket.socket:
    """The connection, with the request sent and nothing read."""
    connection = socket.create_connection(address, timeout=20)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def comes_true(condition: Callable[[], Any], within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return False
