"""Bodies over loopback: in time, within memory, and refused before they are parsed."""

import asyncio
import gzip
import http.client
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.datastructures import State
from msgspec import Struct

from server.api import body_intake
from server.api.authentication import Authentication
from server.api.body_intake import UNCOUNTED_BYTES, BodyIntake, IncomingBody
from server.api.body_limits import BodyLimits
from server.api.error_response import AnyRequest, respond_with_error
from server.api.transport import read_body
from server.app import HANDLED
from server.engine.fair_budget import FairBudget
from server.keys.account import ANONYMOUS
from server.settings.settings import Settings
from server.telemetry.metrics import Metrics
from server.telemetry.middleware import instrument
from tests.helpers.loopback import comes_true, serve_on_loopback
from tests.helpers.raw_http import Address, exchange, read_all, status_of

SETTINGS = Settings(
    max_body_bytes=400_000,
    body_memory_bytes=1_000_000,
    max_body_s=1,
    min_body_rate=20_000,
    max_picture_wait_s=1,
    max_parts=10,
)
MAX_UPLOAD = 2_000_000
PATHS = ("/ask", "/v1/chat/completions")


class Body(Struct):
    text: str = ""
    items: list[str] = []
    anything: Any = None


class Served:
    """An application with nothing but bodies. `may_answer` holds its answers back."""

    def __init__(self) -> None:
        self.intake = BodyIntake(BodyLimits.of(SETTINGS))
        self.room = FairBudget(2 * MAX_UPLOAD)
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.num_read = 0

        @post(list(PATHS), status_code=200)
        async def handle(request: AnyRequest) -> dict[str, int]:
            body = await read_body(request, Body)
            self.num_read += 1
            await asyncio.to_thread(self.may_answer.wait)
            return {"length": len(body.text)}

        @post("/upload", status_code=200)
        async def upload(request: AnyRequest) -> dict[str, int]:
            incoming: IncomingBody = request.scope["incoming_body"]  # type: ignore[typeddict-item]
            length = 0
            async for piece in incoming.stream(request, MAX_UPLOAD, self.room):
                length += len(piece)
            await asyncio.to_thread(self.may_answer.wait)
            return {"length": length}

        without_keys: Any = None
        app = Litestar(
            [handle, upload, get("/health")(show_health)],
            middleware=[self.intake, Authentication(None, without_keys, without_keys, ANONYMOUS, without_keys)],
            state=State({"metrics": Metrics()}),
            exception_handlers=dict.fromkeys(HANDLED, respond_with_error),
            openapi_config=None,
            logging_config=None,
        )
        self.app = instrument(app)


async def show_health() -> dict[str, int]:
    return {}


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def address(served: Served) -> Iterator[Address]:
    with serve_on_loopback(served.app) as address:
        yield address
        served.may_answer.set()


def write_head(length: int | None, path: str = "/ask") -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{framing}\r\n\r\n".encode()


def write_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def write_text(length: int) -> bytes:
    return json.dumps({"text": "a" * (length - 12)}).encode()


def post_body(address: Address, body: bytes, path: str = "/ask") -> tuple[int, Any, dict[str, str]]:
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.request("POST", path, body)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told, {name.lower(): value for name, value in answer.getheaders()}


def begin(stack: ExitStack, address: Address, sent: bytes) -> socket.socket:
    connection = stack.enter_context(socket.create_connection(address, timeout=60))
    connection.sendall(sent)
    return connection


@pytest.mark.parametrize("length", [100, UNCOUNTED_BYTES + 1, 400_000])
def test_bodies_of_all_sizes_are_read(served: Served, address: Address, length: int) -> None:
    body = write_text(length)
    assert len(body) == length
    assert post_body(address, body)[:2] == (200, {"length": length - 12})
    assert comes_true(lambda: served.intake.budget.num_free == 1_000_000)


def test_a_chunked_body_holds_no_more_than_it_has(served: Served, address: Address) -> None:
    served.may_answer.clear()
    body = write_text(200_000)
    with ExitStack() as stack:
        connection = begin(stack, address, write_head(None) + write_chunk(body[:100_000]))
        assert comes_true(lambda: served.intake.budget.num_free == 600_000), "as much as the largest has"
        connection.sendall(write_chunk(body[100_000:]) + b"0\r\n\r\n")
        assert comes_true(lambda: served.num_read)
        assert served.intake.budget.num_free == 800_000
        served.may_answer.set()
        assert b'{"length":199988}' in read_all(connection)
    assert comes_true(lambda: served.intake.budget.num_free == 1_000_000)


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_does_not_come_gets_408(address: Address, path: str) -> None:
    began_s = time.monotonic()
    answer = exchange(address, write_head(1000, path) + b"{")
    assert 0.9 < time.monotonic() - began_s < 20
    assert status_of(answer) == 408
    assert b"\r\nconnection: close\r\n" in answer.lower()
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    expected = (
        "请求接收超时：发送过慢" if path == "/ask" else "the request has not come in time: it was sent too slowly"
    )
    assert (told["error"] if path == "/ask" else told["error"]["message"]) == expected


