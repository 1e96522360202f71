"""What the measurement of the knowledge base asks of a server, here one that follows the folder by itself."""

import csv
import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import psutil  # type: ignore[import-untyped]
import pytest

from scripts import bench_knowledge
from scripts.bench_knowledge import FindFigures, KnowledgeBench, ask, edit, fill, has_found, write_find_table

NUM_PRODUCTS, NUM_PASSAGES = 50, 40


class Following(BaseHTTPRequestHandler):
    """Finds the rows of the folder's sheets that have a word of the question, as they are now."""

    folder: ClassVar[Path]
    looks: ClassVar[int] = 0
    failed: ClassVar[int] = 0
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.endswith("/search"):
            self._send(self._search(parse_qs(parts.query)["q"][0]))
        else:
            Following.looks += 1
            files = list(self.folder.iterdir()) if self.folder.exists() else []
            reading = self.looks % 2
            self._send({"documents": len(files), "reading": reading, "failed": self.failed}, 200 if files else 404)

    def _search(self, question: str) -> object:
        self.asked.append(question)
        rows = [" ".join(row) for sheet in sorted(self.folder.glob("*.csv")) for row in read_rows(sheet)]
        words = question.strip("?？").split()
        return {"hits": [{"text": row} for row in rows if any(word in row for word in words)], "facts": []}

    def _send(self, body: object, status: int = 200) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


def read_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KnowledgeBench]:
    monkeypatch.setattr(bench_knowledge, "POLL_S", 0.0)
    monkeypatch.setattr(bench_knowledge, "WATCH_EVERY_S", 0.005)
    monkeypatch.setattr(Following, "folder", tmp_path / "shop", raising=False)
    monkeypatch.setattr(Following, "asked", [])
    monkeypatch.setattr(Following, "failed", 0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Following) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield KnowledgeBench(f"http://127.0.0.1:{server.server_port}", psutil.Process(os.getpid()), tmp_path)
        finally:
            server.shutdown()


def test_a_shop_is_filled_asked_and_edited(bench: KnowledgeBench) -> None:
    fill(bench, NUM_PRODUCTS, NUM_PASSAGES)
    assert len(list(bench.folder.glob("rules-*.md"))) == bench_knowledge.NUM_FILES
    ask(bench, NUM_PRODUCTS, NUM_PASSAGES, 4)
    edit(bench, NUM_PRODUCTS)
    assert [result.name.split(" ")[0] for result in bench.results] == ["a", "40", "the", "a", "an", "an"]
    assert [(figures.name, figures.questions) for figures in bench.finds] == [
        ("products", 4),
        ("rules", 4),
        ("nothing", 4),
    ]
    assert bench.finds[0].found_percent > 0
    assert any("LS-00042" in question for question in Following.asked)


def test_a_file_that_cannot_be_read_is_no_measurement(bench: KnowledgeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Following, "failed", 1)
    with pytest.raises(AssertionError, match="failed"):
        fill(bench, NUM_PRODUCTS, NUM_PASSAGES)


def test_an_edit_that_leaves_nothing_to_find_is_no_measurement(bench: KnowledgeBench) -> None:
    bench.folder.mkdir()
    with pytest.raises(AssertionError):
        bench.wait_for_text("What?", "old", "new")


def test_a_fact_is_found_too() -> None:
    assert has_found('{"hits": [], "facts": [{"text": "x"}]}')
    assert not has_found('{"hits": [], "facts": []}')


def test_the_table_has_a_line_for_each_kind_of_question() -> None:
    table = write_find_table([FindFigures("a", 1, 2.0, 3.0, 4.0, 5.0)])
    assert table.splitlines()[-1] == "| a | 1 | 2.0 | 3.0 | 4.0 | 5.0 |"
    assert len({line.count("|") for line in table.splitlines()}) == 1
