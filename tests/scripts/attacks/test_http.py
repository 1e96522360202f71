import socket
import threading
from pathlib import Path

import pytest

from scripts.attacks.http import ask, read_status, send_raw, write_chat, write_picture, write_text
from scripts.attacks.target import Target


def answer_once(listener: socket.socket, answer: bytes) -> None:
    with listener:
        connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)


def serve(answer: bytes) -> Target:
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer_once, args=(listener, answer), daemon=True).start()
    return Target(Path(), Path(), (), listener.getsockname())


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 408 Request Timeout\r\n\r\n", 408),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200),
        (b"", 0),
        (b"nonsense", 0),
    ],
)
def test_the_status_of_a_raw_answer(answer: bytes, status: int) -> None:
    assert read_status(send_raw(serve(answer), b"GET / HTTP/1.1\r\n\r\n")) == status


def test_an_answer_has_its_status_headers_and_body() -> None:
    reply = ask(serve(b"HTTP/1.1 405 No\r\nAllow: GET\r\nContent-Length: 2\r\n\r\n{}"), "/ask", {})
    assert (reply.status, reply.headers["allow"], reply.json) == (405, "GET", {})


def test_a_broken_connection_is_status_0() -> None:
    assert ask(serve(b""), "/ask").status == 0


def test_a_chat_holds_its_parts_and_options() -> None:
    body = write_chat(write_picture("AAAA", max_slice_nums=2), write_text("hi"), n=3)
    (message,) = body["messages"]
    assert [part["type"] for part in message["content"]] == ["image_url", "text"]
    assert message["content"][0]["max_slice_nums"] == 2
    assert body["n"] == 3
