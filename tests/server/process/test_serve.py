"""The process from its first answer to its last, with a model that does what the test needs."""

import asyncio
import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.process.signals import wait_for_first
from tests.helpers.fake_server import NEVER
from tests.helpers.forking import ForkedProcess
from tests.helpers.loopback import begin_post, comes_true
from tests.helpers.processes import START_TIMEOUT_S, Output, Process, get, post, run_server

QUESTION = "slow" * 200
"""Its answer has 800 tokens: with a pause before each it takes longer than the test."""

SSE_QUESTION = json.dumps({"user_id": "ann", "question": QUESTION, "stream": True}).encode()


def fake_server(folder: Path, pause: float | Path, *flags: str) -> Any:
    return run_server("--data", str(folder), *flags, program=("tests.helpers.fake_server", str(pause)))


def status_of(url: str, body: bytes | None = None) -> tuple[int, Any, Any]:
    """Return the status, headers and JSON body of a reply, which may be an error."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.load(error)


def address_of(url: str) -> tuple[str, int]:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def begin_stream(address: str, body: bytes) -> socket.socket:
    """Send a request for a stream, read the beginning of the status line, and return the connection."""
    connection = begin_post(address_of(address), "/chat", body)
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def rest_of(connection: socket.socket) -> str:
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@contextmanager
def reserved_port() -> Iterator[int]:
    """Reserve a port on which only a server that is told to may listen: the socket is bound, but does not listen."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@contextmanager
def loading_server(folder: Path) -> Iterator[tuple[Process, str]]:
    """Start a server whose model never loads; give the process and its address."""
    with reserved_port() as port:
        address = f"http://127.0.0.1:{port}"
        process = ForkedProcess(("tests.helpers.fake_server", NEVER), "--port", str(port), "--data", str(folder))
        output = Output(process)

        def is_alive() -> bool:
            try:
                return bool(get(f"{address}/health/live"))
            except OSError:
                return False

        try:
            assert comes_true(is_alive, within_s=START_TIMEOUT_S)
            yield process, address
        finally:
            process.kill()
            process.wait()
            output.whole()


def test_while_it_loads_it_is_alive_not_ready_and_says_so(tmp_path: Path) -> None:
    with loading_server(tmp_path) as (process, address):
        status, headers, body = status_of(f"{address}/health/ready")
        assert (status, body) == (503, {"status": "not ready", "reason": "loading"})
        assert headers["x-request-id"]
        status, headers, body = status_of(f"{address}/v1/chat/completions", b"{}")
        assert (status, body["error"]["message"]) == (503, "the model is being loaded")
        assert int(headers["retry-after"]) > 0
        assert status_of(f"{address}/chat", b"{}")[2]["error"] == "模型正在加载"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_running_answers_finish_and_takes_no_more(tmp_path: Path, sent: signal.Signals) -> None:
    """The answers last until the test lets them end, however long its own requests take."""
    may_end = tmp_path / "may end"
    with fake_server(tmp_path, may_end, "--grace-s", "3600") as (process, address, _):
        assert status_of(f"{address}/health/ready")[::2] == (200, {"status": "ready"})
        stream = begin_stream(address, SSE_QUESTION)
        whole: list[Any] = []
        asking = threading.Thread(target=lambda: whole.append(post(f"{address}/ask", {"question": QUESTION})))
        asking.start()
        running = b"minicpmv_requests_running 2.0"
        assert comes_true(lambda: running in urllib.request.urlopen(f"{address}/metrics", timeout=60).read())
        process.send_signal(sent)
        assert comes_true(lambda: status_of(f"{address}/health/ready")[0] == 503)
        assert status_of(f"{address}/health/ready")[2]["reason"] == "draining"
        status, headers, body = status_of(f"{address}/ask", b'{"question": "more"}')
        assert (status, body["error"]) == (503, "服务正在停止")
        assert int(headers["retry-after"]) > 0
        may_end.touch()
        assert f'{{"answer":"0/1: {QUESTION}"}}' in rest_of(stream)
        asking.join(timeout=60)
        assert whole == [{"answer": f"0/1: {QUESTION}"}]
        assert process.wait(timeout=60) == 0
    with fake_server(tmp_path, 0.0) as (_, address, _):
        assert get(f"{address}/sessions")["sessions"], "what was said while it drained is kept"


