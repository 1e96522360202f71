"""Connections over loopback: what they may cost, how they end, and what is answered without the application."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from server.process import http_protocol
from server.process.connection_limits import NUM_SPARE_CONNECTIONS, ConnectionLimits
from tests.helpers.loopback import comes_true, serve_on_loopback
from tests.helpers.raw_http import Address, exchange, read_all, status_of, write_request

MAX_HEAD_S = 0.3


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the target and the body, or with much; `/unread` is answered at once."""
    if scope["type"] != "http":
        return
    body, is_whole = b"", scope["path"] == "/unread"
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, is_whole = body + message["body"], not message["more_body"]
    fixed = {"/much": b"a" * 20_000_000, "/health": b"{}"}
    answer = fixed.get(scope["path"], scope["raw_path"] + b"|" + body)
    headers = [(b"content-length", b"%d" % len(answer))]
    headers += [(b"connection", b"close")] if scope["path"] == "/unread" else []
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with serve_on_loopback(app, ConnectionLimits(max_head_s=MAX_HEAD_S)) as address:
        yield address


def connect(stack: ExitStack, address: Address, sent: bytes = b"") -> socket.socket:
    connection = stack.enter_context(socket.create_connection(address, timeout=60))
    connection.sendall(sent)
    return connection


@pytest.mark.parametrize(("sent", "status"), [(b"", None), (b"GET / HTTP/1.1\r\nHo", 408), (b"P", 408)])
def test_a_head_that_does_not_come_ends_the_connection(address: Address, sent: bytes, status: int | None) -> None:
    began_s = time.monotonic()
    answer = exchange(address, sent)
    assert time.monotonic() - began_s >= MAX_HEAD_S * 0.9
    assert (status_of(answer) if answer else None) == status


def test_bytes_now_and_then_give_a_head_no_more_time(address: Address) -> None:
    with ExitStack() as stack:
        connection = connect(stack, address, b"GET / HTTP/1.1\r\n")
        for _ in range(8):
            time.sleep(MAX_HEAD_S / 5)
            try:
                connection.sendall(b"A: b\r\n")
            except OSError:
                break
        assert status_of(read_all(connection)) == 408


