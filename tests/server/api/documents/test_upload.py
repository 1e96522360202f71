"""Uploads over loopback: in time, within their room, and with nothing left of those that break off."""

import gzip
import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import comes_true, serve_on_loopback
from tests.helpers.pictures import png
from tests.helpers.processes import get
from tests.helpers.raw_http import Address, read_all, status_of

MIB = 1 << 20
SETTINGS = Settings(
    max_document_bytes=24 * MIB, max_body_bytes=400_000, max_body_s=1, min_body_rate=20_000, max_picture_wait_s=1
)
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
TAIL = b'\r\n--x\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nann\r\n--x--\r\n'
EACH_PATH = pytest.mark.parametrize("path", ["/documents", "/collections/shop/documents"])


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with serve_on_loopback(stored_app(SETTINGS, AsyncEngine(FakeChatModel(), {}))) as address:
        connection = http.client.HTTPConnection(*address, timeout=60)
        connection.request("PUT", "/collections/shop")
        assert connection.getresponse().status == 201
        connection.close()
        yield address


def begin(address: Address, length: int, path: str = "/documents") -> socket.socket:
    """Send the head of an upload of `length` bytes, and the beginning of its form."""
    connection = socket.create_connection(address, timeout=60)
    headers = f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\nConnection: close"
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode() + HEAD)
    return connection


def count_files() -> int:
    """Count the open temporary files of this process, which have no name."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).endswith("(deleted)")
        except OSError:
            continue
    return count


def read_memory() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def list_documents(address: Address, path: str = "/documents") -> Any:
    return get(f"http://{address[0]}:{address[1]}{path}")["documents"]


@EACH_PATH
def test_a_large_file_is_taken_in_bounded_memory(address: Address, path: str) -> None:
    data, piece = 20 * MIB, b"\0\1\2\3" * 16_384
    before = most = read_memory()
    with begin(address, len(HEAD) + data + len(TAIL), path) as connection:
        for _ in range(data // len(piece)):
            connection.sendall(piece)
            most = max(most, read_memory())
        connection.sendall(TAIL)
        answer = read_all(connection)
    assert status_of(answer) == 415  # it is whole, but no document
    assert most - before < 12 * MIB


@EACH_PATH
def test_a_file_that_does_not_come_gets_408_and_is_gone(address: Address, path: str) -> None:
    num_files = count_files()
    with begin(address, 10 * MIB, path) as connection:
        connection.sendall(b"x" * 100_000)
        assert comes_true(lambda: count_files() > num_files)
        answer = read_all(connection)
    assert status_of(answer) == 408
    assert comes_true(lambda: count_files() == num_files)


@EACH_PATH
def test_nothing_is_left_of_a_client_that_leaves(address: Address, path: str) -> None:
    num_files = count_files()
    with begin(address, 10 * MIB, path) as connection:
        connection.sendall(b"x" * 100_000)
        assert comes_true(lambda: count_files() > num_files)
    assert comes_true(lambda: count_files() == num_files)
    assert list_documents(address, path) == []


@EACH_PATH
def test_a_file_that_is_too_large_is_refused_before_it_has_come(address: Address, path: str) -> None:
    with begin(address, 40 * MIB, path) as connection:
        answer = read_all(connection)
    assert status_of(answer) == 413
    assert b"24" in answer


def test_a_chunked_file_is_refused_once_it_is_too_large(address: Address) -> None:
    connection = socket.create_connection(address, timeout=60)
    head = "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\nConnection: close"
    connection.sendall(f"POST /documents HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
    piece = b"\0" * MIB
    with connection:
        try:
            connection.sendall(b"%x\r\n%b\r\n" % (len(HEAD), HEAD))
            for _ in range(26):
                connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        except OSError:
            pass  # it was refused by then
        assert status_of(read_all(connection)) == 413


def test_json_is_taken_up_to_the_limit_of_bodies(address: Address) -> None:
    connection = http.client.HTTPConnection(*address, timeout=60)
    body = json.dumps({"user_id": "ann", "name": "a", "data": "A" * 500_000}).encode()
    connection.request("POST", "/documents", body, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()


def test_a_compressed_form_is_read(address: Address) -> None:
    connection = http.client.HTTPConnection(*address, timeout=60)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    connection.request("POST", "/documents", gzip.compress(HEAD + png() + TAIL), headers)
    response = connection.getresponse()
    assert (response.status, response.read()[:1]) == (202, b"{")
    bomb = gzip.compress(HEAD + b"\0" * 30 * MIB + TAIL)
    connection.request("POST", "/documents", bomb, headers)
    assert connection.getresponse().status == 413
    connection.close()
