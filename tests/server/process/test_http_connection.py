"""h11's connection with further rules, and with signs for clients that have closed their half."""

import h11
import pytest

from server.process.http_connection import FREE_CHUNKS, HTTPConnection
from server.process.http_rules import RequestRefused
from server.process.refusal import write_refusal

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def connection_with(*received: bytes) -> HTTPConnection:
    connection = HTTPConnection()
    for data in received:
        connection.receive_data(data)
        while connection.next_event() not in (h11.NEED_DATA, h11.PAUSED):
            pass
    return connection


def status_of(*received: bytes) -> int:
    with pytest.raises(RequestRefused) as refused:
        connection_with(*received)
    assert refused.value.error is not None
    return refused.value.error.status


def write_chunks(count: int, size: int) -> bytes:
    return (b"%x\r\n" % size + b"a" * size + b"\r\n") * count


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        HEAD + b"A: b\0c\r\n\r\n",
        HEAD + b"A: b\rc\r\n\r\n",
        HEAD + b"A: b\r\n c\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
        HEAD + b"Content-Length: +3\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        CHUNKED + b"g\r\n",
        b"\x16\x03\x01\x02\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(head: bytes) -> None:
    assert status_of(head) == 400


def test_a_head_has_a_size() -> None:
    assert status_of(HEAD + b"A: " + b"b" * 20_000) == 431


def test_a_folded_line_is_found_in_a_head_that_comes_in_pieces() -> None:
    assert status_of(HEAD + b"A: b\r\n", b" ", b"c\r\n\r\n") == 400


def test_a_value_like_a_folded_line_in_the_body_is_no_fault() -> None:
    connection = connection_with(HEAD + b"Content-Length: 3\r\n\r\n\n a")
    assert connection.their_state is h11.DONE


def test_chunks_have_to_be_worth_it() -> None:
    assert status_of(CHUNKED + write_chunks(FREE_CHUNKS + 30, 1)) == 400


def test_an_error_in_a_body_belongs_to_its_request() -> None:
    for body in (write_chunks(FREE_CHUNKS + 30, 1), b"g\r\n"):
        with pytest.raises(RequestRefused) as refused:
            connection_with(CHUNKED + body)
        assert b'"error":{"message":"the HTTP request cannot be answered' in write_refusal(refused.value)


@pytest.mark.parametrize(("count", "size"), [(FREE_CHUNKS, 1), (4 * FREE_CHUNKS, 64)])
def test_ordinary_chunks_are_taken(count: int, size: int) -> None:
    assert connection_with(CHUNKED, write_chunks(count, size) + b"0\r\n\r\n").their_state is h11.DONE


def test_chunks_are_counted_for_each_request() -> None:
    connection = connection_with(CHUNKED + write_chunks(FREE_CHUNKS - 1, 1) + b"0\r\n\r\n")
    connection.send(h11.Response(status_code=204, headers=[]))
    connection.send(h11.EndOfMessage())
    connection.start_next_cycle()
    connection.receive_data(CHUNKED + write_chunks(FREE_CHUNKS - 1, 1) + b"0\r\n\r\n")
    while connection.next_event() is not h11.NEED_DATA:
        pass
    assert connection.their_state is h11.DONE


def test_one_connection_too_many_serves_health_checks_only() -> None:
    for target, status in ((b"/health/live", None), (b"/health/ready?x", None), (b"/", 503), (b"/healthy", 503)):
        connection = HTTPConnection()
        connection.is_spare = True
        connection.receive_data(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        if status is None:
            assert isinstance(connection.next_event(), h11.Request)
        else:
            with pytest.raises(RequestRefused) as refused:
                connection.next_event()
            assert refused.value.error is not None
            assert refused.value.error.status == status
            assert connection.refusal is refused.value


def test_nothing_after_the_last_request_is_looked_at() -> None:
    connection = connection_with(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"\r\n")
    assert connection.next_event() is h11.NEED_DATA


def test_what_is_there_of_a_head() -> None:
    assert not HTTPConnection().has_partial_head
    assert connection_with(HEAD).has_partial_head
    assert not connection_with(HEAD + b"\r\n").has_partial_head


def begin_answer(connection: HTTPConnection, media_type: str) -> None:
    connection.send(h11.Response(status_code=200, headers=[("Content-Type", media_type)]))


def test_a_sign_before_the_answer_is_interim() -> None:
    connection = connection_with(HEAD + b"\r\n")
    assert connection.write_sign().startswith(b"HTTP/1.1 100 Continue\r\n")
    assert connection.our_state is h11.SEND_RESPONSE
    assert connection_with(HEAD.replace(b"1.1", b"1.0") + b"\r\n").write_sign() == b""


@pytest.mark.parametrize(
    ("media_type", "sign"),
    [
        ("text/event-stream; charset=utf-8", b"8\r\n: ping\n\n\r\n"),
        ("application/x-ndjson", b"1\r\n \r\n"),
        ("application/json", b""),
    ],
)
def test_a_sign_within_an_answer_changes_nothing_of_it(media_type: str, sign: bytes) -> None:
    connection = connection_with(HEAD + b"\r\n")
    begin_answer(connection, media_type)
    assert connection.write_sign() == sign


def test_there_is_no_sign_after_the_answer() -> None:
    connection = connection_with(HEAD + b"\r\n")
    begin_answer(connection, "text/event-stream")
    connection.send(h11.EndOfMessage())
    assert connection.write_sign() == b""