def test_what_does_not_end_in_time_ends_with_an_error(tmp_path: Path) -> None:
    with fake_server(tmp_path, 0.05, "--grace-s", "1") as (process, address, _):
        stream = begin_stream(address, SSE_QUESTION)
        process.send_signal(signal.SIGTERM)
        assert rest_of(stream).count('"error":"服务正在停止"') == 1
        assert process.wait(timeout=60) == 0


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with fake_server(tmp_path, 0.05, "--grace-s", "3600") as (process, address, _):
        stream = begin_stream(address, SSE_QUESTION)
        process.send_signal(signal.SIGTERM)
        assert comes_true(lambda: status_of(f"{address}/health/ready")[0] == 503)
        process.send_signal(signal.SIGTERM)
        assert '"error":"服务正在停止"' in rest_of(stream)
        assert process.wait(timeout=60) == 0


def test_a_dead_engine_ends_streams_and_the_process(tmp_path: Path) -> None:
    with fake_server(tmp_path, 0.05) as (process, address, _):
        stream = begin_stream(address, SSE_QUESTION)
        status, _, body = status_of(f"{address}/ask", b'{"question": "die"}')
        assert (status, body["error"]) == (503, "服务正在停止")
        assert '"error":"服务正在停止"' in rest_of(stream)
        assert process.wait(timeout=60) == 1
    assert "the engine has failed: the device thread has ended" in (tmp_path / "server.log").read_text()


def test_a_step_that_never_returns_is_told_once_and_ends_the_process(tmp_path: Path) -> None:
    with fake_server(tmp_path, 0.0, "--step-timeout-s", "3") as (process, address, _):
        connection = begin_post(address_of(address), "/ask", b'{"question": "hang"}')
        assert comes_true(lambda: status_of(f"{address}/health/ready")[2].get("reason") == "engine stuck")
        assert status_of(f"{address}/health/live")[0] == 200
        assert "503 Service Unavailable" in rest_of(connection)
        assert process.wait(timeout=60) == 1
    events = [json.loads(line)["event"] for line in (tmp_path / "server.log").read_text().splitlines()]
    (told,) = (event for event in events if event.startswith("a step has not returned"))
    assert "tests/helpers/fakes.py" in told, "where it hangs"
    assert [event for event in events if event.startswith("the engine has failed: a step has not returned for ")]


async def soon() -> None:
    await asyncio.sleep(0)


async def never() -> None:
    await asyncio.Event().wait()


def test_the_end_comes_in_time_whatever_clients_do(tmp_path: Path) -> None:
    grace_s = 1
    with fake_server(tmp_path, 0.05, "--grace-s", str(grace_s)) as (process, address, output), ExitStack() as stack:
        questions = [SSE_QUESTION.replace(b"ann", b"user %d" % number) for number in range(5)]
        unread = [begin_post(address_of(address), "/chat", question) for question in questions]
        stuck = [begin_post(address_of(address), "/ask", b"{", {"Content-Length": "100000"}) for _ in range(100)]
        idle = [socket.create_connection(address_of(address)) for _ in range(100)]
        for connection in [*unread, *stuck, *idle]:
            stack.enter_context(connection)
        assert comes_true(lambda: b"minicpmv_requests_running 5.0" in read_metrics(address))
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert time.monotonic() - began_s < grace_s + 3 + 5, "5 for a busy machine"
        assert "Traceback" not in output.text
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def read_metrics(address: str) -> bytes:
    with urllib.request.urlopen(f"{address}/metrics", timeout=60) as response:
        metrics: bytes = response.read()
        return metrics


def test_a_hangup_reads_files_again_and_ends_nothing(tmp_path: Path) -> None:
    told = "SIGHUP: the keys, profiles and words were read again"
    with fake_server(tmp_path, 0.0) as (process, address, _):
        for number in (1, 2):
            process.send_signal(signal.SIGHUP)
            assert comes_true(lambda: (tmp_path / "server.log").read_text().count(told) == number)  # noqa: B023
        assert status_of(f"{address}/health/live")[0] == 200
        assert process.poll() is None


def test_a_hangup_does_not_end_a_server_that_loads(tmp_path: Path) -> None:
    with loading_server(tmp_path) as (process, address):
        process.send_signal(signal.SIGHUP)
        assert comes_true(lambda: "SIGHUP: " in (tmp_path / "server.log").read_text())
        assert status_of(f"{address}/health/ready")[0] == 503


@pytest.mark.anyio
async def test_the_first_of_several_cancels_the_others() -> None:
    waiting = asyncio.ensure_future(never())
    assert await wait_for_first(waiting, soon(), never()) == 1
    assert waiting.cancelled()
