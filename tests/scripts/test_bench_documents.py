"""What the measurement of documents asks of a server, here one that answers at once."""

import json
import os
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import psutil  # type: ignore[import-untyped]
import pytest

from scripts import bench_documents, bench_pictures
from scripts.bench_documents import Bench, Figures, run, write_table
from scripts.bench_pictures import count_bytes
from scripts.documents.long_files import sum_amounts

NUM_ROWS = 20


class Answering(BaseHTTPRequestHandler):
    """Has each document ready at the second look, and answers every question with one sum."""

    answer = f"{sum_amounts(NUM_ROWS):,}"
    asked: ClassVar[list[tuple[str, str]]] = []
    looks = 0

    def do_GET(self) -> None:
        Answering.looks += self.path.startswith("/documents/")
        self._send({"state": "ready" if Answering.looks % 2 == 0 else "reading"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, str(json.loads(body).get("mode")) if body.startswith(b"{") else "form"))
        self._send({"id": "d", "answer": self.answer})

    def _send(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(bench_documents, "NUM_ROWS", NUM_ROWS)
    monkeypatch.setattr(bench_documents, "POLL_S", 0.0)
    monkeypatch.setattr(bench_documents, "WATCH_EVERY_S", 0.005)
    monkeypatch.setattr(Answering, "asked", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield Bench(f"http://127.0.0.1:{server.server_port}", psutil.Process(os.getpid()), tmp_path)
        finally:
            server.shutdown()


def test_a_sheet_is_read_and_asked(bench: Bench) -> None:
    run(bench, ["200,000 rows, CSV"])
    assert [result.name.split(",")[0] for result in bench.results] == [
        "200",
        "NO-123456 (find)",
        "金额合计是多少? (auto)",
        "POST /tables",
    ]
    assert Answering.asked[2:] == [
        ("/documents", "form"),
        ("/documents/d/ask", "find"),
        ("/documents/d/ask", "auto"),
        ("/tables", "None"),
    ]


def test_a_wrong_sum_is_no_measurement(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answering, "answer", "about 7")
    with pytest.raises(AssertionError, match="about 7"):
        run(bench, ["200,000 rows, CSV"])


def test_memory_is_what_was_taken_meanwhile(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look(process: psutil.Process) -> int:
        looks.append(count_bytes(process))
        return looks[-1]

    def take() -> int:
        data, num_before = bytearray(b"x") * 40_000_000, len(looks)
        while len(looks) < num_before + 2:  # the first may have begun before
            time.sleep(0.001)
        return len(data)

    monkeypatch.setattr(bench_pictures, "count_bytes", look)

    assert bench.measure("some", take, 1.25) == 40_000_000
    assert bench.results[0].peak_mb > 30
    assert bench.results[0].file_mb == 1.2


def test_the_table_has_a_line_for_each_work() -> None:
    table = write_table([Figures("a", 1.0, 2.0, 3.0, 4.0, 5.0)])
    assert table.splitlines()[-1] == "| a | 1.0 | 2.0 | 3.0 | 4.0 | 5.0 |"
    assert len({line.count("|") for line in table.splitlines()}) == 1
