"""A server that is killed between the shop's commit and the reply leaves a call that a person sees, and runs once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.actions import ARGUMENTS, TOOL, stock_dialogue
from tests.helpers.loopback import comes_true
from tests.helpers.processes import get, post, run_server


class Shop:
    """A shop that keeps each order's return once it is asked for, and answers when it is let."""

    def __init__(self) -> None:
        self.committed: list[tuple[str, Any, str]] = []
        self.may_answer = threading.Event()
        self.url = ""


@contextmanager
def open_shop() -> Iterator[Shop]:
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            shop.committed.append((self.path, body, self.headers["Idempotency-Key"]))
            shop.may_answer.wait(60)
            answer = b'{"number": "R-1"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(answer)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        shop.may_answer.set()
        server.shutdown()
        server.server_close()


def ask_in_background(url: str, body: dict[str, Any]) -> None:
    def ask() -> None:
        with suppress(OSError):
            post(url, body)

    threading.Thread(target=ask, daemon=True).start()


@pytest.mark.parametrize("is_in_dialogue", [False, True])
def test_a_kill_between_the_commit_and_the_reply(tmp_path: Path, is_in_dialogue: bool) -> None:
    action = stock_dialogue(tmp_path / "sessions.db", "ann")
    flags = ("--data", str(tmp_path))
    with open_shop() as shop:
        program = ("tests.helpers.acting_server", shop.url)
        with run_server(*flags, program=program) as (process, address, _):
            path = "/chat" if is_in_dialogue else f"/actions/{action.id}/confirm"
            ask_in_background(f"{address}{path}", {"user_id": "ann", "question": "yes"})
            assert comes_true(lambda: shop.committed)
            assert get(f"{address}/actions/{action.id}")["state"] == "running"
            process.kill()
        with run_server(*flags, program=program) as (_, address, _):
            assert comes_true(lambda: get(f"{address}/actions/{action.id}")["state"] == "unknown")
            again = post(f"{address}/actions/{action.id}/confirm", {})
            assert again["state"] == "unknown"
            assert "person" in again["text"] or "人工" in again["text"]
            post(f"{address}/chat", {"user_id": "ann", "question": "yes"})
            events = [entry["event"] for entry in get(f"{address}/audit")["entries"]]
            assert events == ["unknown", "confirmed", "asked"]
        assert shop.committed == [(f"/{TOOL}", ARGUMENTS, action.id)], "it ran once, with its own key"


def test_a_server_that_is_stopped_waits_for_the_reply(tmp_path: Path) -> None:
    action = stock_dialogue(tmp_path / "sessions.db", "ann")
    flags = ("--data", str(tmp_path))
    with open_shop() as shop:
        program = ("tests.helpers.acting_server", shop.url)
        with run_server(*flags, program=program) as (process, address, _):
            ask_in_background(f"{address}/actions/{action.id}/confirm", {})
            assert comes_true(lambda: shop.committed)
            threading.Timer(1, shop.may_answer.set).start()
            process.terminate()
            assert process.wait(timeout=60) == 0
        with run_server(*flags, program=program) as (_, address, _):
            shown = get(f"{address}/actions/{action.id}")
            assert (shown["state"], shown["result"]) == ("done", {"number": "R-1"})
        assert len(shop.committed) == 1
