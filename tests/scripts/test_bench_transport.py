"""The figures of a connection, from a server that answers at known times."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from scripts.bench_transport import main, measure

PAUSE_S = 0.02


class Answering(BaseHTTPRequestHandler):
    """Answers a GET after a pause, and a POST with events and a pause after each."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(PAUSE_S)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        for _ in range(4):
            self.wfile.write(b": ping\n\ndata: {}\n\n")
            time.sleep(PAUSE_S)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield "127.0.0.1", server.server_port
        server.shutdown()


def test_requests_and_events_are_timed(address: tuple[str, int]) -> None:
    figures = measure(address, count=3)
    assert figures["request_ms"] > PAUSE_S * 900
    assert figures["requests_per_s"] < 1 / PAUSE_S
    assert figures["chunk_ms"] > PAUSE_S * 900, "the pings between are none"
    assert figures["chunks_per_s"] < 1.1 / PAUSE_S


def test_the_last_line_is_the_result(address: tuple[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", f"http://{address[0]}:{address[1]}", "--requests", "2"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"request_ms", "requests_per_s", "chunk_ms", "chunks_per_s"}