def test_a_body_that_keeps_to_the_rate_may_take_longer(address: Address) -> None:
    body = write_text(100_000)
    with ExitStack() as stack:
        connection = begin(stack, address, write_head(len(body)))
        for start in range(0, len(body), 5_000):
            connection.sendall(body[start : start + 5_000])
            time.sleep(0.1)
        assert status_of(read_all(connection)) == 200


def test_a_body_over_the_limit_is_refused(address: Address) -> None:
    status, told, _ = post_body(address, write_text(400_001))
    assert (status, told["error"]) == (413, "请求体过大：上限 400000 字节")
    assert status_of(exchange(address, write_head(None) + write_chunk(b" " * 400_001))) == 413


def test_who_sends_nothing_holds_nothing(served: Served, address: Address) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            begin(stack, address, write_head(400_000) + b"{" * 1000)
        assert post_body(address, write_text(300_000))[0] == 200
        assert served.intake.budget.num_free > 0


def test_what_does_not_fit_waits_and_is_refused_in_the_end(served: Served, address: Address) -> None:
    served.may_answer.clear()
    with ExitStack() as stack:
        body = write_text(400_000)
        holding = [begin(stack, address, write_head(len(body)) + body) for _ in range(2)]
        assert comes_true(lambda: served.num_read == 2)
        status, told, headers = post_body(address, body)
        assert (status, told["error"]) == (429, "请求体占用的内存已满，请稍后重试")
        assert int(headers["retry-after"]) > 0
        assert post_body_later(address, served, body) == 200
        assert [status_of(read_all(connection)) for connection in holding] == [200, 200]


def post_body_later(address: Address, served: Served, body: bytes) -> int:
    """Ask while there is no room, make some, and return the status."""
    threading.Timer(0.3, served.may_answer.set).start()
    return post_body(address, body)[0]


def test_who_rests_while_others_wait_gives_up_its_place(
    served: Served, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_intake, "PRESSED_PATIENCE_S", 0.1)
    monkeypatch.setattr(body_intake, "LOOK_EVERY_S", 0.05)
    served.intake._limits = BodyLimits.of(Settings(**{**vars(SETTINGS), "max_body_s": 3600, "max_picture_wait_s": 60}))
    with ExitStack() as stack:
        for _ in range(2):
            begin(stack, address, write_head(400_000) + b" " * 100_000)
        assert comes_true(lambda: served.intake.budget.num_free == 200_000)
        assert post_body(address, write_text(300_000))[0] == 200


def test_a_client_that_leaves_gives_its_place_back(served: Served, address: Address) -> None:
    with ExitStack() as stack:
        begin(stack, address, write_head(400_000) + b" " * 100_000)
        assert comes_true(lambda: served.intake.budget.num_free == 600_000)
    assert comes_true(lambda: served.intake.budget.num_free == 1_000_000)


@pytest.mark.parametrize(
    ("body", "status", "cause"),
    [
        (b'{"anything": [' + b"0," * 60_000 + b"0]}", 413, "至少"),
        (b'{"anything": [' + b"[]," * 60_000 + b"0]}", 413, "至少"),
        (b'{"items": [' + b'"",' * 20 + b'""]}', 413, "共 21 项，上限 10 项"),
        (b'{"anything": ' + b"[" * 8000 + b"]" * 8000 + b"}", 400, "嵌套过深"),
        (b'{"' + b"a" * 300_000 + b'": 1, "items": 3}', 400, "items 应为数组，而不是整数"),
        (b"\xff", 400, "请求格式错误"),
        (b"{", 400, "请求格式错误"),
    ],
)
def test_hostile_json_is_refused_with_a_short_text(
    served: Served, address: Address, caplog: pytest.LogCaptureFixture, body: bytes, status: int, cause: str
) -> None:
    got, told, _ = post_body(address, body)
    assert (got, cause in told["error"]) == (status, True), told["error"][:600]
    assert len(told["error"]) < 700
    assert served.num_read == 0
    assert not [record for record in caplog.records if record.levelno > 20]


