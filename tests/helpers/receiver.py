"""A receiver of webhooks on loopback, which answers as a test says: late, wrongly, or not at all."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.helpers.loopback import comes_true

HANG, DROP, FLOOD = "hang", "drop", "flood"
"""Reads the message and never answers; closes the connection; answers without an end."""

Answer = int | str


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, secret: bytes) -> bool:
        """Check the signature as the standard says."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{expected}"


class Receiver(ThreadingHTTPServer):
    """Gives the `answers` in order, and then 204 to all that comes. `most` is how many messages came at once."""

    daemon_threads = True

    def __init__(self, *answers: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.received: list[Received] = []
        self.is_over = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?token=secret"

    def wait_for(self, count: int) -> list[Received]:
        """Wait until so many messages have come, and return all."""
        assert comes_true(lambda: len(self.received) >= count, 60), self.received
        return list(self.received)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.server.received.append(Received(self.path, headers, body))
            answer = self.server.answers.pop(0) if self.server.answers else 204
        if answer == HANG:
            self.server.is_over.wait(120)
        elif answer == FLOOD:
            self.flood()
        elif isinstance(answer, int):
            self.send_response(answer)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def flood(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.server.is_over.is_set():
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def log_message(self, *_: object) -> None: ...


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    receiver = Receiver(*answers)
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_over.set()
        receiver.shutdown()
        thread.join()
        receiver.server_close()
