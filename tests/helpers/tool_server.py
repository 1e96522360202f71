"""A loopback server that answers calls of tools in all the ways that a server can go wrong."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SLOW_S = 5.0


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ToolServer:
    """The address of the server, and what it received. `answer` is the body of its plain answers."""

    address: tuple[str, int] = ("127.0.0.1", 0)
    received: list[Received] = field(default_factory=list)
    answer: bytes = b'{"order": "AB123456", "state": "shipped"}'

    @property
    def host(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


class _Handler(socketserver.BaseRequestHandler):
    server: "_Server"
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(30)
        with self.request.makefile("rb") as reader:
            received = _read_request(reader)
        if received is None:
            return
        self.server.tools.received.append(received)
        behaviour = received.target.partition("?")[0].strip("/").partition("/")[0]
        for piece in self._answer(behaviour):
            try:
                self.request.sendall(piece)
            except OSError:  # the client has left
                return

    def _answer(self, behaviour: str) -> Iterator[bytes]:
        plain = self.server.tools.answer
        match behaviour:
            case "slow":
                self.server.is_stopped.wait(SLOW_S)
                yield respond(200, plain)
            case "dripping":
                yield head(200, 1000)
                while not self.server.is_stopped.wait(0.05):
                    yield b" "
            case "redirect":
                yield respond(302, b"", f"Location: http://{self.server.tools.host}/orders/1")
            case "long":
                yield head(200, 5_000_000)
                for _ in range(50):
                    yield b"1" * 100_000
            case "endless":
                yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                while not self.server.is_stopped.is_set():
                    yield b"2710\r\n" + b"1" * 10_000 + b"\r\n"
            case "short":  # says more than it sends
                yield head(200, len(plain) + 100) + plain
            case "closing":
                return
            case "garbage":
                yield b"\x00\x01 what is this\r\n\r\n"
            case "packed":
                yield respond(200, plain, "Content-Encoding: gzip")
            case "text":
                yield respond(200, b"not JSON")
            case "empty":
                yield respond(204, b"")
            case "missing":
                yield respond(404, b'{"error": {"zh": "\xe6\xb2\xa1\xe6\x9c\x89", "en": "There is no such order."}}')
            case "forbidden":
                yield respond(403, b"<h1>Forbidden</h1>")
            case "broken":
                yield respond(500, b'{"error": "a stack trace"}')
            case _:
                yield respond(200, plain)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, tools: ToolServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tools = tools
        self.is_stopped = threading.Event()


def respond(status: int, body: bytes, *headers: str) -> bytes:
    return head(status, len(body), *headers) + body


def head(status: int, length: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", "Content-Type: application/json", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def _read_request(reader: Any) -> Received | None:
    line = reader.readline().decode().split()
    if len(line) != 3:
        return None
    headers = {}
    while (text := reader.readline().decode().strip()) != "":
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return Received(line[0], line[1], headers, reader.read(int(headers.get("content-length", 0))))


@contextmanager
def serve_tools() -> Iterator[ToolServer]:
    """Run the server until the block is left. The first part of a path says how it answers."""
    tools = ToolServer()
    with _Server(tools) as server:
        host, port = server.server_address[:2]
        tools.address = str(host), int(port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield tools
        finally:
            server.is_stopped.set()
            server.shutdown()
            thread.join()


def wait_for(condition: Any, within_s: float = 10.0) -> bool:
    """Wait in this thread until `condition()` is true."""
    ends_s = time.monotonic() + within_s
    while time.monotonic() < ends_s:
        if condition():
            return True
        time.sleep(0.01)
    return False