def test_the_second_head_has_the_same_time(address: Address) -> None:
    with ExitStack() as stack:
        connection = connect(stack, address, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while b"/a|" not in received:
            received += connection.recv(65536)
        connection.sendall(b"G")
        assert status_of(read_all(connection)) == 408


def test_a_body_that_nobody_reads_does_not_keep_the_connection(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "LINGER_S", 0.2)
    sent = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with ExitStack() as stack:
        connection = connect(stack, address, sent)
        assert status_of(read_all(connection)) == 200
        assert comes_true(lambda: fails_to_send(connection))


def fails_to_send(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"a")
    except OSError:
        return True
    return False


def test_an_early_answer_is_read_by_a_client_that_still_sends(address: Address) -> None:
    for _ in range(3):
        connection = http.client.HTTPConnection(*address, timeout=60)
        connection.request("POST", "/unread", b"a" * 20_000_000)
        assert connection.getresponse().status == 200
        connection.close()


def test_an_answer_that_is_not_read_ends(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_CHECK_S", 0.2)
    with ExitStack() as stack:
        connection = connect(stack, address, write_request("GET", "/much"))
        time.sleep(1)
        assert 0 < len(read_all(connection)) < 20_000_000


def test_a_slow_reader_gets_all(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_CHECK_S", 0.2)
    num_read = 0
    with ExitStack() as stack:
        connection = connect(stack, address, write_request("GET", "/much"))
        while piece := connection.recv(2_000_000):
            num_read += len(piece)
            time.sleep(0.05)
    assert num_read > 20_000_000


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (write_request("GET", "http://other/a?b"), 200),
        (write_request("OPTIONS", "*"), 204),
        (write_request("CONNECT", "x:443"), 501),
        (write_request("GET", "a"), 400),
        (write_request("GET", "/", "A: b\r\n c"), 400),
        (write_request("GET", "/", "Host: y"), 400),
        (write_request("POST", "/", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
        (write_request("POST", "/", "Expect: a miracle", body=b"a"), 417),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 100_000, 431),
    ],
)
def test_odd_requests_have_their_status(
    address: Address, caplog: pytest.LogCaptureFixture, sent: bytes, status: int
) -> None:
    answer = exchange(address, sent)
    assert status_of(answer) == status
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    if status >= 400:
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == status


def test_the_error_has_the_form_and_language_of_the_path(address: Address) -> None:
    english = exchange(address, write_request("POST", "/v1/chat/completions", "Expect: a miracle", body=b"a"))
    chinese = exchange(address, write_request("POST", "/ask", "Expect: a miracle", body=b"a"))
    assert json.loads(english.partition(b"\r\n\r\n")[2])["error"]["message"].endswith(
        "only 100-continue can be expected"
    )
    assert json.loads(chinese.partition(b"\r\n\r\n")[2])["error"] == "HTTP 请求无效：不支持的 Expect"
    head = exchange(address, write_request("HEAD", "/ask", "Expect: a miracle"))
    assert head.endswith(b"\r\n\r\n")


def test_refused_requests_are_a_line_for_all(address: Address, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(20):
        exchange(address, b"junk\r\n\r\n")
    assert len(caplog.records) <= 1


def test_a_fault_in_the_body_ends_a_request_that_is_being_read(address: Address) -> None:
    assert (
        status_of(exchange(address, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) == 400
    )
    assert status_of(exchange(address, write_request())) == 200


def test_100_continue_is_sent_to_whom_expects_it(address: Address) -> None:
    with ExitStack() as stack:
        sent = write_request("POST", "/", "Expect: 100-continue", "Content-Length: 1")
        connection = connect(stack, address, sent)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"a")
        assert read_all(connection).endswith(b"/|a")


def test_an_upgrade_is_not_made(address: Address) -> None:
    answer = exchange(
        address, write_request("GET", "/", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: a")
    )
    assert status_of(answer) == 200


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_has_closed_its_half_gets_its_answer(address: Address, version: str) -> None:
    sent = write_request("POST", "/", body=b"abc", version=version)
    assert exchange(address, sent, is_half_closed=True).endswith(b"/|abc")


def test_all_of_its_requests_are_answered(address: Address) -> None:
    sent = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(3))
    answer = exchange(address, sent, is_half_closed=True)
    assert [b"/%d|" % number in answer for number in range(3)] == [True] * 3


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n", write_request("POST", "/", body=b"abc")[:-1]])
def test_half_a_request_is_not_waited_for(address: Address, sent: bytes) -> None:
    began_s = time.monotonic()
    assert exchange(address, sent, is_half_closed=True) == b""
    assert time.monotonic() - began_s < MAX_HEAD_S * 0.9


def test_an_accepted_connection_sends_at_once(address: Address) -> None:
    """The kernel would hold the second packet of an answer back until the first is acknowledged, after 40 ms."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    times = []
    for _ in range(20):
        began_s = time.monotonic()
        connection.request("POST", "/", b"a")
        connection.getresponse().read()
        times.append(time.monotonic() - began_s)
    connection.close()
    assert sorted(times)[10] < 0.03


def test_over_the_limit_only_health_is_served() -> None:
    limits = ConnectionLimits(max_connections=4, max_head_s=60)
    with serve_on_loopback(app, limits) as address, ExitStack() as stack:
        kept = [connect(stack, address, write_request("POST", "/", body=b"abc")[:-1]) for _ in range(4)]
        refused = exchange(address, write_request("GET", "/v1/models"))
        assert status_of(refused) == 503
        assert b"Retry-After: " in refused
        assert json.loads(refused.partition(b"\r\n\r\n")[2])["error"]["message"].startswith("too many connections")
        assert status_of(exchange(address, write_request("GET", "/health/live"))) == 200
        spare = [connect(stack, address) for _ in range(NUM_SPARE_CONNECTIONS)]
        assert status_of(exchange(address, b"")) == 503
        for connection in [*spare, kept.pop()]:
            connection.close()
        assert comes_true(lambda: status_of(exchange(address, write_request("GET", "/v1/models"))) == 200)


def test_who_sends_no_request_makes_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "LEAST_WAITING_S", 0.2)
    with serve_on_loopback(app, ConnectionLimits(max_connections=3, max_head_s=60)) as address, ExitStack() as stack:
        oldest, _, third = (connect(stack, address, sent) for sent in (b"GET / HTTP/1.1\r\n", b"", b""))
        time.sleep(0.3)
        assert status_of(exchange(address, write_request())) == 200
        assert status_of(read_all(oldest)) == 408
        third.sendall(write_request())
        assert status_of(read_all(third)) == 200


def test_many_slow_heads_are_gone_in_time_and_others_are_served_meanwhile() -> None:
    with serve_on_loopback(app, ConnectionLimits(max_head_s=1.5)) as address, ExitStack() as stack:
        slow = [connect(stack, address, b"GET / HTTP/1.1\r\n") for _ in range(300)]
        assert status_of(exchange(address, write_request())) == 200
        assert {status_of(read_all(connection)) for connection in slow} == {408}