def test_many_values_take_memory_too(served: Served, address: Address) -> None:
    served.may_answer.clear()
    with ExitStack() as stack:
        body = b'{"anything": [' + b"0," * 8000 + b"0]}"
        begin(stack, address, write_head(len(body)) + body)
        assert comes_true(lambda: served.num_read)
        assert served.intake.budget.num_free < 1_000_000 - 8000 * 50
        assert post_body(address, b'{"anything": [' + b"0," * 9000 + b"0]}")[0] == 429
        served.may_answer.set()


def post_encoded(address: Address, body: bytes, encoding: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.request("POST", "/v1/chat/completions", body, {"Content-Encoding": encoding})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def test_compressed_bodies_have_the_same_limits(served: Served, address: Address) -> None:
    text = write_text(390_000)
    for encoding, body, status in (
        ("gzip", gzip.compress(text), 200),
        ("deflate", zlib.compress(text), 200),
        ("identity", text, 200),
        ("gzip", gzip.compress(write_text(400_001)), 413),
        ("gzip", gzip.compress(b'{"anything": [' + b"0," * 60_000 + b"0]}"), 413),
        ("gzip", gzip.compress(b'{"anything": [' + b"0," * 12_000 + b"0]}"), 429),
        ("gzip", gzip.compress(text)[:-20], 400),
        ("gzip", text, 400),
        ("br", text, 415),
    ):
        assert post_encoded(address, body, encoding)[0] == status, (encoding, len(body))
    assert comes_true(lambda: served.intake.budget.num_free == 1_000_000)


def test_a_bomb_is_refused_before_it_unfolds(served: Served, address: Address) -> None:
    bomb = gzip.compress(bytes(300 << 20), compresslevel=1)  # at once this would take a good second
    bombs = [bomb[:300_000], gzip.compress(b"") * 15_000]
    for each, status in zip(bombs, (413, 400), strict=True):
        began_s = time.monotonic()
        assert post_encoded(address, each, "gzip")[0] == status
        assert time.monotonic() - began_s < 2
    assert served.num_read == 0


def test_a_chunked_bomb_is_refused_too(address: Address) -> None:
    head = write_head(None).replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    padded = gzip.compress(b"") + bytes(500_000)
    assert status_of(exchange(address, head + write_chunk(padded))) == 413


def test_a_byte_order_mark_is_no_part_of_the_body(address: Address) -> None:
    assert post_body(address, b"\xef\xbb\xbf" + write_text(100))[0] == 200
    status, told, _ = post_body(address, write_text(100).decode().encode("utf-16"))
    assert (status, told["error"]) == (400, "请求格式错误：不是 UTF-8 编码")


def test_an_upload_may_be_larger_than_other_bodies(served: Served, address: Address) -> None:
    status, answer, _ = post_body(address, b"x" * MAX_UPLOAD, "/upload")
    assert (status, answer) == (200, {"length": MAX_UPLOAD})
    assert post_body(address, b"x" * (MAX_UPLOAD + 1), "/upload")[0] == 413
    chunked = write_head(None, "/upload") + write_chunk(b"x" * (MAX_UPLOAD + 1)) + b"0\r\n\r\n"
    assert status_of(exchange(address, chunked)) == 413
    assert served.room.num_free == 2 * MAX_UPLOAD
    assert served.intake.budget.num_free == SETTINGS.body_memory_bytes


def test_uploads_wait_for_room_and_are_refused_in_the_end(served: Served, address: Address) -> None:
    served.may_answer.clear()
    with ExitStack() as stack:
        for _ in range(2):
            begin(stack, address, write_head(MAX_UPLOAD, "/upload") + b"x" * MAX_UPLOAD)
        assert comes_true(lambda: served.room.num_free == 0)
        status, answer, headers = post_body(address, b"x" * 100_000, "/upload")
        assert (status, "Retry-After" in headers or "retry-after" in headers) == (429, True), answer
        served.may_answer.set()
    assert comes_true(lambda: served.room.num_free == 2 * MAX_UPLOAD)


def test_an_upload_that_does_not_come_gets_408(served: Served, address: Address) -> None:
    assert status_of(exchange(address, write_head(MAX_UPLOAD, "/upload") + b"x" * 100_000)) == 408
    assert comes_true(lambda: served.room.num_free == 2 * MAX_UPLOAD)
