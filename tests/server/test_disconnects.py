"""A client that leaves frees its sequence within one step, over a real connection."""

import http.client
import json
import socket
import threading
import time
from typing import Any

import pytest

from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback
from tests.helpers.raw_http import read_all, status_of

LONG = "slow " * 50
MESSAGES = [{"role": "user", "content": LONG}]
CASES: dict[str, dict[str, Any]] = {
    "/ask": {"question": LONG},
    "/chat": {"user_id": "ann", "question": LONG},
    "/v1/chat/completions": {"model": "minicpm-v", "messages": MESSAGES},
    "/v1/completions": {"prompt": LONG, "max_tokens": 1000},
    "/api/chat": {"model": "minicpm-v", "messages": MESSAGES, "stream": False},
}


class Gate:
    """Of a fake's steps: it lets so many go, and counts those that have begun."""

    def __init__(self, fake: FakeChatModel) -> None:
        runner: Any = fake.engine.runner
        self.num_begun = 0
        self._run = runner.run
        self._may_go = threading.Semaphore(0)
        runner.run = self.run

    def run(self, batch: Any) -> Any:
        self.num_begun += bool(batch.rows)
        self._may_go.acquire()
        return self._run(batch)

    def let_go(self, num_steps: int) -> None:
        self._may_go.release(num_steps)


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("path", CASES)
def test_at_most_the_step_under_way_is_finished(path: str, is_stream: bool) -> None:
    if is_stream and path == "/ask":
        pytest.skip("it has no streams")
    fake = FakeChatModel()
    gate, engine = Gate(fake), AsyncEngine(fake, {})
    body = {**CASES[path], "stream": True} if is_stream else CASES[path]
    with serve_on_loopback(stored_app(Settings(), engine)) as address:
        connection = begin_post(address, path, json.dumps(body).encode())
        gate.let_go(1)
        assert comes_true(lambda: gate.num_begun == 2)
        connection.close()
        assert comes_true(lambda: not engine._inbox.empty()), "the news has come within the second step"
        gate.let_go(1000)
        assert comes_true(lambda: fake.engine.is_idle)
        assert gate.num_begun == 2
        assert fake.engine.scheduler.pool.num_used == 0
        assert comes_true(lambda: fake.engine.stats.finish_reasons == {"abort": 1})


@pytest.mark.parametrize("path", CASES)
def test_a_body_that_never_comes_whole_is_no_fault_of_the_server(path: str, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps(CASES[path]).encode()
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))
    with serve_on_loopback(app) as address, caplog.at_level("INFO", logger="server"):
        connection = begin_post(address, path, body, headers={"Content-Length": str(len(body) + 1)})
        time.sleep(0.1)  # the handler is reading
        connection.close()
        assert comes_true(lambda: any(getattr(record, "status", None) == 499 for record in caplog.records))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("path", CASES)
def test_a_client_that_has_closed_its_half_gets_its_answer(path: str, is_stream: bool) -> None:
    if is_stream and path == "/ask":
        pytest.skip("it has no streams")
    fake = FakeChatModel()
    gate, engine = Gate(fake), AsyncEngine(fake, {})
    body = {**CASES[path], "stream": True} if is_stream else CASES[path]
    with serve_on_loopback(stored_app(Settings(), engine)) as address:
        connection = begin_post(address, path, json.dumps(body).encode())
        gate.let_go(1)
        assert comes_true(lambda: gate.num_begun == 2)
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.5)  # it has been sent a sign by now
        gate.let_go(1000)
        answer = read_all(connection)
        connection.close()
    assert status_of(answer) == 200
    assert answer.endswith(b"0\r\n\r\n") if is_stream else LONG.strip().encode() in answer
    assert fake.engine.stats.finish_reasons == {"stop": 1}


def test_clients_skip_the_sign_that_they_are_sent() -> None:
    fake = FakeChatModel(delay_s=0.01)
    body = json.dumps({"question": LONG}).encode()
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(fake, {}))) as address:
        connection = http.client.HTTPConnection(*address, timeout=60)
        connection.request("POST", "/ask", body)
        connection.sock.shutdown(socket.SHUT_WR)
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)) == (200, {"answer": f"0/1: {LONG.strip()}"})
        connection.close()
